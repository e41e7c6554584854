"""What is read of the memory in Supabase: rows, news, counts, neighbours. `supabase` writes."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from orchestrator.reconcile.answer import sendable
from orchestrator.reconcile.postgrest import Postgrest, Row, any_of, key_slices
from orchestrator.remote import SharedRow

PAGE = 250  # rows with vectors: about 5 kB each
WHOLE = "id,orch_key,content,source_instance,category,shared,metadata,created_at"
LARGEST_ID = str(2**63 - 1)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class SupabaseReader:
    """One project's table, with the key that `client` has; a publishable key sees shared rows only."""

    def __init__(self, client: Postgrest, table: str) -> None:
        self._client, self._table = client, table

    def rows(self, *, shared_only: bool = True) -> Iterable[SharedRow]:
        """Every row by id, with its vector; rows that others wrote without a key have `row-<id>`."""
        last = 0
        shared = {"shared": "is.true"} if shared_only else {}
        order = {"select": f"{WHOLE},embedding", "order": "id.asc", "limit": str(PAGE)}
        while True:
            page = self._client.select(self._table, {"id": f"gt.{last}", **order, **shared})
            yield from map(_shared, page)
            if not page:
                return
            last = page[-1]["id"]

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
        return [_shared(row) for row in self._client.call("search_global_memory_words", arguments)]

    def changed(self, since: int) -> Iterable[SharedRow]:
        """Shared rows by time of change, and by id within one: rows of one upsert share their time."""
        last, number = _moment(since), 0
        select = {"select": f"{WHOLE},updated_at,embedding", "order": "updated_at.asc,id.asc"}
        while True:
            after = f'(updated_at.gt."{last}",and(updated_at.eq."{last}",id.gt.{number}))' if number else ""
            since_then = {"updated_at": f"gte.{last}", "or": after} if after else {"updated_at": f"gt.{last}"}
            filters = select | since_then | {"shared": "is.true", "limit": str(PAGE)}
            page = self._client.select(self._table, filters)
            yield from map(_shared, page)
            if not page:
                return
            last, number = page[-1]["updated_at"], page[-1]["id"]

    def digest(self) -> Mapping[int, tuple[int, int]]:
        """{bucket: (entries, checksum)} of the shared rows."""
        rows = self._client.call("orchestrator_memory_digest", {})
        return {row["bucket"]: (row["entries"], row["checksum"]) for row in rows}

    def stamps(self, buckets: Sequence[int]) -> Mapping[str, int]:
        """{key: stamp} of the shared rows in these buckets."""
        found = self._client.value("orchestrator_memory_keys", {"wanted": list(buckets)})
        return dict(found) if isinstance(found, dict) else {}

    def rows_of(self, keys: Sequence[str]) -> Iterable[SharedRow]:
        """The shared rows of these keys; those without a key of ours are asked by their number."""
        numbers = [key.removeprefix("row-") for key in keys if _is_number(key)]
        select = {"select": f"{WHOLE},updated_at,embedding", "shared": "is.true"}
        named = [key for key in keys if not _is_number(key)]
        for part in _parts(named):
            yield from map(_shared, self._client.select(self._table, select | {"orch_key": any_of(part)}))
        for part in _parts(numbers):
            yield from map(_shared, self._client.select(self._table, select | {"id": any_of(part)}))

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
            return [_shared(r) for r in self._client.call("nearest_global_memory", arguments | further)]
        return [_shared(row) for row in self._client.call("match_global_memory", arguments)]


def vector_text(vector: Sequence[float]) -> str:
    """Pgvector's text form; seven digits are all that float32 has."""
    return "[" + ",".join(f"{x:.7g}" for x in vector) + "]"


def _parts(keys: Sequence[str]) -> Iterator[list[str]]:
    """Keys for one question each, whose answer holds whole rows."""
    for part in key_slices(keys):
        yield from (part[start : start + PAGE] for start in range(0, len(part), PAGE))


def _is_number(key: str) -> bool:
    """Whether a key is `row-<id>`: others may write a key that only begins so, or with what no id can be."""
    number = key.removeprefix("row-")
    digits = key != number and number.isascii() and number.isdigit() and number[0] != "0"
    return digits and (len(number), number) <= (len(LARGEST_ID), LARGEST_ID)


def _stamp(moment: str) -> int:
    """Microseconds since 1970 of a timestamp as PostgREST writes it."""
    return (datetime.fromisoformat(moment) - EPOCH) // timedelta(microseconds=1)


def _moment(stamp: int) -> str:
    return (EPOCH + timedelta(microseconds=stamp)).isoformat()


def _shared(row: Row) -> SharedRow:
    metadata: dict[str, Any] = row["metadata"] if isinstance(row["metadata"], dict) else {}
    embedding = row.get("embedding")
    return SharedRow(
        key=row["orch_key"] or f"row-{row['id']}",
        company=row["source_instance"] or "",
        kind=row["category"],
        content=row["content"],
        metadata=metadata,
        created_at=row["created_at"] or "",
        hash=str(metadata.get("orch_hash", "")),
        model=str(metadata.get("model", "")),
        vector=json.loads(embedding) if embedding else None,
        similarity=float(row.get("similarity") or 0.0),
        stamp=_stamp(row["updated_at"]) if row.get("updated_at") else 0,
    )
