"""What is read of the memory in Supabase: rows, news, counts, neighbours. `supabase` writes."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from orchestrator.errors import PermanentError
from orchestrator.i18n import _
from orchestrator.reconcile.answer import HttpRefusedError, TooLargeError, sendable
from orchestrator.reconcile.portions import in_portions
from orchestrator.reconcile.postgrest import Postgrest, Row, any_of, key_slices
from orchestrator.remote_memory import SharedRow

PAGE = 250  # rows with vectors: about 5 kB each
WHOLE = "id,orch_key,content,source_instance,category,shared,metadata,created_at"
SMALL = "id,orch_key,source_instance,category,shared,created_at,updated_at"  # of a row that is too large
SHARED: Mapping[str, str] = {"shared": "is.true"}
NOTHING: Mapping[str, str] = {}
LARGEST_ID = str(2**63 - 1)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class SupabaseReader:
    """One project's table, with the key that `client` has; a publishable key sees shared rows only."""

    def __init__(self, client: Postgrest, table: str) -> None:
        self._client, self._table = client, table

    def rows(self, *, shared_only: bool = True) -> Iterable[SharedRow]:
        """Every row by id, with its vector; rows that others wrote without a key have `row-<id>`."""
        chosen = {"select": f"{WHOLE},embedding", "order": "id.asc", **(SHARED if shared_only else NOTHING)}
        return map(_shared, self._paged(lambda last: chosen | {"id": f"gt.{last['id'] if last else 0}"}))

    def worded(
        self, words: Sequence[str], *, limit: int = 50, kind: str | None = None
    ) -> Sequence[SharedRow]:
        """Shared rows that hold some of these words, best first, without their vectors; 32 words at most."""
        arguments = {
            "query_words": list(words)[:32],
            "match_count": max(1, min(limit, 200)),
            "filter_category": kind,
            "only_shared": True,
        }
        return self._best("search_global_memory_words", arguments)

    def changed(self, since: int) -> Iterable[SharedRow]:
        """Shared rows by time of change, and by id within one: rows of one upsert share their time."""
        select = {"select": f"{WHOLE},updated_at,embedding", "order": "updated_at.asc,id.asc", **SHARED}

        def after(last: Row | None) -> dict[str, str]:
            if last is None:
                return select | {"updated_at": f"gt.{_moment(since)}"}
            at, number = last["updated_at"], last["id"]
            beyond = f'(updated_at.gt."{at}",and(updated_at.eq."{at}",id.gt.{number}))'
            return select | {"updated_at": f"gte.{at}", "or": beyond}

        return map(_shared, self._paged(after))

    def digest(self) -> Mapping[int, tuple[int, int]]:
        """{bucket: (entries, checksum)} of the shared rows."""
        try:
            rows = self._client.call("orchestrator_memory_digest", {})
        except HttpRefusedError as e:  # before 20261127000500 one row's time could be past all counting
            raise PermanentError(e.message, _("run `orch supabase migrate`")) from e
        return {row["bucket"]: (row["entries"], row["checksum"]) for row in rows}

    def stamps(self, buckets: Sequence[int]) -> Mapping[str, int]:
        """{key: stamp} of the shared rows in these buckets."""
        found = self._client.value("orchestrator_memory_keys", {"wanted": list(buckets)})
        return dict(found) if isinstance(found, dict) else {}

    def rows_of(self, keys: Sequence[str]) -> Iterable[SharedRow]:
        """The shared rows of these keys; those without a key of ours are asked by their number."""
        numbers = [key.removeprefix("row-") for key in keys if _is_number(key)]
        named = [key for key in keys if not _is_number(key)]
        columns = f"{WHOLE},updated_at,embedding"
        for column, values in (("orch_key", named), ("id", numbers)):
            yield from map(_shared, self._of(column, values, columns, SHARED))

    def stats(self) -> Mapping[str, Any]:
        """{total, by_category, by_instance} of the shared rows, counted there."""
        return dict(self._client.value("orchestrator_memory_stats", {}))

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
        """Rows by cosine similarity, best first, without their vectors; `limit` at most 200."""
        further = {"filter_technology": sendable(technology), "filter_since": since}
        arguments: Row = {
            "query_embedding": vector_text(vector),
            "match_count": max(1, min(limit, 200)),
            "filter_category": kind,
            "filter_source": company,
            "only_shared": shared_only,
        }
        if any(further.values()):  # a project without the newest migrations answers the rest as ever
            return self._best("nearest_global_memory", arguments | further)
        return self._best("match_global_memory", arguments)

    # ---------------------------------------------------------------- inner workings

    def _paged(self, filters_after: Callable[[Row | None], dict[str, str]]) -> Iterator[Row]:
        """Rows a page at a time, each after the last row of the one before; fewer where they are large."""
        last, size = None, PAGE
        while True:
            filters = filters_after(last) | {"limit": str(size)}
            try:
                page = self._client.select(self._table, filters)
            except TooLargeError:
                if size > 1:
                    size //= 2
                    continue
                page = self._client.select(self._table, filters | {"select": SMALL})
            else:
                size = min(2 * size, PAGE)
            yield from page
            if not page:
                return
            last = page[-1]

    def _of(
        self,
        column: str,
        values: Sequence[str],
        columns: str,
        further: Mapping[str, str] = NOTHING,
        *,
        most: int = PAGE,
    ) -> Iterator[Row]:
        """The rows with these values, `most` a request; SMALL of one that is too large by itself."""

        def ask(part: Sequence[str], select: str = columns) -> list[Row]:
            return self._client.select(self._table, {"select": select, column: any_of(part), **further})

        for part in key_slices(values):
            yield from in_portions(part, ask, lambda value: ask([value], SMALL), most=most)

    def _best(self, function: str, arguments: Row) -> list[SharedRow]:
        """What a search finds, best first; what is too large by itself to be read is left out."""
        try:
            return [_shared(row) for row in self._client.call(function, arguments)]
        except TooLargeError:
            hits = self._client.call(function, arguments, select="id,similarity")
        further = SHARED if arguments["only_shared"] else NOTHING
        numbers = [str(hit["id"]) for hit in hits]
        rows = {row["id"]: row for row in self._of("id", numbers, WHOLE, further)}
        found = [_shared(rows[hit["id"]] | hit) for hit in hits if hit["id"] in rows]
        return [row for row in found if not row.fault]


