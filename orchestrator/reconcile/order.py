"""The order in which wishes are sent."""

from __future__ import annotations

from orchestrator.reconcile.desk import Due
from orchestrator.remote import Entry


def parents_first(due: list[Due]) -> list[Due]:
    """Order so that an entry comes after the one it lies under."""
    by_key = {d.row.key: d for d in due}

    def depth(d: Due) -> int:
        steps, parent = 0, d.entry.parent if d.entry else ""
        while parent in by_key and steps < len(by_key):
            above: Entry | None = by_key[parent].entry
            steps, parent = steps + 1, above.parent if above else ""
        return steps

    return sorted(due, key=lambda d: (depth(d), d.row.key))
