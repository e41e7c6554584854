"""Which folders to watch, and which of the paths that change there mean anything."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from orchestrator.config.match import compile_globs
from orchestrator.git.repository import Repository, ignored

OURS = (".git", ".orch")


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a changed path says: git moved; a document changed; the folders to watch changed."""

    git: bool = False
    document: str = ""
    plan: bool = False


NOTHING = Meaning()


class Interest:
    """What is worth watching in a repository, given the globs of its documents ('()': git alone)."""

    def __init__(self, repo: Repository, documents: tuple[str, ...]) -> None:
        self._repo = repo
        self._globs = compile_globs(documents)
        self._has_documents = bool(documents)
        self._root = str(repo.root)
        self._git = tuple({str(repo.git_dir), str(repo.common_dir)})

    def folders(self) -> dict[Path, bool]:
        """Folders to watch, and whether with all that is below. Git's own come last.

        A recursive watch costs one of the user's inotify watches per folder, ignored ones too, so
        each top-level folder that git does not ignore is watched by itself.
        """
        found: dict[Path, bool] = {}
        if self._has_documents:
            found[self._repo.root] = False
            top = [e.name for e in os.scandir(self._root) if e.is_dir(follow_symlinks=False)]
            below = [name for name in sorted(top) if name not in OURS]
            skip = ignored(self._repo, [f"{name}/" for name in below])
            found |= {self._repo.root / name: True for name in below if f"{name}/" not in skip}
        common = self._repo.common_dir
        deep = {common / "refs": True, common / "worktrees": True, common / "reftable": False}
        found |= {path: recursive for path, recursive in deep.items() if path.is_dir()}
        return found | {self._repo.git_dir: False, common: False}

    def meaning(self, path: str) -> Meaning:
        """What a change of this absolute path says. Cheap: prefixes first, and no question to git."""
        for folder in self._git:
            if path.startswith(folder + "/"):
                return self._meaning_in_git(path[len(folder) + 1 :])
        if not path.startswith(self._root + "/"):
            return NOTHING
        name = path[len(self._root) + 1 :]
        parts = name.split("/")
        if any(part in OURS for part in parts):
            return NOTHING
        document = name if self._globs.match_file(name) else ""
        return Meaning(document=document, plan=parts[-1] == ".gitignore" or len(parts) == 1)

    def kept(self, documents: Iterable[str]) -> frozenset[str]:
        """The documents without those that git ignores."""
        found = frozenset(documents)
        return found - ignored(self._repo, found)

    def documents_below(self, folder: Path) -> Iterator[str]:
        """Documents in a folder that was just found, whose files may be older than its watch."""
        for here, folders, files in os.walk(folder):
            folders[:] = [name for name in folders if name not in OURS]
            for name in files:
                if document := self.meaning(f"{here}/{name}").document:
                    yield document

    def _meaning_in_git(self, name: str) -> Meaning:
        parts = name.split("/")
        if name.endswith(".lock"):
            return NOTHING
        if len(parts) == 1:
            return Meaning(git=name in ("HEAD", "packed-refs"), plan=name in ("worktrees", "reftable"))
        return Meaning(git=parts[0] in ("refs", "reftable") or parts[-1] == "HEAD")
