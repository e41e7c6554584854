"""The claim that keeps background drainers to one a clone.

A hook creates the file in git's shared folder, starts `orch hooks drain` and writes its process id
into it. The file stays until that process ends: a hook that finds the process dead takes the claim
over (`hooks/post-commit`), and every drain removes a claim that nobody holds.

The number alone says little: after a power cut another process may have it. The drainer locks the file for
as long as it lives; the number counts only until it has had the time to do so.
"""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterable
from pathlib import Path

NAME = "orch.draining"
_STARTING_SECONDS = 60.0  # in which what a hook started has locked its claim
_LOCKED: list[int] = []  # descriptors that stay open, and locked, until this process ends


def release_abandoned(git_dirs: Iterable[Path]) -> None:
    """Remove the claims of drainers that have ended, so that hooks start one again."""
    for path in _claims(git_dirs):
        if not _held(path):
            path.unlink(missing_ok=True)


def hold(common_dir: Path) -> bool:
    """Make the claim this process's own; False when another living drainer has it.

    The number is written before the marks of a takeover go: a hook that read the dead number and
    then finds no mark sees that the claim has changed.
    """
    claim = common_dir / NAME
    if _held(claim) and _number(claim) != os.getpid():
        return False
    if claim.is_symlink():
        claim.unlink()  # an unpacked repository can hold a link there
    _let_go()
    descriptor = os.open(claim, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW, 0o644)
    _LOCKED.append(descriptor)
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    number = f"{os.getpid()}\n".encode()
    os.pwrite(descriptor, number, 0)  # never empty: that is nobody's
    os.ftruncate(descriptor, len(number))
    for mark in common_dir.glob(f"{NAME}.*"):
        mark.unlink(missing_ok=True)
    return True


def release_own(common_dir: Path) -> None:
    """Remove this process's claim, as the last thing that it does."""
    claim = common_dir / NAME
    if _number(claim) == os.getpid():
        claim.unlink(missing_ok=True)
    _let_go()


def _let_go() -> None:
    while _LOCKED:
        os.close(_LOCKED.pop())


def _claims(git_dirs: Iterable[Path]) -> list[Path]:
    found = (path for folder in git_dirs for path in folder.glob(f"{NAME}*"))
    return [path for path in found if path.is_symlink() or path.is_file()]


def _held(path: Path) -> bool:
    """True while the process that the claim names lives; without a number it is nobody's, or being taken."""
    number = _number(path)
    try:
        if number is None or abs(time.time() - path.lstat().st_mtime) > _STARTING_SECONDS:
            return _is_locked(path)
        os.kill(number, 0)
    except FileNotFoundError:
        return False  # its drainer has ended meanwhile
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _is_locked(path: Path) -> bool:
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        return False  # gone meanwhile, or a link: nobody's
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    else:
        return False
    finally:
        os.close(descriptor)


def _number(path: Path) -> int | None:
    """The process id that a claim holds (or, for a claim taken over, that its name ends with)."""
    text = path.name.removeprefix(f"{NAME}.") if path.name != NAME else _text(path)
    return int(text) if text.isascii() and text.isdigit() and 0 < int(text) < 1 << 31 else None


def _text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return os.fsdecode(file.readline(32)).strip()
    except FileNotFoundError:
        return ""
