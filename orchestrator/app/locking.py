"""One process at a time: the kernel's lock on a file, which it frees when a process dies.

Ours and not the filelock package's, because every command takes one: importing that costs as much
as two thirds of click. Whoever holds it writes into the file who that is, for those who may not.
"""

from __future__ import annotations

import fcntl
import io
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from orchestrator.durable import NOT_OURS_TO_WRITE
from orchestrator.errors import LockedError
from orchestrator.i18n import _

PAUSE_SECONDS = 0.02
_RECORD_BYTES = 64


@dataclass(frozen=True, slots=True)
class Holder:
    """Who holds a lock: process id, and since when (UTC, ISO 8601); 0 and '' when it did not say."""

    pid: int = 0
    since: str = ""


@contextmanager
def exclusive(path: Path, wait: float) -> Iterator[None]:
    """Hold the lock on `path` (made with mode 0600, never through a symbolic link).

    Raises LockedError, which says who holds it, when another process still does after `wait`
    seconds, OSError when the file cannot be made.
    """
    descriptor = os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    try:
        _lock(descriptor, path.stem, time.monotonic() + wait)
        _sign(descriptor)
        try:
            yield
        finally:
            os.ftruncate(descriptor, 0)  # nobody holds it any more
    finally:
        os.close(descriptor)  # gives the lock back


def share(path: Path, wait: float) -> BinaryIO:
    """Hold the lock on `path` beside others who share it, until what is returned is closed.

    Raises LockedError when a process holds it alone for longer than `wait` seconds. Where this user may
    not write, a lock that is there is held all the same; one that is not there nobody here can take alone.
    """
    flags = os.O_CLOEXEC | os.O_NOFOLLOW
    try:
        file: BinaryIO = os.fdopen(os.open(path, os.O_CREAT | os.O_RDWR | flags, 0o600), "r+b", 0)
    except OSError as e:
        if e.errno not in NOT_OURS_TO_WRITE:
            raise
        if not path.exists():
            return io.BytesIO()
        file = os.fdopen(os.open(path, os.O_RDONLY | flags), "rb", 0)
    try:
        _lock(file.fileno(), path.stem, time.monotonic() + wait, fcntl.LOCK_SH)
    except BaseException:
        file.close()
        raise
    return file


def holder(path: Path) -> Holder | None:
    """Who holds the lock on `path` now; None when nobody does.

    The question takes the lock for a moment, shared: what must not be refused for that waits a little.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
    except FileNotFoundError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return _signed(descriptor)
    else:
        return None
    finally:
        os.close(descriptor)


def _lock(descriptor: int, name: str, deadline: float, kind: int = fcntl.LOCK_EX) -> None:
    while True:
        try:
            fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
        except BlockingIOError as e:
            if time.monotonic() >= deadline:
                raise _held(name, _signed(descriptor)) from e
            time.sleep(PAUSE_SECONDS)
        else:
            return


def _held(name: str, by: Holder) -> LockedError:
    who = f"{name}, pid {by.pid}, {by.since}" if by.pid else name
    return LockedError(
        _("another orch process is at work here ({name})").format(name=who),
        _("wait for it to end, then try again"),
    )


def _sign(descriptor: int) -> None:
    now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    os.pwrite(descriptor, f"{os.getpid()} {now}\n".encode().ljust(_RECORD_BYTES), 0)


def _signed(descriptor: int) -> Holder:
    """What the holder wrote; nothing when it had no time to, or another program wrote there."""
    words = os.pread(descriptor, _RECORD_BYTES, 0).decode("ascii", "replace").split()
    if len(words) == 2 and words[0].isdecimal():
        return Holder(int(words[0]), words[1])
    return Holder()
