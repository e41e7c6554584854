"""Putting a new store in a damaged one's place: killed at any moment, the damaged bytes are still there.

companies/<id>/orch.db            the damaged store, until a whole new one replaces it in one rename
companies/<id>/damaged/           a copy of it with its log, made first; what is saved is read from it
companies/<id>/whole/             the new store once it is whole, and of which files it was made: from here on
                                  it only has to be moved; once it was, the folder is there without it
companies/<id>/damaged-<time>/    the damaged one's copy once the new one is in place: for a person to delete

While `damaged` or `whole` is there no store is opened (`stores.open_store`): what somebody decided in between
would lie in a file that is about to go.
"""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Callable
from itertools import chain, count
from pathlib import Path

from orchestrator.durable import flush
from orchestrator.errors import LockedError
from orchestrator.i18n import _
from orchestrator.store.company import FILE_NAME
from orchestrator.store.database import make_private_folder

_LOGS = ("-wal", "-shm")
_ATTEMPTS = 3
_OF = "made-of"  # in `whole`: the `_state` of the store that it was made of


def replace_store(folder: Path, fill: Callable[[Path, Path], object]) -> Path | None:
    """Replace the store in `folder` by the one that `fill(damaged file, new folder)` makes there.

    Returns where the damaged one's copy lies then. `fill` must leave the new store closed. The caller keeps
    other processes away; what one without that lock wrote since an earlier repair was cut off, or while the
    copy is read, is read too. Raises LockedError where that does not stop, and what `fill` raises; the store
    is then as it was.
    """
    whole, fresh = folder / "whole", folder / "new"
    moved = whole.exists() and not (whole / FILE_NAME).exists()
    if not moved:
        if not _is_of(whole, folder):
            _set_aside(whole, folder)
            _made(folder, fresh, fill)
            fresh.rename(whole)
            flush(folder)
        _put_in_place(whole, folder)
    kept = _keep_copy(folder)
    shutil.rmtree(whole, ignore_errors=True)
    return kept


def _is_of(whole: Path, folder: Path) -> bool:
    """Whether there is a new store of the damaged one as it is now; its log may be on its way out."""
    if not (whole / FILE_NAME).exists() or not (whole / _OF).exists():
        return False
    made_of = json.loads((whole / _OF).read_text(encoding="ascii"))
    return all(file in made_of for file in _state(folder))


def _set_aside(whole: Path, folder: Path) -> None:
    """What an earlier repair made is out of date; its copy stays, with what a log may have held."""
    if whole.exists():
        _keep_copy(folder)
        shutil.rmtree(folder / "new", ignore_errors=True)
        whole.rename(folder / "new")  # never half of it by this name


def _made(folder: Path, fresh: Path, fill: Callable[[Path, Path], object]) -> None:
    try:
        seen = _make(folder, fresh, fill)
        (fresh / _OF).write_text(json.dumps(seen), encoding="ascii")
        flush(fresh / _OF)
    except BaseException:
        shutil.rmtree(fresh, ignore_errors=True)
        raise


def _make(folder: Path, fresh: Path, fill: Callable[[Path, Path], object]) -> list[list[int]]:
    """Make the new store of the damaged one as it is now, whatever an earlier repair copied of it."""
    copy = folder / "damaged"
    for _attempt in range(_ATTEMPTS):
        seen = _state(folder)
        shutil.rmtree(fresh, ignore_errors=True)
        _copy(folder, copy)
        fill(copy / FILE_NAME, fresh)
        flush(fresh / FILE_NAME)
        if _state(folder) == seen:
            return seen
    raise LockedError(
        _("the store {path} is in use by another process").format(path=folder / FILE_NAME),
        _("try again shortly"),
    )


def _state(folder: Path) -> list[list[int]]:
    """What changes when somebody writes to the store."""
    files = [folder / (FILE_NAME + end) for end in ("", "-wal")]
    return [[s.st_ino, s.st_size, s.st_mtime_ns] for f in files if f.exists() and (s := f.stat())]


def _keep_copy(folder: Path) -> Path | None:
    """Give the damaged store's copy its lasting name; None when there is none."""
    copy = folder / "damaged"
    if copy.exists() and not any(copy.iterdir()):
        copy.rmdir()  # of a store that was gone
    if not copy.exists():
        return None
    named = folder / time.strftime("damaged-%Y%m%dT%H%M%SZ", time.gmtime())
    beside = (named.with_name(f"{named.name}-{n}") for n in count(2))
    return copy.rename(next(path for path in chain([named], beside) if not path.exists()))


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
            flush(target)
    shutil.rmtree(copy, ignore_errors=True)
    part.rename(copy)
    flush(folder)


def _put_in_place(whole: Path, folder: Path) -> None:
    """The old log goes first: SQLite would replay it into the new file."""
    for end in _LOGS:
        (folder / (FILE_NAME + end)).unlink(missing_ok=True)
    (whole / FILE_NAME).replace(folder / FILE_NAME)
    flush(folder)
