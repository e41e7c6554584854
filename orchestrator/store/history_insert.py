"""What is written to the history, a transaction each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from orchestrator.git.file_text import FILE, PART
from orchestrator.git.lines import CountedCommit
from orchestrator.store import history_rows as rows
from orchestrator.store.history_load import Columns, append, columns_of, fresh
from orchestrator.store.history_rows import Batch, Declared

# As `git.log.calendar`: what no calendar has becomes its nearest end, or 1970.
_TIME = """make_timestamp(1000000 * CASE WHEN {0} = '' OR {0}::HUGEINT < -62135596800 THEN 0
    ELSE least({0}::HUGEINT, 253402300799) END::BIGINT)"""
# What follows from the log alone, split where text is split fastest: in DuckDB. A file is
# `old mode, new mode, old id, new id, letter` with a space between, then its path.
_FROM_LOG = (
    """INSERT INTO commits BY NAME SELECT id, author, email,
    {authored} AS authored_at, {committed} AS committed_at, message,
    CASE parents WHEN '' THEN 0 ELSE len(string_split(parents, ' ')) END AS parents FROM fresh""".format(
        authored=_TIME.format("authored"), committed=_TIME.format("committed")
    ),
    """INSERT INTO parents SELECT id, generate_subscripts(found, 1) - 1, unnest(found)
    FROM (SELECT id, string_split(parents, ' ') AS found FROM fresh WHERE parents <> '')""",
    """INSERT INTO trailers SELECT id, position, rtrim(split_part(line, ':', 1)),
    ltrim(substr(line, strpos(line, ':') + 1))
    FROM (SELECT id, generate_subscripts(lines, 1) - 1 AS position, unnest(lines) AS line
        FROM (SELECT id, string_split(rtrim(trailers, chr(10)), chr(10)) AS lines
            FROM fresh WHERE trailers <> ''))""",
    """INSERT INTO file_changes BY NAME SELECT id AS commit_id, parts[2] AS path, meta[5][1] AS status,
    CASE WHEN meta[2][:3] IN ('100', '120') THEN meta[4] ELSE '' END AS blob,
    CASE WHEN meta[1][:3] IN ('100', '120') THEN meta[3] ELSE '' END AS old_blob,
    coalesce(parts[3], '') AS old_path
    FROM (SELECT id, parts, string_split(parts[1], ' ') AS meta
        FROM (SELECT id, string_split(unnest(string_split(files, {file})), {part}) AS parts
            FROM fresh WHERE files <> ''))""".format(file=f"chr({ord(FILE)})", part=f"chr({ord(PART)})"),
)


def insert_batch(db: Any, batch: Batch, *, all_new: bool) -> int:
    """Store the commits that are not there, with all that is known of them, in the open transaction.

    `all_new` when none of them can be there. Returns how many were new.
    """
    known = set() if all_new else _known(db, [c.id for c in batch.commits])
    by_id = {c.id: c for c in batch.commits if c.id not in known}
    new = list(by_id.values())
    counted = [c for c in batch.counted if c.id in by_id]
    done = {c.id for c in counted if c.files is not None}
    if new:
        with fresh(db, rows.commit_columns(new, done)):
            for statement in _FROM_LOG:
                db.execute(statement)
    append(db, "issue_keys", rows.key_columns(new, batch.projects))
    append(db, "file_changes", rows.counted_columns(counted))
    append(db, "line_counts", rows.state_columns(counted))
    _insert_declared(db, batch.declared, batch.read)
    return len(new)


def replace_heads(db: Any, heads: Iterable[str]) -> None:
    """How far the tables go, in the transaction that stored it."""
    _fill(db, "heads", {"commit_id": list(heads)})


def replace_tips(db: Any, now: Mapping[str, str]) -> None:
    """The tables are complete up to these references."""
    db.execute("BEGIN")
    _fill(db, "tips", {"ref": list(now), "commit_id": list(now.values())})
    db.execute("DELETE FROM heads")
    db.execute("COMMIT")


def replace_lines(db: Any, counted: Sequence[CountedCommit]) -> int:
    """Store the lines of commits that are there and not counted yet. Returns how many that were."""
    waiting = _uncounted(db, [c.id for c in counted])
    new = [c for c in counted if c.id in waiting]
    known = [c for c in new if c.files is not None]
    db.execute("BEGIN")
    ids = [c.id for c in known]
    db.execute("DELETE FROM file_changes WHERE commit_id IN (SELECT unnest($1::VARCHAR[]))", [ids])
    append(db, "file_changes", rows.counted_columns(known))
    append(db, "line_counts", rows.state_columns(new))
    db.execute("COMMIT")
    return len(new)


def insert_declared(db: Any, declared: Sequence[Declared], read: Sequence[tuple[str, str]]) -> None:
    """Store what manifests declare, and which (blob, path) were looked at."""
    db.execute("BEGIN")
    _insert_declared(db, declared, read)
    db.execute("COMMIT")


def _insert_declared(db: Any, declared: Sequence[Declared], read: Sequence[tuple[str, str]]) -> None:
    """Each blob once for each ecosystem, whatever is there already."""
    append(db, "read_manifests", columns_of(("blob", "path"), read))
    if not declared:
        return
    asked = [list({d.blob for d in declared})]
    found = db.execute(
        "SELECT blob, ecosystem FROM manifests WHERE blob IN (SELECT unnest($1::VARCHAR[]))", asked
    )
    there = set(found.fetchall())
    new = list({(d.blob, d.ecosystem): d for d in declared if (d.blob, d.ecosystem) not in there}.values())
    append(db, "manifests", rows.manifest_columns(new))
    append(db, "dependencies", rows.dependency_columns(new))


def _fill(db: Any, table: str, columns: Columns) -> None:
    db.execute(f"DELETE FROM {table}")
    append(db, table, columns)


def _known(db: Any, ids: list[str]) -> set[str]:
    found = db.execute("SELECT id FROM commits WHERE id IN (SELECT unnest($1::VARCHAR[]))", [ids])
    return {row[0] for row in found.fetchall()}


def _uncounted(db: Any, ids: list[str]) -> set[str]:
    asked = "SELECT commit_id FROM line_counts WHERE commit_id IN (SELECT unnest($1::VARCHAR[]))"
    counted = {row[0] for row in db.execute(asked, [ids]).fetchall()}
    return _known(db, ids) - counted
