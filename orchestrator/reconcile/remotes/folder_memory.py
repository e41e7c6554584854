"""A vector memory in one SQLite file of a folder: the embedded stand-in for the shared table.

The journal is a rollback journal, not WAL: WAL needs shared memory between its users and so
cannot work on a folder that two machines mount, which is what a group without accounts uses.
Search is exact: one pass over all vectors.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import apsw

from orchestrator.errors import AbsentError, TransientError
from orchestrator.i18n import _
from orchestrator.model import digest
from orchestrator.reconcile.answer import sendable
from orchestrator.reconcile.remotes.conflict import changed, gone, overtaken
from orchestrator.reconcile.remotes.folder import Folder
from orchestrator.reconcile.remotes.row import (
    metadata_of,
    row_content,
    row_preview,
    row_seal,
    vector_refusal,
)
from orchestrator.remote import Content, Done, Entry, Observed, Refused, Result, SharedRow
from orchestrator.transaction import transaction

BUSY_MILLISECONDS = 10_000
SLICE = 500  # keys a question, rows a page
BATCH = 100  # writes a transaction
T = TypeVar("T")
COLUMNS = "id, orch_key, content, source_instance, category, shared, metadata, created_at, revision"
SCHEMA = """
create table if not exists memory (
  id integer primary key autoincrement,
  orch_key text not null unique,
  content text not null,
  embedding blob not null,
  source_instance text not null,
  category text not null,
  shared integer not null default 0,
  metadata text not null default '{}',
  created_at text not null,
  revision integer not null default 1
) strict;
"""


class FolderMemory:
    """The four verbs, and `rows` and `nearest`, on `folder/memory.db`."""

    settle_seconds = 0.0

    def __init__(self, folder: Path, *, name: str) -> None:
        self.name = name
        self.label = _("folder {name}").format(name=f"{folder.name}/memory.db")
        self.target = f"folder:{folder.absolute()}#memory"
        self._folder = Folder(folder)
        self._file = folder / "memory.db"

    def find(self, keys: Sequence[str]) -> Mapping[str, Observed]:
        """What the table holds under these keys. Raises TransientError."""
        found: dict[str, Observed] = {}
        with self._database(write=False) as db:
            for start in range(0, len(keys) if db else 0, SLICE):
                part = list(keys[start : start + SLICE])
                found |= {o.key: o for o in map(self._observed, _rows(db, part))}
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
                            db.execute(_INSERT, _values(entry))
                held = {o.key: o for o in map(self._observed, _rows(db, list(reasons)))}
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
                for _number, key, content, company, kind, _shared, text, *_rest in _rows(
                    db, keys[start : start + SLICE]
                ):
                    found[key] = row_content(content, kind, company, _metadata(text))
        return found

    def preview(self, entry: Entry) -> Content:
        """What `read` would give once the entry was written."""
        return row_preview(entry)

    def rows(self, *, shared_only: bool = True) -> Iterable[SharedRow]:
        """Every row by id, with its vector. Raises TransientError, AbsentError where there is no file."""
        last = 0
        if not self._file.exists():
            raise AbsentError(
                _("there is no memory in the folder {folder}").format(folder=self._folder.path),
                _("see that it is mounted; the first `orch push` of the group makes it"),
            )
        query = f"select {COLUMNS}, embedding from memory where id > ? and shared >= ? order by id limit ?"  # noqa: S608
        while True:
            with self._database(write=False) as db:
                page = list(db.execute(query, (last, int(shared_only), SLICE))) if db else []
            yield from (_shared(row) for row in page)
            if len(page) < SLICE:
                return
            last = page[-1][0]

    def stats(self) -> Mapping[str, Any]:
        """{total, by_category, by_instance} of the shared rows."""
        query = "select category, source_instance, count(*) from memory where shared group by 1, 2"
        with self._database(write=False) as db:
            found = list(db.execute(query)) if db else []
        kinds: Counter[str] = Counter()
        companies: Counter[str] = Counter()
        for kind, company, n in found:
            kinds[kind] += n
            companies[company] += n
        return {"total": kinds.total(), "by_category": dict(kinds), "by_instance": dict(companies)}

    def nearest(
        self,
        vector: Sequence[float],
        *,
        limit: int = 10,
        kind: str | None = None,
        company: str | None = None,
        shared_only: bool = True,
    ) -> Sequence[SharedRow]:
        """Rows by cosine similarity, best first; `limit` at most 200."""
        limit = max(1, min(limit, 200))
        query = f"""select {COLUMNS}, embedding from memory where shared >= ?
                    and (?2 is null or category = ?2) and (?3 is null or source_instance = ?3) order by id"""  # noqa: S608
        with self._database(write=False) as db:
            found = list(db.execute(query, (int(shared_only), kind, company))) if db else []
        return _ranked(found, vector, limit)

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
        elif not self._folder.path.parent.is_dir():
            words = _("the folder {folder} is not there").format(folder=self._folder.path)
            raise TransientError(words, _("mount or create it, then run the command again"))
        elif not self._file.exists() or not self._file.stat().st_size:  # made, and then there was no room
            yield None
            return
        try:
            db = apsw.Connection(str(self._file))
            try:
                db.set_busy_timeout(BUSY_MILLISECONDS)
                if write:
                    list(db.execute("pragma journal_mode = truncate; pragma synchronous = full;" + SCHEMA))
                yield db
            finally:
                db.close()
        except apsw.Error as error:
            words = _("the memory {file} cannot be used: {reason}").format(file=self._file, reason=error)
            hint = _("see that it is there, may be written and has room on its disk")
            raise TransientError(words, hint) from error

    def _delete(self, db: Any, seen: Observed) -> Result:
        """Delete, unless a person changed the row since it was seen; called inside a transaction."""
        db.execute("update memory set revision = revision where orch_key = ?", (seen.key,))  # takes the lock
        now = [self._observed(row) for row in _rows(db, [seen.key])]
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
        now = [self._observed(row) for row in _rows(db, [entry.key])]
        if not now:
            return gone(entry.key, observed.ref)
        if overtaken(observed, now[0]):
            return changed(entry.key, observed.ref)
        db.execute(_UPDATE, _values(entry))
        return Done(entry.key, self._observed(_rows(db, [entry.key])[0]))

    def _observed(self, row: Sequence[Any]) -> Observed:
        number, key, content, company, kind, shared, text, _created, revision = row[:9]
        metadata = _metadata(text)
        version = f"{revision}-{digest(content, company, kind, str(shared), text, size=12)}"
        words = row_seal(str(metadata.get("title", "")), content, kind, company)
        edited = metadata.get("orch_text") != words
        url, hash_ = self._file.absolute().as_uri(), str(metadata.get("orch_hash", ""))
        return Observed(key, str(number), hash_, version, url, "shared" if shared else "", edited, words)


_INSERT = """insert into memory (orch_key, content, embedding, source_instance, category, metadata, shared,
 created_at) values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) on conflict (orch_key) do nothing"""
_UPDATE = """update memory set content = ?2, embedding = ?3, source_instance = ?4, category = ?5,
 metadata = ?6, revision = revision + 1 where orch_key = ?1 and ?7 is not null and ?8 is not null"""


def batched(items: Sequence[T]) -> Iterator[Sequence[T]]:
    """The items in slices of one transaction each."""
    for start in range(0, len(items), BATCH):
        yield items[start : start + BATCH]


def _values(entry: Entry) -> tuple[Any, ...]:
    import array

    clean = sendable({"content": entry.body, "company": entry.company, "kind": entry.kind})
    blob = array.array("f", entry.vector or ()).tobytes()
    text = json.dumps(metadata_of(entry), ensure_ascii=False, sort_keys=True)
    now = datetime.now(UTC).isoformat(timespec="milliseconds")
    return entry.key, clean["content"], blob, clean["company"], clean["kind"], text, int(entry.shared), now


def _rows(db: Any, keys: Sequence[str]) -> list[Any]:
    query = f"select {COLUMNS} from memory where orch_key in (select value from json_each(?))"  # noqa: S608
    return list(db.execute(query, (json.dumps(list(keys)),)))


def _metadata(text: str) -> dict[str, Any]:
    """The metadata of a row; nothing where another program wrote no JSON object there."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _shared(row: Sequence[Any], similarity: float = 0.0) -> SharedRow:
    import array

    _number, key, content, company, kind, _flag, text, created, _revision, blob = row
    metadata = _metadata(text)
    vector = array.array("f", blob) if len(blob) % 4 == 0 else None  # other programs write rows too
    model = str(metadata.get("model", ""))
    hash_ = str(metadata.get("orch_hash", ""))
    return SharedRow(key, company, kind, content, metadata, created, hash_, model, vector, similarity)


def _ranked(rows: Sequence[Sequence[Any]], vector: Sequence[float], limit: int) -> list[SharedRow]:
    """Exact cosine similarity of every row's vector with `vector`."""
    import numpy as np

    size = 4 * len(vector)
    rows = [row for row in rows if len(row[-1]) == size]
    if not rows:
        return []
    wanted = np.asarray(vector, dtype=np.float32)
    held = np.frombuffer(b"".join(row[-1] for row in rows), dtype=np.float32).reshape(len(rows), -1)
    sizes = np.linalg.norm(held, axis=1) * float(np.linalg.norm(wanted))
    similarity = held @ wanted / np.where(sizes == 0, 1.0, sizes)
    best = np.argsort(-similarity, kind="stable")[:limit]
    return [_shared(rows[i], float(similarity[i])) for i in best]
