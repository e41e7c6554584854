"""Issues as Markdown files: `issues/ORCH/ORCH-12 Solução cache.md`."""

from __future__ import annotations

import os
from pathlib import Path

from orchestrator.reconcile.remotes.folder import file_name
from orchestrator.reconcile.remotes.folder_index import Index
from orchestrator.reconcile.remotes.folder_objects import FolderObjects
from orchestrator.reconcile.remotes.plain_file import read_plain
from orchestrator.remote import Entry


class FolderIssues(FolderObjects):
    """Numbered objects. `prefix` is the project's key; a number is never given twice.

    An object keeps its file name when its title changes, so that links to it go on working.
    """

    def __init__(self, folder: Path, *, name: str, prefix: str = "ORCH", part: str = "issues") -> None:
        super().__init__(folder, f"{part}/{prefix}", name=name)
        self._prefix, self._counter = prefix, self._top / ".last"
        self._highest = 0

    def begin(self, index: Index) -> None:
        """Find the highest number that was ever given."""
        self._highest = self._last(index)

    def place(self, entry: Entry, index: Index) -> tuple[str, Path]:
        """The next number, also after objects were deleted; called under the folder's lock."""
        del index
        self._highest += 1
        object_id = f"{self._prefix}-{self._highest}"
        return object_id, self._top / (f"{object_id} {file_name(entry.title)}".strip() + ".md")

    def conclude(self, index: Index) -> None:
        """Keep the highest number on disk: the files alone forget it when they are deleted."""
        if self._last(index) > self._told():
            self._folder.write(self._counter, f"{self._last(index)}\n")

    def _last(self, index: Index) -> int:
        return max([self._told(), *(self._number(file.id) for file in index.values())])

    def _told(self) -> int:
        with self._folder.translated():
            told = (read_plain(self._counter, 40) or b"") if os.path.lexists(self._counter) else b""
        text = told.decode("ascii", "replace").strip()
        return int(text) if text.isascii() and text.isdigit() else 0

    def _number(self, object_id: str) -> int:
        digits = object_id.removeprefix(f"{self._prefix}-")
        return int(digits) if digits.isdecimal() and digits.isascii() else 0
