"""Which fault points a command line passes: found by running it, not written down anywhere."""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Sequence


def first_and_last(points: Sequence[str], names: Container[str]) -> list[int]:
    """The first and the last place of each of these names, in order; places count from 1."""
    places = [(name, place) for place, name in enumerate(points, 1) if name in names]
    return sorted({*dict(places).values(), *dict(reversed(places)).values()})


def listing(points: Sequence[str]) -> str:
    """A line a point, in the order of the first passing: how often it was passed, and its name."""
    return "\n".join(f"{times:5d}  {name}" for name, times in Counter(points).items())
