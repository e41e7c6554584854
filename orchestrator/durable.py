"""Files that are there whole or as they were before, and on the disk when a call returns."""

from __future__ import annotations

import os
from contextlib import suppress
from errno import EACCES, EPERM, EROFS
from pathlib import Path

from orchestrator import faultpoint

NOT_OURS_TO_WRITE = (EACCES, EPERM, EROFS)
UNFINISHED = ".new-"  # how the name of a file begins that takes another's place once it is whole


def replace_file(path: Path, content: bytes, mode: int | None = None, *, point: str = "") -> None:
    """Write a file, in the place of what lies there. `mode` None: what the umask leaves of 0666.

    `point` is its name as a fault point. Raises OSError; then what was there is there still.
    """
    part = path.with_name(UNFINISHED + os.urandom(8).hex())
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
    descriptor = os.open(part, flags, 0o666 if mode is None else 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            if mode is not None:
                with suppress(PermissionError):  # a file system without modes
                    os.fchmod(file.fileno(), mode)
            file.flush()
            os.fsync(file.fileno())
        with faultpoint.around(point or f"file {path.name}"):
            part.replace(path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise


def flush(path: Path) -> None:
    """Bring a file, or the names in a folder, to the disk. Raises OSError."""
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
