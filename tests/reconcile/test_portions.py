"""However large the things are, each is asked about, in order, and no answer is too large."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from orchestrator.reconcile.answer import TooLargeError
from orchestrator.reconcile.portions import in_portions


@given(st.lists(st.integers(0, 12), max_size=60), st.integers(1, 25))
def test_every_item_in_order(sizes: list[int], most: int) -> None:
    items = list(enumerate(sizes))
    asked = 0

    def ask(portion: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
        nonlocal asked
        asked += 1
        assert 1 <= len(portion) <= most
        if sum(size for _n, size in portion) > 10:
            raise TooLargeError("")
        return list(portion)

    found = list(in_portions(items, ask, lambda item: [(item[0], -1)], most=most))
    assert found == [(n, size if size <= 10 else -1) for n, size in items]
    assert asked <= 2 * len(items) + 10
