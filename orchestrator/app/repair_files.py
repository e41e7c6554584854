"""Putting a new store in a damaged one's place: killed at any moment, the damaged bytes are still there.

companies/<id>/orch.db            the damaged store, until a whole new one replaces it in one rename
companies/<id>/damaged/           a copy of it with its log, made first; what is saved is read from it
companies/<id>/whole/             the new store once it is whole: from here on it only has to be moved
companies/<id>/damaged-<time>/    the same once the new store is in place: for a person to delete
"""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path

from orchestrator.errors import LockedError
from orchestrator.i18n import _
from orchestrator.store.company import FILE_NAME
from orchestrator.store.database import make_private_folder

_LOGS = ("-wal", "-shm")
_ATTEMPTS = 3


def replace_store(folder: Path, fill: Callable[[Path, Path], object]) -> None:
    """Replace the store in `folder` by the one that `fill(damaged file, new folder)` makes there.

    `fill` must leave the new store closed. A damaged store may still take a decision: one that comes while
    the copy is read is read too. Raises LockedError where they do not stop coming, and what `fill` raises;
    the store is then as it was.
    """
    whole, fresh = folder / "whole", folder / "new"
    if not (whole / FILE_NAME).exists():
        try:
            _make(folder, fresh, fill)
            shutil.rmtree(whole, ignore_errors=True)
            fresh.rename(whole)
            _to_disk(folder)
        finally:
            shutil.rmtree(fresh, ignore_errors=True)
    _put_in_place(whole, folder)


def _make(folder: Path, fresh: Path, fill: Callable[[Path, Path], object]) -> None:
    """Make the new store of the damaged one as it is now, whatever an earlier repair copied of it."""
    copy = folder / "damaged"
    for _attempt in range(_ATTEMPTS):
        seen = _state(folder)
        shutil.rmtree(fresh, ignore_errors=True)
        _copy(folder, copy)
        fill(copy / FILE_NAME, fresh)
        _to_disk(fresh / FILE_NAME)
        if _state(folder) == seen:
            return
    raise LockedError(
        _("the store {path} is in use by another process").format(path=folder / FILE_NAME),
        _("try again shortly"),
    )


def _state(folder: Path) -> list[tuple[int, int, int]]:
    """What changes when somebody writes to the store."""
    files = [folder / (FILE_NAME + end) for end in ("", "-wal")]
    return [(s.st_ino, s.st_size, s.st_mtime_ns) for f in files if f.exists() and (s := f.stat())]


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
    shutil.rmtree(copy, ignore_errors=True)
    part.rename(copy)
    _to_disk(folder)


def _put_in_place(whole: Path, folder: Path) -> None:
    """The old log goes first: SQLite would replay it into the new file."""
    for end in _LOGS:
        (folder / (FILE_NAME + end)).unlink(missing_ok=True)
    (whole / FILE_NAME).replace(folder / FILE_NAME)
    _to_disk(folder)
    shutil.rmtree(whole, ignore_errors=True)


def _to_disk(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
