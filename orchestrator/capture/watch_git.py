"""Git's own folders: which to watch, so that a moved ref or HEAD is seen whoever moved it.

Not the hooks' business: clients that run no hooks at all still write these files.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

from orchestrator.git.repository import Repository

_RULES = (("config",), ("config.worktree",), ("info", "exclude"))


class GitFolders:
    """The git directory that all work trees share, with those of linked work trees below it.

    What tells that git moved: HEAD, packed-refs, loose refs, reftable's files, worktrees/*/HEAD.
    """

    def __init__(self, repo: Repository) -> None:
        self.top = str(repo.common_dir)

    def inside(self, path: str) -> str | None:
        """The path from git's folder on, '' for the folder itself; None for one outside of it."""
        if path == self.top:
            return ""
        return path[len(self.top) + 1 :] if path.startswith(self.top + "/") else None

    def absolute(self, name: str) -> str:
        """The path of a folder that is named from git's folder on."""
        return f"{self.top}/{name}" if name else self.top

    def meaning(self, name: str) -> tuple[bool, bool]:
        """Whether a change of this file, named from git's folder, says that git moved, or other rules."""
        parts = tuple(name.split("/"))
        if parts[-1].endswith(".lock"):
            return False, False
        return _moves(parts), parts in _RULES

    def wants(self, name: str) -> bool:
        """Whether this folder, named from git's folder ('' itself), is to be watched."""
        match name.split("/") if name else []:
            case [] | ["info" | "refs" | "reftable" | "worktrees"] | ["worktrees", _]:
                return True
            case ["worktrees", _, "reftable"] | ["refs", "heads" | "remotes", *_]:
                return True
            case _:
                return False

    def folders(self, top: str = "") -> Iterator[str]:
        """The folders to be watched from `top` down; each is yielded before it is read."""
        yield top
        try:
            names = [e.name for e in os.scandir(self.absolute(top)) if e.is_dir(follow_symlinks=False)]
        except (FileNotFoundError, NotADirectoryError, PermissionError):
            return  # git removes empty folders of refs as it goes
        for name in sorted(names):
            below = f"{top}/{name}" if top else name
            if self.wants(below):
                yield from self.folders(below)


def _moves(parts: tuple[str, ...]) -> bool:
    match parts:
        case ("HEAD",) | ("packed-refs",) | ("refs", "heads" | "remotes", _, *_) | ("reftable", _):
            return True
        case ("worktrees", _) | ("worktrees", _, "HEAD") | ("worktrees", _, "reftable", _):
            return True
        case _:
            return False
