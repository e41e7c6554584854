"""One process at a time: the kernel's lock on a file, which it frees when a process dies.

Ours and not the filelock package's, because every command takes one: importing that costs as much
as two thirds of click.
"""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from orchestrator.errors import LockedError
from orchestrator.i18n import _

PAUSE_SECONDS = 0.02


@contextmanager
def exclusive(path: Path, wait: float) -> Iterator[None]:
    """Hold the lock on `path` (made with mode 0600, never through a symbolic link).

    Raises LockedError when another process still holds it after `wait` seconds, OSError when the
    file cannot be made.
    """
    descriptor = os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    try:
        _lock(descriptor, path.stem, time.monotonic() + wait)
        yield
    finally:
        os.close(descriptor)  # gives the lock back


def _lock(descriptor: int, name: str, deadline: float) -> None:
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as e:
            if time.monotonic() >= deadline:
                raise LockedError(
                    _("another orch process is at work here ({name})").format(name=name),
                    _("wait for it to end, then try again"),
                ) from e
            time.sleep(PAUSE_SECONDS)
        else:
            return
