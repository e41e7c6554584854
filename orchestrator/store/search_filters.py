"""What a search may be narrowed to: as a condition on `memory_item`, and as marks beside a code.

The marks (three numbers of 64 bits) let a scan pass over what a filter excludes without asking the
database. They never exclude what the condition admits. What they admit wrongly (two technologies
with the same bits, another hour of the day) the condition excludes when the few left are read.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable
from hashlib import blake2b
from typing import TYPE_CHECKING

from orchestrator.lexical import Filters, printable

if TYPE_CHECKING:
    from numpy import bool_, uint64
    from numpy.typing import NDArray

EVIDENCE_PATH = """
create table evidence_path (
  path       text not null,
  insight_id text not null,
  commit_id  text not null,
  primary key (path, insight_id, commit_id)
) strict, without rowid;
create index evidence_path_of on evidence_path (insight_id, commit_id);
insert into evidence_path select distinct value, insight_id, commit_id from evidence, json_each(paths);
create trigger evidence_path_added after insert on evidence begin
  insert or ignore into evidence_path
    select value, new.insight_id, new.commit_id from json_each(new.paths);
end;
create trigger evidence_path_gone after delete on evidence begin
  delete from evidence_path where insight_id = old.insight_id and commit_id = old.commit_id;
end;
"""
# Where it was when it was said, and where that lies now: `cited` follows renames.
_IN_PATH = " union all ".join(
    f"select insight_id from {table} where path {like} ?"
    for table in ("evidence_path", "cited")
    for like in ("=", "glob", "glob")
)

Values = list[str | int]


def _as_is(value: str | int) -> Values:
    return [value if isinstance(value, int) else printable(value)]


def _in_path(value: str | int) -> Values:
    """A path as it stands, a glob, and what lies in a folder of that name."""
    path = printable(str(value))
    return [path, path, path.rstrip("/") + "/*"] * 2


_CONDITIONS: dict[str, tuple[str, Callable[[str | int], Values]]] = {
    "kind": ("kind = ?", _as_is),
    "scope": ("scope = ?", _as_is),
    "company": ("company = ?", _as_is),
    "technology": ("instr(technologies, ?) > 0", lambda value: [lines([str(value)])]),
    "since": ("created_at >= ?", _as_is),
    "shared": ("shared = ?", _as_is),
    "path": (f"ref in ({_IN_PATH})", _in_path),
}
_UNMARKED = frozenset(["path"])

# ---------------------------------------------------------------- as a condition


def conditions(filters: Filters) -> tuple[str, Values]:
    """A condition on `memory_item` and the values to bind; the names come from this module only."""
    parts, values = ["1"], Values()
    for name, value in _given(filters).items():
        sql, bind = _CONDITIONS[name]
        parts.append(sql)
        values += bind(value)
    return " and ".join(parts), values


def unmarked(filters: Filters) -> Filters:
    """The filters that no mark tells of: only the database knows what they admit."""
    return {name: value for name, value in _given(filters).items() if name in _UNMARKED}  # type: ignore[return-value]  # keys of Filters


def lines(names: Iterable[str]) -> str:
    """Technologies as `instr` can search them: a line each, with a line feed at both ends."""
    kept = [printable(name).casefold().replace("\n", " ").strip() for name in names]
    return "".join(f"\n{name}" for name in kept if name) + "\n" if any(kept) else ""


def _given(filters: Filters) -> dict[str, str | int]:
    return {n: v for n, v in filters.items() if v is not None and v != ""}  # type: ignore[misc]  # str, bool


# ---------------------------------------------------------------- as marks

MARK_WORDS = 3
# field -> (its lowest bit in the first mark, how many bits of its hash)
_FIELDS = {"kind": (0, 16), "company": (16, 32), "scope": (48, 8), "shared": (56, 8)}


def marks(kind: str, company: str, scope: str, shared: bool, technologies: str, created_at: str) -> bytes:
    """The marks of an item, as its row in `memory_item` has these columns."""
    fields: dict[str, str | int] = {"kind": kind, "company": company, "scope": scope, "shared": shared}
    first = sum(_field(name, value) for name, value in fields.items())
    several = 0
    for technology in technologies.split("\n")[1:-1]:
        several |= _bits(technology)
    return struct.pack("<3Q", first, several, _day(created_at))


def admitted(columns: NDArray[uint64], filters: Filters) -> NDArray[bool_] | None:
    """Which items' marks, (MARK_WORDS, n), no filter excludes; None when there is nothing to exclude."""
    import numpy as np

    given = _given(filters)
    fields = {n: v for n, v in given.items() if n in _FIELDS}
    found: list[NDArray[bool_]] = []
    if fields:
        mask = sum(((1 << _FIELDS[name][1]) - 1) << _FIELDS[name][0] for name in fields)
        wanted = sum(_field(name, value) for name, value in fields.items())
        found.append(columns[0] & np.uint64(mask) == np.uint64(wanted))
    if "technology" in given:
        for technology in lines([str(given["technology"])]).split("\n")[1:-1]:
            bits = np.uint64(_bits(technology))
            found.append(columns[1] & bits == bits)
    if "since" in given:
        found.append(columns[2] >= np.uint64(_day(printable(str(given["since"])))))
    return np.logical_and.reduce(found) if found else None


def _field(name: str, value: str | int) -> int:
    lowest, size = _FIELDS[name]
    text = str(int(value)) if name == "shared" else printable(str(value))
    return (_hash(text) & ((1 << size) - 1)) << lowest


def _bits(technology: str) -> int:
    """Two of 64 bits."""
    number = _hash(technology)
    return 1 << (number & 63) | 1 << (number >> 6 & 63)


def _hash(text: str) -> int:
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "little")


def _day(time: str) -> int:
    """A number that orders as the text of a time does, by its day: the text without its century."""
    encoded = time.encode()
    if encoded[:2] != b"20":
        return 0 if encoded < b"20" else 2**64 - 1
    return int.from_bytes(encoded[2:10].ljust(8, b"\0"), "big")
