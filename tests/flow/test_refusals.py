"""A company's no reaches the others whatever became of the file that tells it (ADR 0037)."""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from orchestrator import faultpoint
from orchestrator.app.reviewing import write_answer
from orchestrator.app.workspace import Workspace
from orchestrator.reconcile.remotes.folder_memory import FolderMemory
from orchestrator.refusing import said_no
from orchestrator.rejudging import refresh
from orchestrator.remote import Entry, Result
from tests.flow.group import CONFIG, GroupRepository, new_group
from tests.flow.test_confidential_files import TOLD

A, B = "empresa-a", "empresa-b"
BOTH = {"empresas/a/x.py": "x = {n}\n", "empresas/b/x.py": "x = {n}\n"}


@dataclass
class Group:
    """Two companies, a commit of both, and what each learnt of it."""

    repository: GroupRepository
    of_a: str
    of_b: str

    @property
    def file(self) -> Path:
        """Where A's answers stand."""
        return self.repository.root / f".orch/companies/{A}/refused"

    @property
    def noes(self) -> list[str]:
        """What it says that A refuses."""
        return [line for line in self.file.read_text().split() if not line.startswith("-")]

    @property
    def shared(self) -> str:
        """Every text in the shared folder's pages."""
        found = (self.repository.root.parent / "shared").rglob("*.md")
        return "".join(path.read_text() for path in found)


