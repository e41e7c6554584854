"""Pages as a tree of Markdown files: the pages below `Insights.md` lie in `Insights/`."""

from __future__ import annotations

from pathlib import Path

from orchestrator.i18n import _
from orchestrator.model import digest
from orchestrator.reconcile.remotes.folder import file_name
from orchestrator.reconcile.remotes.folder_file import ObjectFile
from orchestrator.reconcile.remotes.folder_index import Index
from orchestrator.reconcile.remotes.folder_objects import FolderObjects
from orchestrator.remote import Entry


class FolderPages(FolderObjects):
    """Titled objects in a tree. `space` is the name of the top folder below `pages/`.

    A page keeps its place when its parent changes or it has pages below it, so that links go on working.
    """

    first_status = "current"

    def __init__(self, folder: Path, *, name: str, space: str = "ORCH") -> None:
        super().__init__(folder, f"pages/{space}", name=name)
        self._names: dict[Path, set[str]] = {}  # of each folder, as a file system without case compares them

    def begin(self, index: Index) -> None:
        """Look once at which names are taken, not once a page."""
        self._names = {}
        for file in index.values():
            self._names.setdefault(file.path.parent, set()).add(file.path.name.casefold())

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
        taken = self._names.setdefault(above, set())
        if path.name.casefold() in taken or path.exists():
            path = above / f"{title} [{short}].md"
        taken.add(path.name.casefold())
        return self._id(path), path

    def id_at(self, file: ObjectFile, path: Path) -> str:
        """A page's id says where it lies."""
        return file.id if path == file.path else self._id(path)

    def _id(self, path: Path) -> str:
        return path.relative_to(self._top).with_suffix("").as_posix()
