"""The four verbs on a folder of Markdown files; issues, pages and pull requests differ by name only."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from orchestrator.errors import OrchError, TransientError
from orchestrator.i18n import _
from orchestrator.model import digest
from orchestrator.reconcile.doubt import after_sending
from orchestrator.reconcile.remotes.conflict import changed, gone, overtaken
from orchestrator.reconcile.remotes.folder import Folder, InFolder, file_name
from orchestrator.reconcile.remotes.folder_file import (
    LARGEST,
    ObjectFile,
    preview,
    read,
    rendered,
    with_link,
)
from orchestrator.reconcile.remotes.folder_index import Index, objects_below
from orchestrator.reconcile.remotes.plain_file import read_plain
from orchestrator.remote import Content, Done, Entry, Observed, Refused, Result
from orchestrator.wishes import COMPANY


class FolderObjects(InFolder):
    """A remote that keeps each object as one file below `folder/part`.

    Cost: every call reads each file of the folder once, whatever the number of keys.
    Identity is the key in the front matter: people may rename and move the files.
    """

    settle_seconds = 0.0
    together = 100  # each reads the whole folder once
    first_status = "open"

    def __init__(self, folder: Path, part: str, *, name: str) -> None:
        self.name = name
        self.label = _("folder {name}").format(name=f"{folder.name}/{part}")
        self.target = f"folder:{folder.absolute()}#{part}"
        self._folder = Folder(folder, private=name.startswith(f"{COMPANY}."))
        self._top = folder / part
        self._copies: dict[str, list[ObjectFile]] = {}  # further files of a key: a synchronisation's conflict

    def find(self, keys: Sequence[str]) -> Mapping[str, Observed]:
        """What lies there under these keys. Raises TransientError."""
        wanted = set(keys)
        return {key: file.observed() for key, file in self._index().items() if key in wanted}

    def create(self, entries: Sequence[Entry]) -> Iterator[Result]:
        """Write a file each, under the folder's lock; a key that is there is adopted."""
        if not entries:
            return
        with self._locked() as index:
            self.begin(index)
            for entry in _parents_first(entries):
                if entry.key in index:
                    yield Done(entry.key, index[entry.key].observed())
                    continue
                yield self._create(entry, index)
            self.conclude(index)

    def update(self, items: Sequence[tuple[Observed, Entry]]) -> Iterator[Result]:
        """Replace what `Observed` saw; a file that changed since is refused."""
        if not items:
            return
        with self._locked() as index:
            for observed, entry in items:
                file = index.get(entry.key)
                if file is None:
                    yield gone(entry.key, observed.ref)
                elif overtaken(observed, file.observed()):
                    yield changed(entry.key, file.id)
                else:
                    yield self._replace(file, entry)

    def retract(self, items: Sequence[Observed]) -> Iterator[Result]:
        """Delete the files; one that is gone is done, one that changed since it was seen is refused."""
        if not items:
            return
        with self._locked() as index:
            self.conclude(index)
            for observed in items:
                file = index.get(observed.key)
                if file is not None and overtaken(observed, file.observed()):
                    yield changed(observed.key, file.path.name)
                    continue
                if file is not None:
                    del index[observed.key]
                    self._folder.remove(file.path)
                with after_sending(file is not None):
                    edited = self._remove_copies(observed.key)
                yield changed(observed.key, edited[0].path.name) if edited else Done(observed.key, observed)

    def read(self, items: Sequence[Observed]) -> Mapping[str, Content]:
        """Title and body of the files. Raises TransientError."""
        wanted = {seen.key for seen in items}
        return {key: file.content() for key, file in self._index().items() if key in wanted}

    def preview(self, entry: Entry) -> Content:
        """What `read` would give once the entry was written."""
        return preview(entry)

    def link(self, items: Sequence[tuple[Observed, Entry]]) -> Iterator[Result]:
        """Write the `link:` line of the front matter; all else stays byte for byte."""
        if not items:
            return
        with self._locked() as index:
            for observed, entry in items:
                file = index.get(entry.key)
                if file is None:
                    yield gone(entry.key, observed.ref)
                elif file.version != observed.version:
                    yield changed(entry.key, file.id)
                else:
                    yield self._link(file, entry)

    def objects(self) -> Iterable[ObjectFile]:
        """Every object, by id. Raises TransientError."""
        return sorted(self._index().values(), key=lambda f: (len(f.id), f.id))

    # ---------------------------------------------------------------- for the three sorts

    def place(self, entry: Entry, index: Index) -> tuple[str, Path]:
        """The new object's id and path. Raises TransientError."""
        raise NotImplementedError  # no default: each subclass has its own, and none is made of this class

    def id_at(self, file: ObjectFile, path: Path) -> str:
        """The id of an object whose file lies at `path` from now on."""
        del path
        return file.id

    def refusal(self, entry: Entry, index: Index) -> str:
        """Why this entry cannot be created; '' when it can."""
        del entry, index
        return ""

    def begin(self, index: Index) -> None:
        """Look at what is there before new objects get their places."""
        del index

    def conclude(self, index: Index) -> None:
        """Note what must outlive the objects; called after creating and before deleting."""
        del index

    def further(self, entry: Entry) -> dict[str, Any]:
        """Further lines of the front matter of a new object."""
        del entry
        return {}

    # ---------------------------------------------------------------- inner workings

    @contextmanager
    def _locked(self) -> Iterator[Index]:
        """Be the only writer, and see what is there."""
        with self._folder.locked():
            self._folder.clear(self._top)
            yield self._index()

    def _create(self, entry: Entry, index: Index) -> Result:
        reason = self.refusal(entry, index)
        if reason:
            return Refused(entry.key, reason)
        further = self.further(entry)
        object_id, path = self.place(entry, index)
        further |= _link_line(entry, path)
        text = rendered(entry, object_id, status=self.first_status, revision=1, further=further)
        self._folder.write(path, text)
        index[entry.key] = self._read_back(path)
        return Done(entry.key, replace(index[entry.key].observed(), link=entry.link))

    def _replace(self, file: ObjectFile, entry: Entry) -> Result:
        kept = {"resolution": file.head["resolution"]} if file.head.get("resolution") else {}
        further, path = self.further(entry) | kept, self._named_anew(file, entry)
        further |= _link_line(entry, path)
        revision, object_id = file.revision + 1, self.id_at(file, path)
        text = rendered(entry, object_id, status=file.status, revision=revision, further=further)
        if path != file.path:  # first: a name may hold words that are to go; what is cut off is still due
            self._folder.rename(file.path, path)
        try:
            self._folder.write(path, text)
        except OrchError as error:
            if path != file.path and not error.in_doubt:  # else the new text is there, under its own name
                self._folder.rename(path, file.path)
            raise
        with after_sending():
            self._remove_copies(entry.key)
        return Done(entry.key, replace(self._read_back(path).observed(), link=entry.link))

    def _remove_copies(self, key: str) -> list[ObjectFile]:
        """Delete what a synchronisation left beside the object; those that a person edited stay."""
        edited = []
        for copy in self._copies.pop(key, []):
            if copy.edited:
                edited.append(copy)
            else:
                self._folder.remove(copy.path)
        return edited

    def _link(self, file: ObjectFile, entry: Entry) -> Result:
        with self._folder.translated():
            text = (read_plain(file.path, LARGEST) or b"").decode("utf-8", "replace")
        link = _link_line(entry, file.path).get("link", "")
        self._folder.write(file.path, with_link(text.replace("\r\n", "\n"), link))
        return Done(entry.key, replace(self._read_back(file.path).observed(), link=entry.link))

    def _named_anew(self, file: ObjectFile, entry: Entry) -> Path:
        """Where it lies from now on: a name made of a title that is redacted now must not go on telling it.

        A name that a person gave stays, and so does that of a page with pages below it.
        """
        before, short = file_name(file.title), digest(entry.key, size=8)
        now, stem = file_name(entry.title) or short, file.path.stem
        if not before or before == now or before not in stem or file.path.with_suffix("").is_dir():
            return file.path
        path = file.path.with_name(f"{stem.replace(before, now)}.md")
        if path.exists():
            path = path.with_name(f"{path.stem} [{short}].md")
        return path

    def _read_back(self, path: Path) -> ObjectFile:
        """What was just written. Raises TransientError with `in_doubt`."""
        with after_sending():
            with self._folder.translated():
                file = read(path)
            if file is None:
                raise TransientError(_("{path} was removed while it was written").format(path=path))
            return file

    def _index(self) -> Index:
        """Every object by key; of two copies (a sync conflict) the later revision counts."""
        if not self._folder.path.parent.is_dir():
            words = _("the folder {folder} is not there").format(folder=self._folder.path)
            raise TransientError(words, _("mount or create it, then run the command again"))
        with self._folder.translated():
            index, self._copies = objects_below(self._top)
        return index


def _link_line(entry: Entry, path: Path) -> dict[str, str]:
    """The `link` of the front matter; to a file by the way from here, since people mount folders anywhere."""
    if not entry.link.startswith("file://"):
        return {"link": entry.link} if entry.link else {}
    there = Path(unquote(urlsplit(entry.link).path))
    return {"link": os.path.relpath(there, path.parent)}


def _parents_first(entries: Sequence[Entry]) -> list[Entry]:
    """The entries in such an order that a page comes after the page above it."""
    waiting = {entry.key: entry for entry in entries}
    ordered: list[Entry] = []
    for entry in entries:
        chain: list[Entry] = []
        current: Entry | None = entry
        while current is not None and current.key in waiting:
            chain.append(waiting.pop(current.key))
            current = waiting.get(current.parent)
        ordered.extend(reversed(chain))
    return ordered
