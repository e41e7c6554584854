"""Folders for servers, outside of any test's own: what a killed run left there goes with the next one."""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from contextlib import suppress
from pathlib import Path

_HELD: dict[Path, int] = {}  # the open lock of each folder that is in use here


def made(prefix: str, beside: Path | None = None) -> Path:
    """A new folder that only its owner may enter, in `beside` (default: where temporary files go).

    Whoever dies gives its lock back: other folders of that prefix that nobody holds are removed.
    """
    place = beside or Path(tempfile.gettempdir())
    alone = _opened(place)
    try:
        fcntl.flock(alone, fcntl.LOCK_EX)  # one that is new and not held yet would be taken for a dead one's
        for left in place.glob(f"{prefix}*"):
            _swept(left)
        folder = Path(tempfile.mkdtemp(prefix=prefix, dir=place))
        _HELD[folder] = _opened(folder)
        fcntl.flock(_HELD[folder], fcntl.LOCK_EX)
    finally:
        os.close(alone)
    return folder


def removed(folder: Path) -> None:
    """The folder goes, and is given back."""
    shutil.rmtree(folder, ignore_errors=True)
    if folder in _HELD:
        os.close(_HELD.pop(folder))


def _opened(folder: Path) -> int:
    return os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC | os.O_NOFOLLOW)


def _swept(left: Path) -> None:
    with suppress(OSError):  # another's, or gone meanwhile
        descriptor = _opened(left)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(left)
        finally:
            os.close(descriptor)
