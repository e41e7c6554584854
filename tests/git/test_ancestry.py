"""What came before a commit, as git itself tells it, however much of history the list holds."""

from __future__ import annotations

import random

import pytest

from orchestrator.git import ancestry, common_bases, lineage, tips
from orchestrator.git.ancestry import Ancestry
from tests.git.sandbox import Sandbox


@pytest.fixture
def woven(box: Sandbox) -> list[str]:
    """Forty commits on three branches that merge now and then; their clocks go back, subjects come twice."""
    chance, made = random.Random(7), [box.commit("0", f="0")]
    heads = made * 3
    for n in range(1, 40):
        branch = chance.randrange(3)
        parents = [heads[branch], *({chance.choice(heads)} - {heads[branch]} if n % 4 == 0 else ())]
        day = f"2026-01-{chance.randrange(1, 29):02}T00:00:00Z"
        when = {"GIT_AUTHOR_DATE": day, "GIT_COMMITTER_DATE": day}
        above = [word for each in parents for word in ("-p", each)]
        heads[branch] = box("commit-tree", "HEAD^{tree}", *above, "-m", f"said {n % 5} (#{n})", env=when)
        made.append(heads[branch])
    for n, head in enumerate(heads):
        box("update-ref", f"refs/heads/b{n}", head)
    return made


@pytest.mark.parametrize("limits", [(10_000, 60_000), (7, 9), (1, 2)])
def test_it_agrees_with_git(
    box: Sandbox, woven: list[str], limits: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ancestry, "_SOME", limits[0])
    monkeypatch.setattr(ancestry, "_MOST", limits[1])
    monkeypatch.setattr(ancestry, "LOOKED_THROUGH", min(limits[0] - 1, 5_000))
    history = Ancestry(box.repo, tips(box.repo).values())
    for at, commit in enumerate(woven):
        history.listed(commit, woven[at + 1 :])
        before = box("rev-list", commit, "--max-count=5").split()[1:]
        assert all(history.follows(commit, older) for older in before)
        assert not any(history.follows(commit, newer) for newer in woven[at + 1 : at + 4])
        said = box("show", "-s", "--format=%s", commit)
        for found in history.saying(commit, said.rpartition(" ")[0]):
            assert lineage.follows(box.repo, commit, found)


def test_what_was_said_before_is_found_by_its_words_and_its_request(box: Sandbox) -> None:
    old = [box.commit(said, f=str(n)) for n, said in enumerate(("a (#1)", "b", "a (#1)", "c"))]
    history = Ancestry(box.repo, ())
    history.listed(old[3], ())
    assert list(history.saying(old[3], "a (#1)")) == list(history.saying(old[3], "(#1)")) == [old[2], old[0]]
    history.listed(old[1], ())
    assert list(history.saying(old[1], "a (#1)")) == [old[0]]
    assert list(history.saying(old[0], "a (#1)")) == []


def test_many_commits_have_their_common_base(box: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lineage, "_FEW_TIPS", 3)
    base = box.commit("base", f="0")
    tree = box("rev-parse", "HEAD^{tree}")
    made = [box("commit-tree", tree, "-p", base, "-m", str(n)) for n in range(8)]
    assert common_bases(box.repo, made) == [base]
    alone = box("commit-tree", tree, "-m", "alone")
    assert common_bases(box.repo, [made[0], alone, *made[1:]]) == [base, alone]
    assert common_bases(box.repo, made[:1]) == [made[0]] and common_bases(box.repo, []) == []
    assert common_bases(box.repo, [*made, "1" * 40]) is None
