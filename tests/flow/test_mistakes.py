"""Orch's own mistake at one commit of one company: the others go on, nothing is lost, nothing is hidden."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from orchestrator import attribution, batches, detect, pipeline
from orchestrator.apart import MOST
from orchestrator.app import unread
from orchestrator.app.workspace import Workspace
from orchestrator.store.unread import Unread
from tests.flow.group import GroupRepository, Ran
from tests.flow.test_moved import PUSH, STATUS, outbox, pages, steps

HOSTILE = "maldita"
EARLIER = "2026-01-02T03:04:05Z"  # of one second two commits may be one that was reworded
A = ("--company", "empresa-a")


def saying(words: str, *more: str) -> str:
    return "\n".join((f"fix: y\n\nSolução: a fila com índice parcial resolveu a espera {words}", *more))


def shared(group: GroupRepository) -> Path:
    return group.root.parent / "shared"


@pytest.fixture(autouse=True)
def _reports_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))


# Where the mistake is made, and of what text it is known there whose commit it is.
PLACES: dict[str, tuple[ModuleType, str, Callable[..., str]]] = {
    "detector": (detect, "detect", lambda change, _language: change.commit.message),
    "manifest": (attribution, "_components", lambda files, _texts: str(files)),
    "owners": (attribution, "_owners", lambda _group, commit, _brought: commit.message),
    "ledger": (batches, "take_in", lambda _desk, insight, *_more: insight.record.content),
    "twins": (batches, "place", lambda desk, _model: str([*desk.store.insights.listing()])),
}


class Faulty:
    """`with faulty(): …`: orch makes a mistake at each commit that says HOSTILE; `asked` are the messages."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self._patch, self.asked = patch, list[str]()

    @contextmanager
    def __call__(self, where: str = "detector", version: str = "0") -> Iterator[None]:
        with self._patch.context() as patch:
            patch.setattr(unread, "_program", lambda: version)
            _break(patch, where, self.asked)
            yield
        self._patch.setattr(unread, "_program", lambda: "mended")


def _break(patch: pytest.MonkeyPatch, where: str, asked: list[str]) -> None:
    module, name, text = PLACES[where]
    real = getattr(module, name)

    def work(*args: Any, **more: Any) -> Any:
        said = text(*args)
        asked.append(said)
        if HOSTILE in said:
            raise KeyError(said)
        return real(*args, **more)

    patch.setattr(module, name, work)


@pytest.fixture
def faulty(monkeypatch: pytest.MonkeyPatch) -> Faulty:
    return Faulty(monkeypatch)


def told(ran: Ran, commit: str) -> Path:
    """The report that a command names beside company and commit."""
    line = next(line for line in ran.err.splitlines() if "orch errou" in line)
    assert "empresa-a" in line and commit[:12] in line and "KeyError" in line
    report = Path(re.findall(r"\S+orch-bug-\S+\.txt", line)[0])
    assert HOSTILE not in report.read_text() and "in work" in report.read_text()
    assert "orch drain" in ran.err
    return report


def contents(group: GroupRepository, company: str = "empresa-a", expect: int = 0) -> list[str]:
    """The last words of what a company learnt."""
    found = group.orch("log", "--company", company, "--json", expect=expect).data
    return sorted(i["record"]["content"].split()[-1] for i in found)


@pytest.mark.parametrize("where", PLACES)
def test_one_commit_keeps_no_other_and_no_company_from_being_read(
    group: GroupRepository, faulty: Faulty, where: str
) -> None:
    group.commit(saying("longa"), {"empresas/a/x.py": "1"})
    bad = group.commit(saying(HOSTILE), {f"empresas/a/{HOSTILE}/package.json": '{"name": "z"}'})
    group.commit(saying("curta"), {"empresas/a/z.py": "1", "empresas/b/z.py": "1"})
    with faulty(where):
        report = told(group.orch("drain", expect=3), bad)
        assert contents(group, expect=3) == ["curta", "longa"]
        assert contents(group, "empresa-b", expect=3 if where == "owners" else 0) == ["curta"]
        assert told(group.orch("status", expect=3), bad) == report
    group.orch("drain")
    assert [c for c in contents(group) if c == HOSTILE] == [HOSTILE]
    assert "errou" not in group.orch("status").err


