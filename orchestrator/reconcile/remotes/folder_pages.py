"""Pages as a tree of Markdown files: the pages below `Insights.md` lie in `Insights/`."""

from __future__ import annotations

from pathlib import Path

from orchestrator.i18n import _
from orchestrator.model import digest
from orchestrator.reconcile.remotes.folder import file_name
from orchestrator.reconcile.remotes.folder_file import ObjectFile
from orchestrator.reconcile.remotes.folder_objects import FolderObjects, Index
from orchestrator.remote import Entry


class FolderPages(FolderObjects):
    """Titled objects in a tree. `space` is the name of the top folder below `pages/`.

    A page keeps its place when its parent changes or it has pages below it, so that links go on working.
    """

    first_status = "current"

    def __init__(self, folder: Path, *, name: str, space: str = "ORCH") -> None:
        super().__init__(folder, f"pages/{space}", name=name)

    def refusal(self, entry: Entry, index: Index) -> str:
        """A page needs the page above it; `create` puts those of the same call first."""
        if entry.parent and entry.parent not in index:
            return _("the page above it ({parent}) is missing").format(parent=entry.parent)
        return ""

    def place(self, entry: Entry, index: Index) -> tuple[str, Path]:
        """`<title>.md`, or `<title> [1a2b3c4d].md` where that name belongs to another page."""
        above = index[entry.parent].path.with_suffix("") if entry.parent else self._top
        short = digest(entry.key, size=8)
        title = file_name(entry.title) or short
        path = above / f"{title}.md"
        taken = {file.path.name.casefold() for file in index.values() if file.path.parent == above}
        if path.name.casefold() in taken or path.exists():
            path = above / f"{title} [{short}].md"
        return self._id(path), path

    def id_at(self, file: ObjectFile, path: Path) -> str:
        """A page's id says where it lies."""
        return file.id if path == file.path else self._id(path)

    def _id(self, path: Path) -> str:
        return path.relative_to(self._top).with_suffix("").as_posix()
