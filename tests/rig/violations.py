"""What broke a vendor's contract: requests that its own description forbids, and our servers' slips."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager


class Violations:
    """Unexpected ones fail the test that caused them; `checked` counts every request looked at."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._found: list[str] = []
        self._expecting: list[list[str]] = []
        self.checked: Counter[str] = Counter()
        self.refused: Counter[str] = Counter()

    def count(self, product: str) -> None:
        """One more request of a product was compared with its contract."""
        with self._lock:
            self.checked[product] += 1

    def add(self, product: str, text: str) -> None:
        """A request broke its contract."""
        with self._lock:
            self.refused[product] += 1
            (self._expecting[-1] if self._expecting else self._found).append(f"{product}: {text}")

    @contextmanager
    def expected(self) -> Iterator[list[str]]:
        """Collect the violations of this block instead of failing the test."""
        mine: list[str] = []
        self._expecting.append(mine)
        try:
            yield mine
        finally:
            self._expecting.remove(mine)

    def take(self) -> list[str]:
        """The unexpected violations so far; they are forgotten."""
        with self._lock:
            found, self._found = self._found, []
            return found
