"""A vector memory in one SQLite file of a folder: the embedded stand-in for the shared table.

Search is exact: one pass over all vectors. How the file is opened: `folder_database`.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from orchestrator.errors import AbsentError, TransientError
from orchestrator.i18n import _
from orchestrator.model import digest
from orchestrator.reconcile.remotes.conflict import changed, gone, overtaken
from orchestrator.reconcile.remotes.folder import Folder, InFolder
from orchestrator.reconcile.remotes.folder_database import opened, require_plain
from orchestrator.reconcile.remotes.folder_rows import (
    COLUMNS,
    COUNTS,
    INSERT,
    UPDATE,
    Held,
    is_since,
    ranked,
    rows_of,
    shared_row,
    speaks_of,
    text_in,
    values_of,
)
from orchestrator.reconcile.remotes.plain_file import is_empty
from orchestrator.reconcile.remotes.row import row_content, row_preview, row_seal, vector_refusal
from orchestrator.remote import Content, Done, Entry, Observed, Refused, Result
from orchestrator.remote_memory import SharedRow
from orchestrator.transaction import transaction
from orchestrator.wishes import COMPANY

SLICE = 500  # keys a question, rows a page
BATCH = 100  # writes a transaction
T = TypeVar("T")


class FolderMemory(InFolder):
    """The four verbs, and `rows` and `nearest`, on `folder/memory.db`."""

    settle_seconds = 0.0
    together = BATCH

    def __init__(self, folder: Path, *, name: str) -> None:
        self.name = name
        self.label = _("folder {name}").format(name=f"{folder.name}/memory.db")
        self.target = f"folder:{folder.absolute()}#memory"
        self._folder = Folder(folder, private=name.startswith(f"{COMPANY}."))
        self._file = folder / "memory.db"

    def find(self, keys: Sequence[str]) -> Mapping[str, Observed]:
        """What the table holds under these keys. Raises TransientError."""
        found: dict[str, Observed] = {}
        with self._database(write=False) as db:
            for start in range(0, len(keys) if db else 0, SLICE):
                part = list(keys[start : start + SLICE])
                found |= {o.key: o for o in map(self._observed, rows_of(db, part))}
        return found

    def create(self, entries: Sequence[Entry]) -> Iterator[Result]:
        """Insert; a key that exists is adopted, as what it holds."""
        if not entries:
            return
        with self._database(write=True) as db:
            for part in batched(entries):
                reasons = {e.key: vector_refusal(e) for e in part}
                with transaction(db):  # one transaction a batch: each commit waits for the disk
                    for entry in part:
                        if not reasons[entry.key]:
                            db.execute(INSERT, values_of(entry))
                held = {o.key: o for o in map(self._observed, rows_of(db, list(reasons)))}
                for key, reason in reasons.items():
                    yield Refused(key, reason) if reason else Done(key, held[key])

    def update(self, items: Sequence[tuple[Observed, Entry]]) -> Iterator[Result]:
        """Replace all but `shared`, which people own; a row that changed since is refused."""
        if not items:
            return
        with self._database(write=True) as db:
            for part in batched(items):
                with transaction(db):
                    results = [self._replace(db, observed, entry) for observed, entry in part]
                yield from results

    def retract(self, items: Sequence[Observed]) -> Iterator[Result]:
        """Delete; a row that is gone is done, one that changed since it was seen is refused."""
        if not items:
            return
        with self._database(write=True) as db:
            for observed in items:
                with transaction(db):
                    result = self._delete(db, observed)
                yield result

    def read(self, items: Sequence[Observed]) -> Mapping[str, Content]:
        """What the rows say. Raises TransientError."""
        found: dict[str, Content] = {}
        keys = [seen.key for seen in items]
        with self._database(write=False) as db:
            for start in range(0, len(keys) if db else 0, SLICE):
                for row in rows_of(db, keys[start : start + SLICE]):
                    found[row.key] = row_content(row.content, row.kind, row.company, row.metadata)
        return found

    def preview(self, entry: Entry) -> Content:
        """What `read` would give once the entry was written."""
        return row_preview(entry)

    def rows(self, *, shared_only: bool = True) -> Iterable[SharedRow]:
        """Every row by id, with its vector. Raises TransientError, AbsentError where there is no file."""
        last = 0
        if not os.path.lexists(self._file):
            raise AbsentError(
                _("there is no memory in the folder {folder}").format(folder=self._folder.path),
                _("see that it is mounted; the first `orch push` of the group makes it"),
            )
        query = f"select {COLUMNS} from memory where id > ? and shared >= ? order by id limit ?"  # noqa: S608
        while True:
            with self._database(write=False) as db:
                if db is None and (last or not os.path.lexists(self._file)):
                    raise TransientError(
                        _("the memory {file} went away while it was read").format(file=self._file),
                        _("mount it or put it back, and run the command again"),
                    )
                rows = db.execute(query, (last, int(shared_only), SLICE)) if db else ()
                page = [Held.of(row) for row in rows]
            yield from (shared_row(row) for row in page)
            if len(page) < SLICE:
                return
            last = page[-1].number

    def stats(self) -> Mapping[str, Any]:
        """{total, by_category, by_instance} of the shared rows."""
        with self._database(write=False) as db:
            found = list(db.execute(COUNTS)) if db else []
        kinds: Counter[str] = Counter()
        companies: Counter[str] = Counter()
        for kind, company, n in found:
            kinds[text_in(kind)] += n
            companies[text_in(company)] += n
        return {"total": kinds.total(), "by_category": dict(kinds), "by_instance": dict(companies)}

    def nearest(
        self,
        vector: Sequence[float],
        *,
        limit: int = 10,
        kind: str | None = None,
        company: str | None = None,
        technology: str | None = None,
        since: str | None = None,
        shared_only: bool = True,
    ) -> Sequence[SharedRow]:
        """Rows by cosine similarity, best first; `limit` at most 200."""
        limit = max(1, min(limit, 200))
        query = f"""select {COLUMNS} from memory where shared >= ?
                    and (?2 is null or category = ?2) and (?3 is null or source_instance = ?3) order by id"""  # noqa: S608
        with self._database(write=False) as db:
            rows = map(Held.of, db.execute(query, (int(shared_only), kind, company)) if db else ())
            found = [row for row in rows if speaks_of(row, technology) and is_since(row, since)]
        return ranked(found, vector, limit)

    def share(self, keys: Sequence[str], *, shared: bool = True) -> int:
        """Mark rows as shared (or not); the number of rows that were changed."""
        with self._database(write=True) as db, transaction(db):
            for key in keys:
                db.execute(
                    "update memory set shared = ?, revision = revision + 1 where orch_key = ?"
                    " and shared <> ?",
                    (int(shared), key, int(shared)),
                )
            return int(db.total_changes())

    # ---------------------------------------------------------------- inner workings

    @contextmanager
    def _database(self, *, write: bool) -> Iterator[Any]:
        """An open database; None where nothing was ever written and nothing will be."""
        if write:
            self._folder.make()
            require_plain(self._file)
            self._folder.make_file(self._file)
        elif not self._folder.path.parent.is_dir():
            words = _("the folder {folder} is not there").format(folder=self._folder.path)
            raise TransientError(words, _("mount or create it, then run the command again"))
        elif not os.path.lexists(self._file) or is_empty(self._file):  # made, and then there was no room
            yield None
            return
        with opened(self._file, write=write) as db:
            yield db

    def _delete(self, db: Any, seen: Observed) -> Result:
        """Delete, unless a person changed the row since it was seen; called inside a transaction."""
        db.execute("update memory set revision = revision where orch_key = ?", (seen.key,))  # takes the lock
        now = [self._observed(row) for row in rows_of(db, [seen.key])]
        if now and overtaken(seen, now[0]):
            return changed(seen.key, seen.ref)
        db.execute("delete from memory where orch_key = ?", (seen.key,))
        return Done(seen.key, seen)

    def _replace(self, db: Any, observed: Observed, entry: Entry) -> Result:
        """Write, unless a person changed the row since it was seen; called inside a transaction."""
        reason = vector_refusal(entry)
        if reason:
            return Refused(entry.key, reason)
        db.execute("update memory set revision = revision where orch_key = ?", (entry.key,))  # takes the lock
        now = rows_of(db, [entry.key])
        if not now:
            return gone(entry.key, observed.ref)
        if overtaken(observed, self._observed(now[0])):
            return changed(entry.key, observed.ref)
        db.execute(UPDATE, values_of(entry, before=now[0].metadata))
        return Done(entry.key, self._observed(rows_of(db, [entry.key])[0]))

    def _observed(self, row: Held) -> Observed:
        metadata, mark = row.metadata, "shared" if row.shared else ""
        told = (row.content, row.company, row.kind, str(row.shared), str(row.metadata))
        version = f"{row.revision}-{digest(*told, size=12)}"
        texts = [str(metadata.get("title", "")), row.content, row.kind, row.company]
        sealed, words = metadata.get("orch_text"), row_seal(texts, metadata)
        edited = bool(row.fault) or sealed != row_seal(texts, metadata, str(sealed or ""))
        url, hash_ = self._file.absolute().as_uri(), str(metadata.get("orch_hash", ""))
        return Observed(row.key, str(row.number), hash_, version, url, mark, edited, words)


def batched(items: Sequence[T]) -> Iterator[Sequence[T]]:
    """The items in slices of one transaction each."""
    for start in range(0, len(items), BATCH):
        yield items[start : start + BATCH]
