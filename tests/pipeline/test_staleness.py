"""What speaks of files that changed much since is to be reviewed; asking costs what changed."""

from __future__ import annotations

from typing import Any

import pytest

from orchestrator.git import process
from orchestrator.staleness import gone
from tests.flow.group import GroupRepository

LEARNT = "fix: x\n\nSolução: o cache Redis guarda a lista de filiais por dez minutos no balcão\n"
PATH = "empresas/a/filiais.py"
LINES = [f"linha {n}\n" for n in range(10)]


@pytest.fixture
def told(group: GroupRepository) -> GroupRepository:
    group.commit(LEARNT, {PATH: "".join(LINES)})
    (insight,) = group.insights()
    assert not insight["stale"]
    return group


def change(group: GroupRepository, keep: int) -> None:
    """Replace all but the first lines."""
    new = [*LINES[:keep], *(f"outra {n}\n" for n in range(keep, 10))]
    group.commit("refactor: muda", {PATH: "".join(new)})


def stale(group: GroupRepository) -> list[str]:
    return [i["id"] for i in group.insights("empresa-a", "--stale")]


@pytest.mark.parametrize(("keep", "to_review"), [(6, False), (5, True)])
def test_from_half_of_the_lines(told: GroupRepository, keep: int, to_review: bool) -> None:
    change(told, keep)
    assert bool(stale(told)) is to_review
    (status,) = told.orch("status", "--company", "empresa-a", "--json").data
    assert status["stale"] == int(to_review)
    (insight,) = told.insights()
    shown = told.orch("show", insight["id"])
    assert ("a revisar" in shown.out) is to_review and ("(a revisar)" in told.orch("log").out) is to_review


def test_a_file_that_is_gone_and_one_that_moved(told: GroupRepository) -> None:
    told.git("mv", PATH, "empresas/a/matriz.py")
    told.git("commit", "-q", "-m", "refactor: move")
    assert stale(told) == []
    told.git("rm", "-q", "empresas/a/matriz.py")
    told.git("commit", "-q", "-m", "refactor: apaga")
    assert len(stale(told)) == 1


def test_what_moved_in_the_same_reading_is_not_gone(group: GroupRepository) -> None:
    group.commit(LEARNT, {PATH: "".join(LINES)})
    for before, after in ((PATH, "empresas/a/um/filiais.py"), ("empresas/a/um", "empresas/a/dois")):
        (group.root / after).parent.mkdir(exist_ok=True)
        group.git("mv", before, after)
        group.git("commit", "-q", "-m", "refactor: move")
    group.commit("refactor: muda", {"empresas/a/dois/filiais.py": "".join(LINES[:8])})
    assert stale(group) == []
    group.git("rm", "-q", "empresas/a/dois/filiais.py")
    group.git("commit", "-q", "-m", "refactor: apaga")
    assert len(stale(group)) == 1


def test_another_branch_has_its_own_files(told: GroupRepository) -> None:
    told.git("switch", "-q", "-c", "topic")
    change(told, 0)
    assert len(stale(told)) == 1
    told.git("switch", "-q", "main")
    assert stale(told) == []


def test_what_is_gone_stays_to_be_reviewed_after_a_look_at_an_older_branch(told: GroupRepository) -> None:
    told.git("branch", "velho")
    told.git("rm", "-q", PATH)
    told.git("commit", "-q", "-m", "refactor: apaga")
    assert len(stale(told)) == 1
    told.git("switch", "-q", "velho")
    told.commit("docs: outra coisa", {"README.md": "y\n"})
    assert stale(told) == []
    told.git("switch", "-q", "main")
    assert len(stale(told)) == 1


def test_what_main_took_away_while_one_was_on_a_branch_is_gone(told: GroupRepository) -> None:
    """Merged as one commit, so that the branch itself is not below main."""
    told.git("switch", "-q", "-c", "topic")
    told.commit("docs: outra coisa", {"README.md": "y\n"})
    assert stale(told) == []
    told.git("switch", "-q", "main")
    told.git("rm", "-q", PATH)
    told.git("commit", "-q", "-m", "refactor: apaga")
    assert len(stale(told)) == 1


def test_what_was_learnt_on_a_branch_is_not_gone_elsewhere(group: GroupRepository) -> None:
    """Its file is not there on main: that says nothing of the learning, until the branch is merged."""
    group.commit("chore: base", {"README.md": "x\n"})
    group.git("switch", "-q", "-c", "topic")
    group.commit(LEARNT, {PATH: "".join(LINES)})
    assert stale(group) == []
    group.git("switch", "-q", "main")
    assert stale(group) == []
    group.commit("docs: outra coisa", {"README.md": "y\n"})
    assert stale(group) == []
    group.git("merge", "-q", "--no-edit", "topic")
    assert stale(group) == []
    group.git("rm", "-q", PATH)
    group.git("commit", "-q", "-m", "refactor: apaga")
    assert len(stale(group)) == 1


def test_what_is_read_of_another_branch_is_not_gone_here(group: GroupRepository) -> None:
    """HEAD never was there: a fetched branch, another work tree, a switch back before anybody looked."""
    group.commit("chore: base", {"README.md": "x\n"})
    group.orch("drain")
    group.git("switch", "-q", "-c", "topic")
    group.commit(LEARNT, {PATH: "".join(LINES)})
    group.git("switch", "-q", "main")
    assert stale(group) == [] and len(group.insights()) == 1


def test_a_person_who_approves_or_edits_it_says_that_it_holds(told: GroupRepository) -> None:
    change(told, 0)
    (insight,) = stale(told)
    told.orch("review", "--approve", insight)
    assert stale(told) == []
    told.commit("refactor: outra vez", {PATH: "tudo novo\n"})
    assert stale(told) == [insight]


def test_who_says_it_again_says_that_it_holds(told: GroupRepository) -> None:
    change(told, 0)
    assert stale(told)
    told.commit(
        LEARNT.replace("fix: x", "fix: y"), {PATH: "a versão de agora\n"}, date="2037-01-01T00:00:00Z"
    )
    assert stale(told) == []


def test_what_nobody_asked_about_is_not_read(told: GroupRepository, monkeypatch: pytest.MonkeyPatch) -> None:
    """A commit elsewhere asks git for the names that differ, and for no content."""
    told.orch("drain")
    ran: list[list[str]] = []
    real = process.execute

    def counted(root: Any, arguments: Any, **more: Any) -> Any:
        ran.append(list(arguments))
        return real(root, arguments, **more)

    monkeypatch.setattr(process, "execute", counted)
    told.commit("chore: longe", {f"empresas/a/{n}.txt": "1\n" for n in range(30)})
    told.orch("drain")
    asked = [a for a in ran if "--batch-check=%(objecttype) %(objectname)" in a]
    assert asked == []


@pytest.mark.parametrize(
    ("before", "now", "share"),
    [
        (b"a\nb\n", b"b\na\n", 0.0),  # moved
        (b"a\nb\n", b"  a\n\n\nb\n", 0.0),  # indented
        (b"a\na\n", b"a\n", 0.5),
        (b"", b"x\n", 0.0),
        (b"\0\1", b"x\n", 0.0),  # binary: nobody can tell
    ],
)
def test_how_much_is_gone(before: bytes, now: bytes, share: float) -> None:
    assert gone({"1": before, "2": now}, "1", "2") == share