def test_what_stays_unread_is_said_by_all_and_not_tried_again_before_something_changes(
    group: GroupRepository, faulty: Faulty
) -> None:
    bad = group.commit(saying(HOSTILE), {"empresas/a/x.py": "1"})
    with faulty():
        report = told(group.orch("log", expect=3), bad)
        tried = len(faulty.asked)
        for command in ("status", "log", "search fila", "companies", "components", "review", "report -n"):
            assert told(group.orch(*command.split(), *A[: 0 if command == "companies" else 2], expect=3), bad)
        assert len(faulty.asked) == tried
        group.orch("status", "--company", "empresa-b")
        doctor = group.orch("doctor", expect=1).out
        assert f"leitura de empresa-a: empresa-a: o orch errou (KeyError) no commit {bad[:12]}" in doctor
        found = group.orch("status", "--json", expect=3)
        assert [c["unread"] and c["unread"]["code"] for c in found.data] == ["bug", None]
        assert bad[:12] in group.orch("drain", "--json", expect=3).data["failed"]["empresa-a"]
        assert len(faulty.asked) > tried
        assert [*report.parent.glob("orch-bug-*")] == [report]  # one mistake, one report
        group.orch("share", "z", "--company", "empresa-a", "--to", "empresa-b", expect=3)
        group.orch("withdraw", "--elsewhere", *A, expect=3)
    assert contents(group) == [HOSTILE]  # another orch: no command had to be told
    assert "leitura de" not in group.orch("doctor", expect=None).out


def test_what_was_shared_is_not_taken_back_since_its_new_words_cannot_be_read(
    group: GroupRepository, faulty: Faulty
) -> None:
    group.commit(saying("longa", "Share: yes"), {"empresas/a/x.py": "1"}, date=EARLIER)
    group.orch(*PUSH)
    (page,) = pages(shared(group))
    before, rows = page.read_text(), outbox(group)
    group.git("commit", "--amend", "-qm", saying(HOSTILE, "Share: yes"))
    with faulty():
        for n in range(2):
            ran = group.orch(*PUSH, expect=3)
            assert "git: " in ran.out and page.read_text() == before
            assert ran.out.count("1 fica na fila") == 3 * n  # a remote, of what came after
            group.commit(saying("nova", "Share: yes"), {"empresas/a/y.py": str(n)})
        assert set(rows) <= set(outbox(group)) and contents(group, expect=3) == ["longa", "nova"]
        assert steps(group, expect=3) == []  # whoever is half read says nothing new
    assert {action for _remote, action in steps(group)} == {"update", "create"}
    assert contents(group) == [HOSTILE, "nova"]
    assert sorted(HOSTILE in page.read_text() for page in pages(shared(group))) == [False, True]


def test_what_left_meanwhile_is_taken_back_once_all_is_read(group: GroupRepository, faulty: Faulty) -> None:
    base = group.git("rev-parse", "HEAD")
    group.commit(saying("longa", "Share: yes"), {"empresas/a/x.py": "1"}, date=EARLIER)
    group.orch(*PUSH)
    group.git("reset", "-q", "--hard", base)
    group.commit(saying(HOSTILE), {"empresas/a/y.py": "1"})
    with faulty():
        group.orch("drain", expect=3)
        group.commit(saying("nova"), {"empresas/a/z.py": "1"})
        assert steps(group, expect=3) == [] and len(pages(shared(group))) == 1
        assert contents(group, expect=3) == ["longa", "nova"]
    assert {action for _remote, action in steps(group)} == {"retract"}
    assert contents(group) == [HOSTILE, "nova"] and not pages(shared(group))


