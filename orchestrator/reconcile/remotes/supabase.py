"""The vector memory in Supabase: one row an insight, keyed by `metadata.orch_key`.

`shared` is sent when a row is born and never again: people own it. A row's version is its
`updated_at`; what a person changed no longer fits the seal in its metadata.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence

from orchestrator.errors import CredentialsError, TransientError
from orchestrator.i18n import _
from orchestrator.reconcile.doubt import after_sending
from orchestrator.reconcile.http import HttpRefusedError, sendable
from orchestrator.reconcile.migration_files import shipped
from orchestrator.reconcile.postgrest import Postgrest, Row, TooSlowError, any_of, key_slices
from orchestrator.reconcile.remotes.conflict import changed, gone, overtaken, refused
from orchestrator.reconcile.remotes.row import (
    READ,
    foreign,
    metadata_of,
    row_content,
    row_preview,
    row_seal,
    vector_refusal,
)
from orchestrator.reconcile.remotes.supabase_reader import SupabaseReader, vector_text
from orchestrator.remote import Content, Done, Entry, Observed, Refused, Result
from orchestrator.wishes import COMPANY

TABLE = "orchestrator_global_memory"
BATCH_ROWS = 150
BATCH_BYTES = 900_000  # Supabase publishes no limit; stay below 1 MB
ROW_FAULTS = frozenset({400, 409, 413, 422})  # statuses that blame the rows, not the call
MARKS = "title:metadata->>title,orch_hash:metadata->>orch_hash,orch_text:metadata->>orch_text"
TOLD = ",".join(f"{name}:metadata->{name}" for name in READ)
SEEN = f"id,orch_key,content,category,source_instance,shared,updated_at,{MARKS},{TOLD}"
READ_COLUMNS = "orch_key,content,category,source_instance,metadata"

Write = Callable[[Sequence[Row]], list[Row]]


class SupabaseMemory(SupabaseReader):
    """The four verbs, and `rows` and `nearest`, on one project's table."""

    settle_seconds = 0.0
    together = 2 * BATCH_ROWS

    def __init__(self, client: Postgrest, *, name: str, table: str = TABLE) -> None:
        self.name = name
        self.label = f"Supabase {client.session.host}"
        self.target = f"{client.url}#{table or TABLE}"
        super().__init__(client, table or TABLE)

    def find(self, keys: Sequence[str]) -> Mapping[str, Observed]:
        """What the table holds under these keys; some 300 keys a request.

        A row of which more was made than orch reads was edited by somebody: nothing of ours is so large.
        """
        return {
            row["orch_key"]: self._observed(row) for row in self._of("orch_key", keys, SEEN, most=len(keys))
        }

    def create(self, entries: Sequence[Entry]) -> Iterator[Result]:
        """Insert what is new, up to 150 rows a request; a key that is there is adopted."""

        def insert(rows: Sequence[Row]) -> list[Row]:
            return self._client.insert(self._table, rows, returning=SEEN)

        sound = yield from _sound(entries)
        for batch in _batches([_row(e) | {"shared": e.shared} for e in sound]):
            yield from self._written(batch, insert)

    def update(self, items: Sequence[tuple[Observed, Entry]]) -> Iterator[Result]:
        """Replace all but `shared` and others' metadata. A row that a person changed meanwhile is refused.

        The look and the write are two requests: an edit between them (some 100 ms) is lost.
        """

        def upsert(rows: Sequence[Row]) -> list[Row]:
            return self._client.upsert(self._table, rows, returning=SEEN)

        keys = [entry.key for _seen, entry in items]
        rows = self._of("orch_key", keys, f"{SEEN},metadata", most=len(keys))
        now = {row["orch_key"]: row for row in rows}
        fresh: list[Entry] = []
        for seen, entry in items:
            held = now.get(entry.key)
            if held is None:
                yield gone(entry.key, seen.ref)
            elif overtaken(seen, self._observed(held)):
                yield changed(entry.key, seen.ref)
            else:
                fresh.append(entry)
        sound = yield from _sound(fresh)
        for batch in _batches([_row(e, now[e.key].get("metadata")) for e in sound]):
            yield from self._written(batch, upsert)

    def retract(self, items: Sequence[Observed]) -> Iterator[Result]:
        """Delete the rows; one that is gone is done, one that a person changed since is refused.

        As with `update`, the look and the deletion are two requests.
        """
        observed = {o.key: o for o in items}
        now = self.find(list(observed)) if observed else {}
        stale = {key for key, held in now.items() if overtaken(observed[key], held)}
        yield from (changed(key, observed[key].ref) for key in stale)
        for part in key_slices([key for key in observed if key not in stale]):
            self._client.delete(self._table, {"orch_key": any_of(part)})
            yield from (Done(key, observed[key]) for key in part)

    def hidden(self, refs: Mapping[str, str]) -> Mapping[str, str]:
        """None: a secret key sees every row. CredentialsError for a key that sees only what is shared."""
        if refs and self._client.published:
            words = _("the key in {variable} does not show what is not shared: what is to go cannot be seen")
            hint = _("set {variable} to the project's secret key")
            name = self._client.variable
            raise CredentialsError(words.format(variable=name), hint.format(variable=name))
        return {}

    def read(self, items: Sequence[Observed]) -> Mapping[str, Content]:
        """What the rows say; some 300 keys a request. What is too large to be read is left out."""
        found: dict[str, Content] = {}
        for row in self._of("orch_key", [seen.key for seen in items], READ_COLUMNS, most=len(items)):
            if "content" in row:
                metadata = row["metadata"] if isinstance(row["metadata"], dict) else {}
                owner = row["source_instance"] or ""
                found[row["orch_key"]] = row_content(row["content"], row["category"], owner, metadata)
        return found

    def preview(self, entry: Entry) -> Content:
        """What `read` would give once the entry was written."""
        return row_preview(entry)

    def outdated(self) -> str:
        """The migrations that the project lacks, in words. PermanentError where it cannot even tell."""
        found = self._client.value("orchestrator_memory_version", {})
        own = self.name.startswith(f"{COMPANY}.")
        missing = [m.version for m in shipped(own=own) if m.version > str(found)]
        words = _("{url} lacks the migrations {versions}")
        return words.format(url=self._client.url, versions=", ".join(missing)) if missing else ""

    def share(self, keys: Sequence[str], *, shared: bool = True) -> int:
        """Mark rows as shared (or not); the number of rows that were changed."""
        changed = 0
        for part in key_slices(keys):
            filters = {"orch_key": any_of(part), "select": "id"}
            changed += len(self._client.patch(self._table, filters, {"shared": shared}))
        return changed

    # ---------------------------------------------------------------- inner workings

    def _written(self, rows: Sequence[Row], write: Write, doubt: bool = False) -> Iterator[Result]:
        """Write a batch; where the server blames a row or the time, write it in halves.

        `doubt` is true where the rows may be there already by a try of the larger batch.
        """
        keys = [row["metadata"]["orch_key"] for row in rows]
        try:
            with after_sending(doubt):
                got = {row["orch_key"]: self._observed(row) for row in write(rows)}
        except (TooSlowError, HttpRefusedError) as error:
            if isinstance(error, HttpRefusedError) and error.status not in ROW_FAULTS:
                raise
            if len(rows) > 1:
                half = len(rows) // 2
                yield from self._written(rows[:half], write, error.in_doubt)
                yield from self._written(rows[half:], write, error.in_doubt)
                return
            if isinstance(error, TooSlowError):
                raise
            yield refused(keys[0], error)
            return
        yield from self._settled(keys, got)

    def _settled(self, keys: Sequence[str], got: Mapping[str, Observed]) -> Iterator[Result]:
        """Rows that did not come back were there already (or unchanged): ask what they are."""
        with after_sending():
            there = self.find([key for key in keys if key not in got])
        for key in keys:
            observed = got.get(key) or there.get(key)
            if observed is None:
                raise TransientError(_("a row vanished while it was written"), in_doubt=True)
            yield Done(key, observed)

    def _observed(self, row: Row) -> Observed:
        if "content" not in row:
            status = "shared" if row["shared"] else ""
            return Observed(row["orch_key"], str(row["id"]), "", row["updated_at"], "", status, edited=True)
        told = (row["title"] or "", row["content"], row["category"], row["source_instance"] or "")
        seal, sealed = row_seal(told, row), row["orch_text"] or ""
        status = "shared" if row["shared"] else ""
        edited = sealed != row_seal(told, row, sealed)
        hash_ = row["orch_hash"] or ""
        return Observed(row["orch_key"], str(row["id"]), hash_, row["updated_at"], "", status, edited, seal)


def _sound(entries: Iterable[Entry]) -> Generator[Result, None, list[Entry]]:
    """Refuse what cannot be a row; return the rest."""
    sound: list[Entry] = []
    for entry in entries:
        reason = vector_refusal(entry)
        if reason:
            yield Refused(entry.key, reason)
        else:
            sound.append(entry)
    return sound


def _row(entry: Entry, before: object = None) -> Row:
    """The columns of an entry; rows of one request must have equal columns.

    `before` is the metadata of the row that is replaced: what others wrote there stays.
    """
    return {
        "content": sendable(entry.body),
        "embedding": vector_text(entry.vector or ()),
        "source_instance": sendable(entry.company),
        "category": sendable(entry.kind),
        "metadata": foreign(before) | metadata_of(entry),
    }


def _batches(rows: Sequence[Row]) -> Iterator[list[Row]]:
    """The rows in batches of at most 150 and about 900 kB."""
    batch: list[Row] = []
    size = 0
    for row in rows:
        more = len(json.dumps(row, ensure_ascii=False).encode())
        if batch and (len(batch) == BATCH_ROWS or size + more > BATCH_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(row)
        size += more
    if batch:
        yield batch
