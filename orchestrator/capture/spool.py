"""The spool: one appended line a nudge, in the git directory of each work tree.

Read it with `take`, work, then `settle`. Killed in between, the same nudges come again, which is
harmless: git's references are the truth, a nudge only says that looking is worth while.
"""

from __future__ import annotations

import os
import stat
import time
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from orchestrator import faultpoint
from orchestrator.capture.hook_claim import release_abandoned
from orchestrator.git.repository import Repository
from orchestrator.git.text import one_line

NAME = "orch.spool"
GRACE_SECONDS = 10.0  # far longer than a hook takes between opening the spool and writing to it


@dataclass(frozen=True, slots=True)
class Nudge:
    """A hook ran. `at` is when its spool was last written (a hook of builtins has no clock).

    `detail` is HEAD's content (`ref: refs/heads/main`, or an id) for post-commit and post-merge,
    `<old> <new>` for post-checkout and for each rewritten commit of post-rewrite.
    """

    hook: str
    at: str
    detail: str


@dataclass(frozen=True, slots=True)
class Batch:
    """Nudges taken together, and the files to mark as read when their drain has settled."""

    nudges: tuple[Nudge, ...]
    files: tuple[tuple[Path, int], ...]  # each with how much of it has been read
    git_dirs: tuple[Path, ...]


def pending(repo: Repository) -> bool:
    """True when some work tree's spool holds anything unread. Costs a look at each git directory."""
    return any(_size(path) > _settled_size(path) for path in _files(repo.git_dirs))


def take(repo: Repository) -> Batch:
    """Every unread nudge of every work tree, oldest file first, a killed drain's leftovers before all.

    Call it under the lock of the drain. Hooks meanwhile append to a new spool.
    """
    for folder in repo.git_dirs:
        _set_aside(folder / NAME)
    nudges: list[Nudge] = []
    files: list[tuple[Path, int]] = []
    for path in sorted(_files(repo.git_dirs), key=lambda p: p.name):
        done = _settled_size(path)
        try:
            data, written = _content(path)
        except FileNotFoundError:
            continue  # `orch hooks uninstall` takes the spools away
        if len(data) > done:
            at = f"{datetime.fromtimestamp(written, UTC):%Y-%m-%dT%H:%M:%SZ}"
            nudges += (_nudge(line, at) for line in data[done:].splitlines())
            files.append((path, len(data)))
        elif time.time() - written > GRACE_SECONDS:
            path.unlink(missing_ok=True)
    return Batch(tuple(nudges), tuple(files), repo.git_dirs)


def settle(batch: Batch) -> None:
    """Mark what was taken as read; `take` deletes it later, when no hook can still hold it open.

    Also lets hooks start a drainer again where one was killed.
    """
    for path, size in batch.files:
        read = path.with_name(".".join([*path.name.split(".")[:3], str(size)]))
        with suppress(FileNotFoundError), faultpoint.around("spool settle"):
            path.rename(read)
    release_abandoned(batch.git_dirs)


def rewrites(nudges: Iterable[Nudge]) -> dict[str, str]:
    """Old commit id -> its present id, by post-rewrite; a commit amended twice leads to the last."""
    pairs = [n.detail.split()[:2] for n in nudges if n.hook == "post-rewrite" and " " in n.detail]
    direct = {old: new for old, new in pairs if old != new}
    return {old: _last(direct, old) for old in direct}


def _last(direct: dict[str, str], start: str) -> str:
    seen = {start}
    now = direct[start]
    while now in direct and now not in seen:
        seen.add(now)
        now = direct[now]
    return now


def _nudge(line: bytes, at: str) -> Nudge:
    hook, _tab, detail = line.partition(b"\t")
    return Nudge(one_line(hook), at, one_line(detail))


def _files(folders: Iterable[Path]) -> list[Path]:
    """`orch.spool` (hooks append), `orch.spool.TIME` (taken), `orch.spool.TIME.SIZE` (read so far)."""
    return [path for folder in folders for path in folder.glob(f"{NAME}*") if _size(path) >= 0]


def _set_aside(live: Path) -> None:
    """Rename a spool, so that hooks begin a new one. A link or pipe there would hurt: it goes."""
    if _size(live) >= 0:
        with suppress(FileNotFoundError), faultpoint.around("spool take"):
            live.rename(live.with_name(f"{NAME}.{time.time_ns():020d}"))
    elif live.is_symlink() or live.is_fifo():
        live.unlink()


def _settled_size(path: Path) -> int:
    words = path.name.split(".")
    return int(words[3]) if len(words) == 4 and words[3].isdigit() else 0


def _size(path: Path) -> int:
    """Bytes in a plain file; -1 for anything else (an unpacked repository can hold a link there)."""
    try:
        found = path.lstat()
    except FileNotFoundError:
        return -1
    return found.st_size if stat.S_ISREG(found.st_mode) else -1


def _content(path: Path) -> tuple[bytes, float]:
    """A spool's bytes, and when it was last written (seconds since 1970)."""
    with os.fdopen(os.open(path, os.O_RDONLY | os.O_NOFOLLOW), "rb") as file:
        return file.read(), os.fstat(file.fileno()).st_mtime
