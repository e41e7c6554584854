"""What a search may be narrowed to, as a condition on `memory_item`."""

from __future__ import annotations

from collections.abc import Iterable

from orchestrator.lexical import Filters, printable

_CONDITIONS = {
    "kind": "kind = ?",
    "scope": "scope = ?",
    "company": "company = ?",
    "technology": "instr(technologies, ?) > 0",
    "since": "created_at >= ?",
    "shared": "shared = ?",
}


def conditions(filters: Filters) -> tuple[str, list[str | int]]:
    """A condition on `memory_item` and the values to bind; the names come from this module only."""
    parts, values = ["1"], list[str | int]()
    for name, value in filters.items():
        if value is not None and value != "":
            parts.append(_CONDITIONS[name])
            wanted = lines([str(value)]) if name == "technology" else value
            values.append(wanted if isinstance(wanted, int) else printable(str(wanted)))
    return " and ".join(parts), values


def lines(names: Iterable[str]) -> str:
    """Technologies as `instr` can search them: a line each, with a line feed at both ends."""
    kept = [printable(name).casefold().replace("\n", " ").strip() for name in names]
    return "".join(f"\n{name}" for name in kept if name) + "\n" if any(kept) else ""
