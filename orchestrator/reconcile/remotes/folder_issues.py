"""Issues as Markdown files: `issues/ORCH/ORCH-12 Solução cache.md`."""

from __future__ import annotations

from pathlib import Path

from orchestrator.reconcile.remotes.folder import file_name
from orchestrator.reconcile.remotes.folder_objects import FolderObjects, Index
from orchestrator.remote import Entry


class FolderIssues(FolderObjects):
    """Numbered objects. `prefix` is the project's key; a number is never given twice.

    An object keeps its file name when its title changes, so that links to it go on working.
    """

    def __init__(self, folder: Path, *, name: str, prefix: str = "ORCH", part: str = "issues") -> None:
        super().__init__(folder, f"{part}/{prefix}", name=name)
        self._prefix = prefix

    def place(self, entry: Entry, index: Index) -> tuple[str, Path]:
        """The next number, also after objects were deleted; called under the folder's lock."""
        counter = self._top / ".last"
        with self._folder.translated():
            told = counter.read_text() if counter.exists() else ""
        used = [self._number(file.id) for file in index.values()]
        number = max([int(told) if told.strip().isdigit() else 0, *used]) + 1
        self._folder.write(counter, f"{number}\n")
        object_id = f"{self._prefix}-{number}"
        return object_id, self._top / (f"{object_id} {file_name(entry.title)}".strip() + ".md")

    def _number(self, object_id: str) -> int:
        digits = object_id.removeprefix(f"{self._prefix}-")
        return int(digits) if digits.isdecimal() and digits.isascii() else 0
