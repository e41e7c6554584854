"""Read what can still be read of a damaged store, into a new one.

Only what nobody else knows: decisions, what was written, edited, withdrawn or set apart by hand, what the
remotes hold, answers to offers, people, which noes of other companies were heard. What git says is read
again; verdicts, vectors and full text are made again. SQLite reads a damaged table up to the damage: each is
therefore read from both ends.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path

import apsw

from orchestrator.store.decisions import Decisions
from orchestrator.store.looks import HEARD
from orchestrator.store.migrations import migrate_what_can_be

# Table → the order in which it lies in the file, so that no index has to be sound.
_ORDER = {
    "insight": ("rowid",),
    "outbox": ("remote", "target", "key"),
    "folder": ("target",),
    "moved_from": ("remote", "target"),
    "offer": ("rowid",),
    "person": ("name",),
    "pause": ("remote",),
    "apart": ("one", "other"),
    "setting": ("name",),
}
# SQLite's own errors, and damage that still reads as a row but is none.
_DAMAGE = (apsw.Error, TypeError, ValueError)
_WHICH = {
    "insight": "detector = 'person' or state = 'withdrawn' or id in (select value from json_each(?))",
    "setting": f"name = '{HEARD}'",  # a company that is gone, with its file, says it nowhere else
}


@dataclass(slots=True)
class Salvaged:
    """Rows that were saved, by table; `partial` are tables of which some may be missing."""

    rows: dict[str, int] = field(default_factory=dict)
    partial: list[str] = field(default_factory=list)

    @classmethod
    def nothing(cls) -> Salvaged:
        """Of a file that is gone."""
        tables = ("decision", *_ORDER)
        return cls(dict.fromkeys(tables, 0), list(tables))


def salvage(damaged: Path, into: apsw.Connection, trail: Decisions) -> Salvaged:
    """Copy what only the damaged file knows into an empty store; joins the caller's transaction.

    `damaged` is a copy that may be written to: its log is replayed. Decisions are taken up to the
    first that does not follow from the one before: a chain with a hole proves nothing.
    """
    result = Salvaged()
    source = apsw.Connection(str(damaged))
    try:
        migrate_what_can_be(source)
        edited = _decisions(source, trail, result)
        for table in _ORDER:
            _table(source, into, table, edited, result)
    finally:
        source.close()
    return result


def _decisions(source: apsw.Connection, trail: Decisions, result: Salvaged) -> list[str]:
    """Take the sound beginning of the chain; returns the insights that were edited by hand."""
    edited, count, previous = [], 0, ""
    try:
        for row in Decisions(source).rows():
            if row.number != count + 1 or row.previous != previous or not row.follows:
                result.partial.append("decision")
                break
            trail.append(row.decision)
            count, previous = row.number, row.hash
            if row.decision.action == "edit":
                edited.append(row.decision.insight)
    except _DAMAGE:
        result.partial.append("decision")
    result.rows["decision"] = count
    return edited


def _table(
    source: apsw.Connection, into: apsw.Connection, table: str, edited: list[str], result: Salvaged
) -> None:
    """Take a table's rows from its beginning and, where damage is met, from its end."""
    values = (json.dumps(edited),) if table == "insight" else ()
    where = f"where {_WHICH[table]}" if table in _WHICH else ""
    before = into.total_changes()
    for direction in ("asc", "desc"):
        order = ", ".join(f"{name} {direction}" for name in _ORDER[table])
        try:
            names = _columns(source, table)
            if not names:
                break  # the store is older than this table
            columns, marks = ", ".join(names), ", ".join("?" * len(names))
            sql = f"select {columns} from {table} not indexed {where} order by {order}"
            for row in source.execute(sql, values):
                into.execute(f"insert into {table} ({columns}) values ({marks}) on conflict do nothing", row)
        except _DAMAGE:
            continue
        break
    else:
        result.partial.append(table)
    result.rows[table] = into.total_changes() - before


def _columns(source: apsw.Connection, table: str) -> list[str]:
    """Those that the table has there: an older one has fewer."""
    return [str(name) for (name,) in source.execute("select name from pragma_table_info(?)", (table,))]
