"""Where a test may end the process: before and after everything that outlives it or leaves it.

A transaction, a file that takes another's place, a request: each is passed through `around`, so that
`tests/crash` can kill a process there and see what is left. Nothing outside of a process can arm a
point: no variable, file or option is read, only Python code in the same process sets `strike`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

strike: Callable[[str], None] | None = None  # called with the name of each point that is passed


def point(name: str) -> None:
    """Pass a point; about 50 ns where no test listens."""
    if strike is not None:
        strike(name)


@contextmanager
def around(what: str) -> Iterator[None]:
    """The points `before WHAT` and `after WHAT`; what raises has no after."""
    point(f"before {what}")
    yield
    point(f"after {what}")