def test_a_person_can_take_back_all_the_same(group: GroupRepository, faulty: Faulty) -> None:
    group.commit(saying("longa", "Share: yes"), {"empresas/a/x.py": "1"})
    group.commit(saying("outra", "Share: yes"), {"empresas/a/y.py": "1"})
    group.orch(*PUSH)
    group.commit(saying(HOSTILE), {"empresas/a/z.py": "1"})
    with faulty():
        gone, stays = (str(i["id"]) for i in group.orch("log", *A, "--json", expect=3).data)
        group.orch("withdraw", gone)
        assert steps(group, "--only", stays, expect=3) == []
        assert {action for _remote, action in steps(group, expect=3)} == {"retract"}
        assert len(pages(shared(group))) == 1


def test_a_commit_that_is_rewritten_or_dropped_is_no_longer_waited_for(
    group: GroupRepository, faulty: Faulty
) -> None:
    group.commit(saying(HOSTILE), {"empresas/a/x.py": "1"})
    with faulty():
        group.orch("drain", expect=3)
        group.git("commit", "--amend", "-qm", saying("mansa"))
        group.orch("drain")
        assert contents(group) == ["mansa"]
        group.orch(*STATUS)
    assert contents(group) == ["mansa"]


def test_what_stays_unread_waits_for_a_branch_that_cannot_be_read(
    group: GroupRepository, faulty: Faulty
) -> None:
    """The HEAD that stood on it seems to have left; the commit has not."""
    group.git("branch", "other")
    group.commit(saying(HOSTILE), {"empresas/a/x.py": "1"})
    with faulty():
        group.orch("drain", expect=3)
    branch = group.root / ".git" / group.git("symbolic-ref", "HEAD")
    before = branch.read_text()
    branch.write_text("")
    group.orch("drain", expect=3)
    branch.write_text(before)
    group.orch("drain")
    assert contents(group) == [HOSTILE]


@pytest.mark.parametrize("what", ["commit", "tree"])
def test_an_unread_commit_that_git_lost_stops_no_other_and_waits(
    group: GroupRepository, faulty: Faulty, what: str
) -> None:
    group.git("switch", "-q", "-c", "velho")
    bad = group.commit(saying(HOSTILE), {"empresas/a/x.py": "1"})
    with faulty():
        group.orch("drain", expect=3)
    group.git("switch", "-q", "main")
    name = group.git("rev-parse", f"{bad}^{{{what}}}")
    file = group.root / ".git/objects" / name[:2] / name[2:]
    before = file.read_bytes()
    file.unlink()
    group.commit(saying("nova"), {"empresas/a/y.py": "1"})
    assert bad[:12] in group.orch("drain", expect=3).err and contents(group, expect=3) == ["nova"]
    file.write_bytes(before)
    group.orch("drain")
    assert contents(group) == sorted([HOSTILE, "nova"])


def test_later_commits_cost_no_more_for_one_that_stays_unread(group: GroupRepository, faulty: Faulty) -> None:
    for n in range(5):
        group.commit(saying(f"nova{n}"), {f"empresas/a/{n}.py": "1"})
    group.commit(saying(HOSTILE), {"empresas/a/x.py": "1"})
    with faulty():
        group.orch("drain", expect=3)
        group.commit(saying("depois"), {"empresas/a/y.py": "1"})
        assert (
            group.orch("drain", "--json", expect=3).data["commits"] == 2 + 1
        )  # and the new one for the other