def vector_text(vector: Sequence[float]) -> str:
    """Pgvector's text form; seven digits are all that float32 has."""
    return "[" + ",".join(f"{x:.7g}" for x in vector) + "]"


def _is_number(key: str) -> bool:
    """Whether a key is `row-<id>`: others may write a key that only begins so, or with what no id can be."""
    number = key.removeprefix("row-")
    digits = key != number and number.isascii() and number.isdigit() and number[0] != "0"
    return digits and (len(number), number) <= (len(LARGEST_ID), LARGEST_ID)


def _stamp(moment: str) -> int:
    """Microseconds since 1970 of a timestamp as PostgREST writes it; 0 for one that is no time of change.

    Postgres also knows `infinity`, years before Christ and after 9999; so does `orchestrator_memory_digest`.
    """
    try:
        return (datetime.fromisoformat(moment) - EPOCH) // timedelta(microseconds=1)
    except ValueError:
        return 0


def _moment(stamp: int) -> str:
    return (EPOCH + timedelta(microseconds=stamp)).isoformat()


def _shared(row: Row) -> SharedRow:
    metadata: dict[str, Any] = row["metadata"] if isinstance(row.get("metadata"), dict) else {}
    embedding, key = row.get("embedding"), row["orch_key"]
    return SharedRow(
        key=f"row-{row['id']}"
        if not key or _is_number(key)
        else key,  # a number in `orch_key` is another row's
        company=row["source_instance"] or "",
        kind=row["category"],
        content=row.get("content", ""),
        metadata=metadata,
        created_at=row["created_at"] or "",
        hash=str(metadata.get("orch_hash", "")),
        model=str(metadata.get("model", "")),
        vector=json.loads(embedding) if embedding else None,
        similarity=float(row.get("similarity") or 0.0),
        stamp=_stamp(row["updated_at"]) if row.get("updated_at") else 0,
        fault="" if "content" in row else _("it is larger, or nested deeper, than orch reads"),
    )
