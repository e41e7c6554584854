"""Asking about many things when an answer may be too large: fewer at once, down to one.

Whoever writes long texts, or hostile ones, decides how large an answer is, not how many things were asked
for. A cap on answers therefore must not decide what can be read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TypeVar

from orchestrator.reconcile.answer import TooLargeError

Item = TypeVar("Item")
Found = TypeVar("Found")


def in_portions(
    items: Sequence[Item],
    ask: Callable[[Sequence[Item]], Iterable[Found]],
    alone: Callable[[Item], Iterable[Found]],
    *,
    most: int,
) -> Iterator[Found]:
    """What `ask` answers for `items`, in order, at most `most` at once; half as many after a TooLargeError.

    `alone` answers for an item that is too large by itself, or raises.
    """
    start, size = 0, most
    while start < len(items):
        portion = items[start : start + size]
        try:
            found = list(ask(portion))
        except TooLargeError:
            if len(portion) > 1:
                size = len(portion) // 2
                continue
            found = list(alone(portion[0]))
        else:
            size = min(2 * size, most)
        yield from found
        start += len(portion)
