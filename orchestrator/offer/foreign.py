"""Which commits of a component's branch are somebody's own: all but those that orch makes.

A trailer alone proves nothing: `git commit --amend` keeps it. A commit of orch's has one parent, puts the
tree that its trailer names into one folder, and changes nothing else.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import PurePosixPath

from orchestrator import git
from orchestrator.errors import UserError
from orchestrator.git.since import changed_paths
from orchestrator.git.unsent import commit_words

ORIGIN_TREE = re.compile(r"^Orch-Origin-Tree: ([0-9a-f]{40,64})$", re.MULTILINE)


def foreign_commits(repository: git.Repository, commits: Sequence[str]) -> list[str]:
    """Those of these commits that orch did not make as they are."""
    parents = git.parents(repository, commits)
    return [
        commit
        for commit, words in commit_words(repository, commits)
        if not _is_ours(repository, commit, parents.get(commit, ()), words)
    ]


def _is_ours(repository: git.Repository, commit: str, parents: Sequence[str], words: str) -> bool:
    named = ORIGIN_TREE.search(words)
    if named is None or len(parents) != 1:
        return False
    changed = changed_paths(repository, parents[0], commit)
    paths = [path for pair in (changed or {}).items() for path in pair if path]
    return any(
        all(PurePosixPath(path).is_relative_to(folder) for path in paths)
        for folder in _folders(paths[:1])
        if tree_at(repository, commit, folder) == named[1]
    )


def _folders(paths: Iterable[str]) -> list[str]:
    return [str(folder) for path in paths for folder in list(PurePosixPath(path).parents)[:-1]]


def tree_at(repository: git.Repository, commit: str, folder: str) -> str | None:
    """The id of a folder's tree in a commit; None where there is no such folder."""
    try:
        return git.tree_id(repository, commit, folder)
    except UserError:
        return None
