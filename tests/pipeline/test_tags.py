"""A tag is no branch: it teaches nothing; but what it holds was not taken back."""

from __future__ import annotations

import pytest

from tests.flow.group import GroupRepository
from tests.pipeline.test_departed import LEARNT, REWORDED, objects, push, shared

__all__ = ["shared"]


@pytest.fixture
def released(group: GroupRepository) -> GroupRepository:
    """Learnt on a release branch, approved and pushed; tagged, and the branch deleted."""
    group.git("switch", "-q", "-c", "release")
    group.commit(LEARNT)
    group.orch("review", "--approve", group.insights()[0]["id"])
    assert push(group) == {"create": 3}
    group.git("tag", "-a", "v1", "-m", "v1")
    group.commit("chore: after the tag", {"empresas/a/y.py": "2"})
    group.orch("drain")
    group.git("switch", "-q", "main")
    group.git("branch", "-q", "-D", "release")
    return group


def test_a_release_that_is_tagged_keeps_its_learnings(released: GroupRepository) -> None:
    before = objects(released)
    assert push(released) == {} and objects(released) == before
    assert [i["state"] for i in released.insights()] == ["active"]
    released.commit("chore: goes on", {"empresas/a/z.py": "3"})
    released.git("tag", "same", "v1")
    released.git("tag", "-d", "v1")
    assert push(released) == {}, "another name for the same tag"


def test_when_the_tag_goes_too_it_is_taken_back(released: GroupRepository) -> None:
    assert push(released) == {}
    released.git("tag", "-d", "v1")
    assert push(released) == {"retract": 3}
    assert push(released) == {}


def test_a_tag_that_reaches_further_holds_no_more_than_was_read(released: GroupRepository) -> None:
    """Somebody else's commit above it, fetched with a tag, is learnt from once a branch here reaches it."""
    released.git("switch", "-q", "--detach", "v1")
    message = "fix: y\n\nSolução: a chave do lote evita a baixa duplicada\n"
    released.git("commit", "-q", "--allow-empty", "-m", "x")
    further = released.commit(message, {"empresas/a/w.py": "1"})
    released.git("tag", "v2", further)
    released.git("tag", "-d", "v1")
    released.git("switch", "-q", "main")
    assert push(released) == {}
    assert len(released.insights()) == 1, "a tag teaches nothing"
    released.git("merge", "-q", "--no-edit", "v2")
    assert len(released.insights()) == 2


def test_what_is_rewritten_below_a_tag_has_the_new_words(shared: GroupRepository) -> None:
    shared.git("tag", "backup")
    before = objects(shared)
    shared.git("commit", "-q", "--amend", "-m", REWORDED)
    (insight,) = shared.insights()
    shared.orch("review", "--approve", insight["id"])
    assert push(shared) == {"update": 3} and objects(shared) == before
    shared.git("tag", "-d", "backup")
    assert push(shared) == {}


def test_a_tag_of_a_file_and_a_broken_one_hold_nothing(shared: GroupRepository) -> None:
    blob = shared.git("rev-parse", "HEAD:empresas/a/app.py").strip()
    shared.git("tag", "file", blob)
    (shared.root / ".git/refs/tags/broken").write_text("1" * 40 + "\n")
    shared.git("reset", "-q", "--hard", "HEAD~1")
    assert push(shared) == {"retract": 3}


def test_a_tag_that_stands_on_what_is_missing_stops_nothing(released: GroupRepository) -> None:
    for name, on in (("v2", "v1"), ("v3", "v2")):
        released.git("switch", "-q", "--detach", on)
        released.git("commit", "-q", "--allow-empty", "-m", name)
        released.git("tag", name)
    missing = released.git("rev-parse", "v2")
    released.git("switch", "-q", "main")
    (released.root / ".git/objects" / missing[:2] / missing[2:]).unlink()
    assert push(released) == {}
    released.git("tag", "-d", "v1")
    assert push(released) == {"retract": 3}
