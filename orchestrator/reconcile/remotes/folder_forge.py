"""Pull requests as Markdown files: `pulls/PR/PR-3 …md`, beside the bare repository that has the branch.

The code itself is a branch that `push` brings into that repository with git; a person merges
it there and writes `status: merged` into the file.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from orchestrator.model import digest
from orchestrator.reconcile.remotes.folder_issues import FolderIssues
from orchestrator.remote import Done, Entry, Observed


class FolderForge(FolderIssues):
    """`push(entry)` pushes the component's branch and returns its name; it may raise our errors."""

    def __init__(self, folder: Path, *, name: str, push: Callable[[Entry], str], base: str = "main") -> None:
        super().__init__(folder, name=name, prefix="PR", part="pulls")
        self._push, self._base = push, base

    def further(self, entry: Entry) -> dict[str, Any]:
        """The branch to merge and the branch it goes into."""
        base = entry.metadata.get("base") or self._base
        return {"head": self._push(entry), "base": base}

    def create_pr(self, title: str, body: str, head: str, base: str = "") -> Observed:
        """Open a pull request for a branch that is pushed already; an open one is returned as it is.

        Raises TransientError.
        """
        base = base or self._base
        key = "pr-" + digest(head, base, size=16)
        entry = Entry(key, "component", "", title, body, digest(title, body), metadata={"base": base})
        opened = FolderForge(self._folder.path, name=self.name, push=lambda _entry: head, base=base)
        (result,) = [r for r in opened.create([entry]) if isinstance(r, Done)]
        return result.observed
