"""The table of a folder's memory: its statements, and what a row says."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

from orchestrator.i18n import _
from orchestrator.reconcile.answer import sendable
from orchestrator.reconcile.remotes.row import foreign, metadata_of
from orchestrator.remote import Entry
from orchestrator.remote_memory import SharedRow

# Other programs write rows too, of any type where they made the table: texts come as bytes.
COLUMNS = """id, cast(orch_key as blob), cast(content as blob), cast(source_instance as blob),
 cast(category as blob), shared, cast(metadata as blob), cast(created_at as blob), revision,
 case typeof(embedding) when 'blob' then embedding else x'' end"""
COUNTS = """select cast(category as blob), cast(source_instance as blob), count(*) from memory
 where shared group by 1, 2"""
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
INSERT = """insert into memory (orch_key, content, embedding, source_instance, category, metadata, shared,
 created_at) values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) on conflict (orch_key) do nothing"""
UPDATE = """update memory set content = ?2, embedding = ?3, source_instance = ?4, category = ?5,
 metadata = ?6, revision = revision + 1 where orch_key = ?1 and ?7 is not null and ?8 is not null"""


def values_of(entry: Entry, before: Mapping[str, Any] | None = None) -> tuple[Any, ...]:
    """What INSERT and UPDATE bind: key, content, vector, company, kind, metadata, shared, now.

    `before` is the metadata of the row that is replaced: what others wrote there stays.
    """
    import array

    clean = sendable({"content": entry.body, "company": entry.company, "kind": entry.kind})
    blob = array.array("f", entry.vector or ()).tobytes()
    metadata = foreign(before) | metadata_of(entry)
    text = json.dumps(metadata, ensure_ascii=False, sort_keys=True)
    now = datetime.now(UTC).isoformat(timespec="milliseconds")
    return entry.key, clean["content"], blob, clean["company"], clean["kind"], text, int(entry.shared), now


class Held(NamedTuple):
    """A row as COLUMNS give it. `fault` says why it cannot be read as it is; '' when it can."""

    number: int
    key: str
    content: str
    company: str
    kind: str
    shared: bool
    metadata: Mapping[str, Any]
    created_at: str
    revision: str
    vector: bytes
    fault: str

    @classmethod
    def of(cls, row: Sequence[Any]) -> Held:
        """Whatever a row holds, without an error."""
        number, *texts, revision, vector = row
        shared = texts.pop(4)
        told = [text_in(text) for text in texts]
        sound = all(t.encode() == (raw or b"") for t, raw in zip(told, texts, strict=True))
        fault = "" if sound else _("it holds what is no text")
        key, content, company, kind, metadata, created = told
        facts = metadata_in(metadata)
        return cls(
            number, key, content, company, kind, bool(shared), facts, created, str(revision), vector, fault
        )


def text_in(column: bytes | None) -> str:
    """A column that was cast to bytes; what is no UTF-8 in it becomes U+FFFD."""
    return (column or b"").decode("utf-8", "replace")


def rows_of(db: Any, keys: Sequence[str]) -> list[Held]:
    """The rows under these keys."""
    query = f"select {COLUMNS} from memory where orch_key in (select value from json_each(?))"  # noqa: S608
    return [Held.of(row) for row in db.execute(query, (json.dumps(list(keys)),))]


def metadata_in(text: str) -> dict[str, Any]:
    """The metadata of a row; nothing where another program wrote no JSON object there."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return sendable(found) if isinstance(found, dict) else {}


def shared_row(row: Held, similarity: float = 0.0) -> SharedRow:
    """A row as every memory gives it."""
    import array

    vector = array.array("f", row.vector) if len(row.vector) % 4 == 0 else None
    model, hash_ = (str(row.metadata.get(name, "")) for name in ("model", "orch_hash"))
    return SharedRow(
        row.key,
        row.company,
        row.kind,
        row.content,
        row.metadata,
        row.created_at,
        hash_,
        model,
        vector,
        similarity,
        fault=row.fault,
    )


def speaks_of(row: Held, technology: str | None) -> bool:
    """Whether a row names a technology, as the SQL function `nearest_global_memory` tells it."""
    if not technology:
        return True
    metadata = row.metadata
    named = metadata.get("technologies") or metadata.get("technology") or ()
    names = named if isinstance(named, list | tuple) else (named,)
    return technology.casefold() in (str(name).casefold() for name in names)


def is_since(row: Held, since: str | None) -> bool:
    """Whether a row was written down at that time or later; other programs write rows without a time too."""
    if not since:
        return True
    try:
        return datetime.fromisoformat(row.created_at) >= datetime.fromisoformat(since)
    except (ValueError, TypeError):
        return False


def ranked(rows: Sequence[Held], vector: Sequence[float], limit: int) -> list[SharedRow]:
    """Exact cosine similarity of every row's vector with `vector`."""
    import numpy as np

    size = 4 * len(vector)
    rows = [row for row in rows if len(row.vector) == size and not row.fault]
    if not rows:
        return []
    wanted = np.asarray(vector, dtype=np.float32)
    held = np.frombuffer(b"".join(row.vector for row in rows), dtype=np.float32).reshape(len(rows), -1)
    sizes = np.linalg.norm(held, axis=1) * float(np.linalg.norm(wanted))
    similarity = held @ wanted / np.where(sizes == 0, 1.0, sizes)
    best = np.argsort(-similarity, kind="stable")[:limit]
    return [shared_row(rows[i], float(similarity[i])) for i in best]
