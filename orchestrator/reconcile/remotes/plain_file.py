"""Files in a folder that others write to: opened only where they are files, without following or waiting.

A link leads anywhere, a pipe keeps whoever reads it waiting, a device may do anything when it is opened.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path

_READING = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


def is_plain(path: Path) -> bool:
    """True for a file, False for anything else there. Raises OSError, FileNotFoundError for nothing."""
    return stat.S_ISREG(path.lstat().st_mode)


def is_empty(path: Path) -> bool:
    """True for a file of no bytes. Raises OSError."""
    return is_plain(path) and not path.lstat().st_size


def read_plain(path: Path, most: int) -> bytes | None:
    """The file's bytes; None for what is no file or larger than `most`. Raises OSError."""
    if not is_plain(path):
        return None
    with open(path, "rb", opener=lambda name, _flags: os.open(name, _READING)) as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            return None
        data = file.read(most + 1)
    return data if len(data) <= most else None
