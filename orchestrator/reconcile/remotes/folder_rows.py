"""The table of a folder's memory: its statements, and what a row says."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from orchestrator.reconcile.answer import sendable
from orchestrator.reconcile.remotes.row import foreign, metadata_of
from orchestrator.remote import Entry
from orchestrator.remote_memory import SharedRow

COLUMNS = "id, orch_key, content, source_instance, category, shared, metadata, created_at, revision"
NEVER_KEPT = 1  # user_version of a file that never kept what was deleted
# A journal of its own kind: see `folder_memory`.
OPENING = "pragma journal_mode = truncate; pragma synchronous = full; pragma secure_delete = on;"
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


def values_of(entry: Entry, before: str = "{}") -> tuple[Any, ...]:
    """What INSERT and UPDATE bind: key, content, vector, company, kind, metadata, shared, now.

    `before` is the metadata of the row that is replaced: what others wrote there stays.
    """
    import array

    clean = sendable({"content": entry.body, "company": entry.company, "kind": entry.kind})
    blob = array.array("f", entry.vector or ()).tobytes()
    metadata = foreign(metadata_in(before)) | metadata_of(entry)
    text = json.dumps(metadata, ensure_ascii=False, sort_keys=True)
    now = datetime.now(UTC).isoformat(timespec="milliseconds")
    return entry.key, clean["content"], blob, clean["company"], clean["kind"], text, int(entry.shared), now


def rows_of(db: Any, keys: Sequence[str]) -> list[Any]:
    """The rows under these keys, as COLUMNS."""
    query = f"select {COLUMNS} from memory where orch_key in (select value from json_each(?))"  # noqa: S608
    return list(db.execute(query, (json.dumps(list(keys)),)))


def metadata_in(text: str) -> dict[str, Any]:
    """The metadata of a row; nothing where another program wrote no JSON object there."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return sendable(found) if isinstance(found, dict) else {}


def shared_row(row: Sequence[Any], similarity: float = 0.0) -> SharedRow:
    """A row of COLUMNS and its vector."""
    import array

    _number, key, content, company, kind, _flag, text, created, _revision, blob = row
    metadata = metadata_in(text)
    vector = array.array("f", blob) if len(blob) % 4 == 0 else None  # other programs write rows too
    model = str(metadata.get("model", ""))
    hash_ = str(metadata.get("orch_hash", ""))
    return SharedRow(key, company, kind, content, metadata, created, hash_, model, vector, similarity)


def speaks_of(row: Sequence[Any], technology: str | None) -> bool:
    """Whether a row names a technology, as the SQL function `nearest_global_memory` tells it."""
    if not technology:
        return True
    metadata = metadata_in(row[6])
    named = metadata.get("technologies") or metadata.get("technology") or ()
    names = named if isinstance(named, list | tuple) else (named,)
    return technology.casefold() in (str(name).casefold() for name in names)


def is_since(row: Sequence[Any], since: str | None) -> bool:
    """Whether a row was written down at that time or later; other programs write rows without a time too."""
    if not since:
        return True
    try:
        return datetime.fromisoformat(str(row[7])) >= datetime.fromisoformat(since)
    except (ValueError, TypeError):
        return False


def ranked(rows: Sequence[Sequence[Any]], vector: Sequence[float], limit: int) -> list[SharedRow]:
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
    return [shared_row(rows[i], float(similarity[i])) for i in best]