def test_a_mistake_of_no_commit_stops_its_company_only(
    group: GroupRepository, faulty: Faulty, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad = group.commit(saying(HOSTILE), {"empresas/a/x.py": "1"})
    with faulty():
        group.orch("drain", expect=3)
    group.commit(saying("curta"), {"empresas/a/z.py": "1", "empresas/b/z.py": "1"})

    def refresh(desk: Any) -> int:
        if desk.company == "empresa-a":
            raise RecursionError
        return real(desk)

    with monkeypatch.context() as patch:
        real = pipeline.refresh
        patch.setattr(pipeline, "refresh", refresh)
        patch.setattr(unread, "_program", lambda: "broken")
        ran = group.orch("drain", "--json", expect=3)
        assert set(ran.data["failed"]) == {"empresa-a"} and set(ran.data["learnt"]) == {"empresa-b"}
        assert "RecursionError" in group.orch(*STATUS, expect=3).err
        with Workspace.open(group.root).store("empresa-a") as store:
            assert store.unread.commits() == (bad,)  # still to be read
    assert contents(group) == ["curta", HOSTILE]
    group.orch(*PUSH)


def test_a_mistake_at_every_commit_is_given_up_soon(group: GroupRepository, faulty: Faulty) -> None:
    for n in range(MOST + 3):
        group.commit(saying(f"{HOSTILE}{n}"), {f"empresas/a/{n}.py": "1"})
    group.commit(saying("curta"), {"empresas/b/z.py": "1"})
    with faulty():
        ran = group.orch("drain", expect=3)
        assert "as novidades do git esperam" in ran.err
        assert contents(group, "empresa-b") == ["curta"]
    assert len(contents(group)) == 20 and len(group.insights("empresa-a", "--limit", "99")) == MOST + 3


def test_killed_before_it_is_written_down_it_is_found_again(
    group: GroupRepository, faulty: Faulty, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad = group.commit(saying(HOSTILE), {"empresas/a/x.py": "1"})
    with faulty():
        with monkeypatch.context() as patch:
            patch.setattr(
                "orchestrator.app.freshness.remember", lambda *_a: (_ for _ in ()).throw(KeyboardInterrupt)
            )
            group.orch("drain", expect=130)
        with Workspace.open(group.root).store("empresa-a") as store:
            assert store.unread.of() == Unread((bad,))
        told(group.orch("status", expect=3), bad)
    assert contents(group) == [HOSTILE]


def test_killed_while_it_is_written_down_it_is_not_lost(
    group: GroupRepository, faulty: Faulty, monkeypatch: pytest.MonkeyPatch
) -> None:
    group.commit(saying(HOSTILE), {"empresas/a/x.py": "1"})
    real, written = json.dumps, list[object]()

    def killed(found: object) -> str:
        written.append(found)
        if len(written) == 2:  # the first came with the refs that moved on
            raise KeyboardInterrupt
        return real(found)

    with faulty(), monkeypatch.context() as patch:
        patch.setattr("orchestrator.store.unread.json", SimpleNamespace(dumps=killed, loads=json.loads))
        group.orch("drain", expect=130)
    assert len(written) == 2 and contents(group) == [HOSTILE]


def test_a_repair_does_not_go_on_from_a_git_that_is_half_read(group: GroupRepository, faulty: Faulty) -> None:
    group.commit(saying("longa", "Share: yes"), {"empresas/a/x.py": "1"})
    bad = group.commit(saying(HOSTILE, "Share: yes"), {"empresas/a/y.py": "1"})
    group.orch(*PUSH)
    (group.root / ".orch/companies/empresa-a/orch.db").write_bytes(b"lixo" * 9999)
    with faulty():
        told(group.orch("doctor", "--repair", expect=3), bad)
        assert len(pages(shared(group))) == 2
    group.orch("doctor", "--repair")
    assert contents(group) == ["longa", HOSTILE] and not steps(group)


def test_python_is_warned(group: GroupRepository, faulty: Faulty, monkeypatch: pytest.MonkeyPatch) -> None:
    from orchestrator import aggregate_instance_learnings

    group.commit(saying(HOSTILE), {"empresas/a/x.py": "1"})
    monkeypatch.chdir(group.root)
    with faulty(), pytest.warns(RuntimeWarning, match="empresa-a: o orch errou"):
        assert aggregate_instance_learnings("empresa-a")["total"] == 0
