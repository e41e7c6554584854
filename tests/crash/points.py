"""Which fault points a command line passes: found by running it, not written down anywhere."""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterator, Sequence


def first_and_last(points: Sequence[str], names: Container[str]) -> Iterator[tuple[str, int]]:
    """The first and the last passing of each of these names: (name, number), from 1."""
    for name, times in Counter(points).items():
        if name in names:
            yield from ((name, number) for number in sorted({1, times}))


def listing(points: Sequence[str]) -> str:
    """A line a point, in the order of the first passing: how often it was passed, and its name."""
    return "\n".join(f"{times:5d}  {name}" for name, times in Counter(points).items())
