"""How far a long piece of work is: a line every few seconds, only where somebody looks."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable

from orchestrator.app.workspace import Say

SECONDS = 3.0  # between two lines; work that takes less says nothing
Progress = Callable[[int, int], None]
"""What a long piece of work calls with (done, of how many)."""


def unwatched(_done: int, _total: int) -> None:
    """Shows no progress."""


def lines(say: Say, text: str) -> Progress:
    """Say `text` with {done}, {total} and {seconds} (about how many are left) when stderr is a terminal."""
    if not sys.stderr.isatty():
        return unwatched
    began = said = time.monotonic()

    def progress(done: int, total: int) -> None:
        nonlocal said
        now = time.monotonic()
        if done and now - said >= SECONDS:
            said = now
            left = (now - began) * (total - done) / done
            say(text.format(done=done, total=total, seconds=round(left)))

    return progress
