"""What a revert takes back beyond the ids that it names: all of a merge, or what only its subject tells.

A revert of a merge names the merge alone. A rebase gives the reverted commit another id and leaves the former
one in the revert's message, and a forge's revert of a squash has no id at all: there the newest commit before
it with the subject that it quotes counts, if both touch a common path.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet

from orchestrator import detect, git
from orchestrator.detect.retiring import Reverted
from orchestrator.model import Change
from orchestrator.retirement import Retirement


def undone(
    repository: git.Repository, history: git.Ancestry, changes: Iterable[Change]
) -> dict[str, list[Retirement]]:
    """Commits that each of these changes reverts without naming them, by its id. Asks git, once for all."""
    said = {c.commit.id: (c, found) for c in changes if (found := detect.reverted(c.commit)) is not None}
    if not said:
        return {}
    away = _away(repository, (found for _change, found in said.values()))
    left = list(said)
    quoted: dict[str, str] = {}
    back: dict[str, list[str]] = {}
    for commit, (_change, found) in said.items():
        history.listed(commit, left := left[1:])
        back[commit] = [*_of_merges(repository, history, commit, found, away)]
        named = any(history.follows(commit, name) for name in found.commits if name not in away)
        if not named and (last := _by_subject(history, commit, found)):
            quoted[commit] = last
    for commit in _of_a_common_path(repository, {c: (said[c][0], last) for c, last in quoted.items()}):
        back[commit].append(quoted[commit])
    return {
        commit: [Retirement("commit", each, "revert") for each in found] for commit, found in back.items()
    }


def _away(repository: git.Repository, said: Iterable[Reverted]) -> set[str]:
    """Whole ids that reverts name and git does not know."""
    names = {name for found in said for name in (*found.commits, *(merge for merge, _stays in found.merges))}
    whole = {name for name in names if len(name) in (40, 64)}
    return whole - git.existing(repository, whole).keys()


def _of_merges(
    repository: git.Repository, history: git.Ancestry, commit: str, found: Reverted, away: AbstractSet[str]
) -> Iterator[str]:
    for merge, stays in found.merges:
        if merge not in away and history.follows(commit, merge):
            yield from git.brought(repository, merge, stays)


def _by_subject(history: git.Ancestry, commit: str, found: Reverted) -> str:
    """The newest commit before this one with that subject, else of that pull request; '' when none is."""
    asked = (found.subject, f"(#{found.request})" if found.request else "")
    return next((each for said in asked if said for each in history.saying(commit, said)), "")


def _of_a_common_path(repository: git.Repository, quoted: Mapping[str, tuple[Change, str]]) -> Iterator[str]:
    """Those reverts that touch a path which the commit that they quote touched, too."""
    asked = {last for _change, last in quoted.values()}
    touched = {
        c.id: {path for file in c.files for path in (file.path, file.old_path) if path}
        for c in git.these_commits(repository, asked)
    }
    for commit, (change, last) in quoted.items():
        if touched.get(last, set()).intersection(file.path for file in change.files):
            yield commit
