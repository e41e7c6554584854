"""A few requests at once to one server, and no answer of them lost."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

from orchestrator.errors import OrchError

T = TypeVar("T")
R = TypeVar("R")

WIDTH = 4  # Atlassian's advice: 5 to 10 requests in flight for everything that uses an account


def in_flight(work: Callable[[T], R], items: Iterable[T], width: int = WIDTH) -> Iterator[R]:
    """What `work` gives for each item, in their order, `width` of them at a time.

    Once one raises an OrchError no further item is begun; what was begun comes to its end and is given
    out, and then the error is raised: of several the one that leaves something in doubt.
    """
    failures: list[OrchError] = []
    waiting: deque[Future[R]] = deque()
    with ThreadPoolExecutor(width, thread_name_prefix="orch-remote") as pool:
        for item in items:
            if len(waiting) == width:
                yield from _ended(waiting.popleft(), failures)
            if failures:
                break
            waiting.append(pool.submit(work, item))
        while waiting:
            yield from _ended(waiting.popleft(), failures)
    if failures:
        raise next((e for e in failures if e.in_doubt), failures[0])


def _ended(future: Future[R], failures: list[OrchError]) -> Iterator[R]:
    try:
        result = future.result()
    except OrchError as e:
        failures.append(e)
    else:
        yield result