@pytest.fixture
def group(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Group:
    repository = new_group(tmp_path, monkeypatch, capsys, CONFIG.format(share="ask"))
    repository.commit(TOLD.format(n=1), {name: text.format(n=1) for name, text in BOTH.items()})
    (of_a,), (of_b,) = repository.insights(A), repository.insights(B)
    return Group(repository, of_a["id"], of_b["id"])


def damage(file: Path, how: str) -> None:
    if how in ("folder", "link", "nowhere"):
        file.unlink(missing_ok=True)
    match how:
        case "folder":
            file.mkdir()
        case "link":
            file.symlink_to("/etc/hostname")
        case "nowhere":
            file.symlink_to("/nowhere/at/all")
        case "words":
            file.write_bytes(b"\0\0\0 not hashes \xff\n")
        case "cut":
            file.write_bytes(file.read_bytes()[:7] if file.exists() else b"0123456")


@pytest.mark.parametrize("command", ["drain", "push"])
@pytest.mark.parametrize("how", ["deleted", "emptied", "words", "cut"])
def test_a_file_that_holds_less_is_written_anew(group: Group, command: str, how: str) -> None:
    orch = group.repository.orch
    orch("review", "--refuse", group.of_a)
    told = group.file.read_text()
    assert len(told.split()) == 1
    orch("drain")
    if how == "deleted":
        group.file.unlink()
    elif how == "emptied":
        group.file.write_text("")
    else:
        damage(group.file, how)
    orch(command, expect=None)
    assert group.file.read_text() == told
    assert A in orch("review", "--approve", group.of_b, expect=4).err


@pytest.mark.parametrize("how", ["deleted", "folder", "words"])
def test_what_was_heard_stands_while_the_file_says_nothing(group: Group, how: str) -> None:
    orch = group.repository.orch
    orch("review", "--approve", group.of_b)
    orch("push")
    assert "lote 1" in group.shared
    orch("review", "--refuse", group.of_a)
    orch("push", expect=3)
    assert "lote 1" not in group.shared
    if how == "deleted":
        group.file.unlink()
    else:
        damage(group.file, how)
    orch("push", "--company", B, expect=3)  # the other company's store is not opened for it
    assert "lote 1" not in group.shared
    assert A in orch("review", "--company", B, "--approve", group.of_b, expect=4).err
    if how == "folder":
        group.file.rmdir()
    orch("review", "--approve", group.of_a)
    assert group.noes == [] and len(group.file.read_text().split()) == 1
    orch("review", "--approve", group.of_b)
    orch("push")
    assert "lote 1" in group.shared


@pytest.mark.parametrize("how", ["folder", "link", "nowhere", "words"])
def test_only_what_depends_on_an_unreadable_file_waits(group: Group, how: str) -> None:
    """What lies there stays, the other learnings go, and both companies can be worked with."""
    repository, orch = group.repository, group.repository.orch
    orch("review", "--approve", group.of_b)
    orch("push")
    repository.commit(TOLD.format(n=2), {name: text.format(n=2) for name, text in BOTH.items()})
    repository.commit(TOLD.format(n=3), {"empresas/b/x.py": "x = 3\n"})
    repository.commit(TOLD.format(n=4), {"empresas/a/x.py": "x = 4\n"})
    orch("drain")
    damage(group.file, how)
    for insight in repository.insights(B):
        orch("review", "--company", B, "--approve", insight["id"])
    pushed = orch("push", "--company", B, expect=3)
    assert "lote 1" in group.shared and "lote 3" in group.shared and "lote 2" not in group.shared
    assert f"não dá para saber o que {A} recusou" in pushed.out
    assert pushed.err.count("Tente:") == 1
    dry = orch("push", "--company", B, "--dry-run", "--json", expect=3).data[B]
    assert {s["action"] for place in dry for s in place["steps"]} == {"wait"}
    for insight in repository.insights(A):
        if "lote 4" in insight["record"]["title"]:
            orch("review", "--company", A, "--approve", insight["id"])
    orch("push", expect=None)
    assert "lote 4" in group.shared
    assert ("lote 2" in group.shared) == (how == "words")  # that one A's own drain writes anew
    if how != "words":
        doctor = {c["name"]: c for c in orch("doctor", "--json", expect=1).data}["recusas"]
        assert not doctor["ok"] and "refused" in doctor["detail"] + doctor["mend"] and A in doctor["mend"]
        group.file.rmdir() if how == "folder" else group.file.unlink()
        orch("push")
        assert "lote 2" in group.shared


def test_a_file_that_is_damaged_while_the_other_pushes_holds_what_is_not_sent(
    group: Group, monkeypatch: pytest.MonkeyPatch
) -> None:
    orch, real = group.repository.orch, FolderMemory.create
    orch("review", "--approve", group.of_b)

    def create(memory: FolderMemory, entries: Sequence[Entry]) -> Iterator[Result]:
        damage(group.file, "folder")
        yield from real(memory, entries)

    with monkeypatch.context() as patch:
        patch.setattr(FolderMemory, "create", create)
        orch("push", "--company", B, expect=3)
    assert "lote 1" not in group.shared
    group.file.rmdir()
    orch("push")
    assert "lote 1" in group.shared


@pytest.mark.parametrize("action", ["approve", "ask", "refuse", "withdraw"])
def test_killed_anywhere_a_no_of_the_store_is_told(group: Group, action: str) -> None:
    """SIGKILL at every point of an answer: whatever the store refuses then, the file says, too."""
    orch = group.repository.orch
    if action in ("approve", "ask"):
        orch("review", "--refuse", group.of_a)
    before = group.file.read_bytes() if group.file.exists() else None
    undone = action in ("approve", "ask")
    for at in range(1, 60):
        if _answered(group, action, at):
            break
        with _workspace(group).store(A) as store:
            refused = said_no(store, group.of_a)
        assert not refused or group.noes, f"killed at {at}"
        if refused != undone:  # the answer is there: begin anew
            orch("review", "--refuse" if undone else "--approve", group.of_a)
        if before is not None:
            assert group.file.read_bytes() == before
    else:
        pytest.fail("it did not come to its end")
    assert at > 3
    assert bool(group.noes) != undone


def _workspace(group: Group) -> Workspace:
    return Workspace.open(group.repository.root)


def _answered(group: Group, action: str, at: int) -> bool:
    """Give that answer in a process that ends itself at its n-th point; True when it came to its end."""
    child = os.fork()
    if not child:
        left = iter(range(at - 1))

        def strike(_point: str) -> None:
            if next(left, None) is None:
                os.kill(os.getpid(), signal.SIGKILL)

        try:
            desk = _workspace(group).desk(A)
            insight = desk.store.insights.get(group.of_a)
            assert insight is not None
            faultpoint.strike = strike
            write_answer(desk, insight, action, "", "", "")
            os._exit(0)
        finally:
            os._exit(1)
    _pid, status = os.waitpid(child, 0)
    assert status in (0, signal.SIGKILL), status
    return status == 0


def test_a_commits_own_no_is_each_companys_and_told_to_nobody(group: Group) -> None:
    """Told, neither company could let it go before the other did."""
    repository = group.repository
    repository.commit(TOLD.format(n=2) + "\nCompartilhar: não", {n: t.format(n=2) for n, t in BOTH.items()})
    repository.orch("drain")
    assert not group.file.exists()
    (told,) = (i["id"] for i in repository.insights(B) if "lote 2" in i["record"]["title"])
    repository.orch("review", "--approve", told)
    repository.orch("push", expect=None)
    assert "lote 2" in group.shared


def test_a_no_costs_the_other_company_what_it_is_about(group: Group) -> None:
    repository = group.repository
    for n in range(2, 8):  # commits of one second have one anchor
        at = f"2026-05-0{n}T10:00:00Z"
        repository.commit(TOLD.format(n=n), {"empresas/b/x.py": f"x = {n}\n"}, date=at)
    repository.orch("drain")
    for answer, rules in (("--refuse", {"commit.other-company", "commit.refused"}), ("--approve", set())):
        repository.orch("review", answer, group.of_a)
        desk = _workspace(group).desk(B)
        with desk.store as store:
            assert refresh(desk) == 1
            assert refresh(desk) == 0
            insight = store.insights.get(group.of_b)
            verdict = store.verdicts.of(insight) if insight else None
            assert verdict is not None
            assert {f.rule for f in verdict.findings} == rules | {"commit.other-company"}


@pytest.mark.parametrize("refused", ["after both were said", "before it was said again"])
def test_a_no_is_told_of_every_commit_that_said_it(
    refused: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """B said it alone first; the commit of both, later, taught A the same."""
    repository = new_group(tmp_path, monkeypatch, capsys, CONFIG.format(share="ask"))
    orch = repository.orch
    repository.commit(TOLD.format(n=1), {"empresas/b/x.py": "x = 1\n"}, date="2026-05-01T10:00:00Z")
    (of_b,) = repository.insights(B)
    if refused.startswith("before"):
        orch("review", "--company", B, "--refuse", of_b["id"])
    both = {name: text.format(n=2) for name, text in BOTH.items()}
    repository.commit(TOLD.format(n=1), both, date="2026-05-02T10:00:00Z")
    orch("drain")
    if refused.startswith("after"):
        orch("review", "--company", B, "--refuse", of_b["id"])
    (of_a,) = repository.insights(A)
    assert B in orch("review", "--company", A, "--approve", of_a["id"], expect=4).err
    orch("push", expect=None)
    assert "lote 1" not in "".join(page.read_text() for page in (tmp_path / "shared").rglob("*.md"))
    orch("review", "--company", B, "--approve", of_b["id"])
    lines = (repository.root / f".orch/companies/{B}/refused").read_text().split()
    assert lines and all(line.startswith("-") for line in lines)
    orch("review", "--company", A, "--approve", of_a["id"])


def test_a_yes_after_no_no_is_told_to_nobody(group: Group) -> None:
    group.repository.orch("review", "--approve", group.of_a)
    assert not group.file.exists()
    group.repository.orch("review", "--refuse", group.of_a)
    group.repository.orch("review", "--approve", group.of_a)
    assert group.noes == [] and len(group.file.read_text().split()) == 1


@pytest.mark.parametrize("lost", ["the folder", "the folder, and nobody repairs it"])
def test_a_store_that_was_lost_lifts_no_no_but_that_which_a_person_takes_back(
    group: Group, lost: str
) -> None:
    """Its first yes after that began a new file, and all that the others had heard of it was over."""
    repository, orch = group.repository, group.repository.orch
    repository.commit(
        TOLD.format(n=2), {n: t.format(n=2) for n, t in BOTH.items()}, date="2026-05-02T10:00:00Z"
    )
    orch("drain")
    for company, answer in ((B, "--approve"), (A, "--refuse")):
        for insight in repository.insights(company):
            orch("review", "--company", company, answer, insight["id"])
    orch("push", expect=None)
    shutil.rmtree(group.file.parent)
    if lost == "the folder":
        orch("doctor", "--repair", expect=None)
    orch("drain", expect=None)
    orch("review", "--company", A, "--approve", group.of_a)
    orch("push", expect=None)
    assert "lote 1" in group.shared and "lote 2" not in group.shared
    (other,) = (i["id"] for i in repository.insights(B) if i["id"] != group.of_b)
    assert A in orch("review", "--company", B, "--approve", other, expect=4).err
