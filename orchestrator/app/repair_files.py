"""Putting a new store in a damaged one's place: killed at any moment, the damaged bytes are still there.

companies/<id>/orch.db            the damaged store, until a whole new one replaces it in one rename
companies/<id>/damaged/           a copy of it with its log, made first; what is saved is read from it
companies/<id>/damaged-<time>/    the same once the new store is in place: for a person to delete
"""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from orchestrator.store.company import FILE_NAME
from orchestrator.store.database import make_private_folder

T = TypeVar("T")
_LOGS = ("-wal", "-shm")


def replace_store(folder: Path, fill: Callable[[Path, Path], T]) -> T:
    """Replace the store in `folder` by the one that `fill(damaged file, new folder)` makes there.

    `fill` must leave the new store closed. Raises what it raises; the store is then as it was.
    """
    copy, fresh = folder / "damaged", folder / "new"
    shutil.rmtree(fresh, ignore_errors=True)
    if not copy.exists():
        _copy(folder, copy)
    try:
        result = fill(copy / FILE_NAME, fresh)
        _put_in_place(fresh, folder)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
    return result


def unfinished(folder: Path) -> bool:
    """True when a repair was cut off before `keep_copy`."""
    return (folder / "damaged").exists()


def keep_copy(folder: Path) -> Path | None:
    """Give the damaged store's copy its lasting name; None when there is none."""
    copy = folder / "damaged"
    if not copy.exists():
        return None
    return copy.rename(folder / time.strftime("damaged-%Y%m%dT%H%M%SZ", time.gmtime()))


def _copy(folder: Path, copy: Path) -> None:
    """Copy the store with its log: whole or not at all, since what follows changes the original."""
    part = folder / "damaged.part"
    shutil.rmtree(part, ignore_errors=True)
    make_private_folder(part)
    for end in ("", *_LOGS):
        source = folder / (FILE_NAME + end)
        if source.exists():
            target = part / source.name
            shutil.copyfile(source, target)
            target.chmod(0o600)
            _to_disk(target)
    part.rename(copy)
    _to_disk(folder)


def _put_in_place(fresh: Path, folder: Path) -> None:
    """The old log goes first: SQLite would replay it into the new file."""
    for end in _LOGS:
        (folder / (FILE_NAME + end)).unlink(missing_ok=True)
    _to_disk(fresh / FILE_NAME)
    (fresh / FILE_NAME).replace(folder / FILE_NAME)
    _to_disk(folder)


def _to_disk(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
