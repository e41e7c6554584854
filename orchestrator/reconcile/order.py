"""The order in which wishes are sent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from orchestrator.store.outbox import Row


def parents_first(rows: Sequence[Row], parents: Mapping[str, str]) -> list[Row]:
    """Order so that a row comes after the one it lies under; `parents` is {key: key of its parent}."""
    due = {row.key for row in rows}

    def depth(key: str) -> int:
        steps, parent = 0, parents.get(key, "")
        while parent in due and steps < len(parents):
            steps, parent = steps + 1, parents.get(parent, "")
        return steps

    return sorted(rows, key=lambda row: (depth(row.key), row.key))
