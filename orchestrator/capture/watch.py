"""`orch watch`: say when git moved or a document was saved, once for each burst of changes.

Events are hints. What they say is only that looking is worth while; git and the files tell what.
"""

from __future__ import annotations

import errno
import queue
import sys
import threading
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from orchestrator.capture.interest import Interest
from orchestrator.capture.poll import POLL_SECONDS, poll
from orchestrator.errors import LockedError
from orchestrator.git.repository import Repository
from orchestrator.i18n import _

OnChange = Callable[[frozenset[str]], None]
TICK_SECONDS = 0.2
_EXHAUSTED = (errno.ENOSPC, errno.EMFILE, errno.ENOMEM)


def watch(
    repo: Repository,
    on_change: OnChange,
    *,
    documents: Sequence[str],
    stop: threading.Event,
    quiet: float = 0.4,
    longest: float = 5.0,
    poll_seconds: float = POLL_SECONDS,
    warn: Callable[[str], None] = warnings.warn,
) -> None:
    """Call `on_change(paths)` once at the start and after each burst of changes, until `stop` is set.

    `paths` are the documents (from the top; gitignore-style globs in `documents`) that were written,
    renamed or deleted; empty at the start and when only git moved. A burst ends after `quiet`
    seconds without a change, or `longest` after it began, and never while a rebase or merge is
    under way. Where the system has no watches left, looks every `poll_seconds` instead and says so
    once by `warn`.
    Raises LockedError when this clone is watched already.
    """
    with _lease(repo):
        interest = Interest(repo, tuple(documents))
        try:
            with _Watches(interest) as watches:
                _follow(repo, interest, watches, on_change, stop, Burst(quiet, longest))
        except _NoWatchesLeftError:
            words = _("The system has no file watches left; orch looks every {seconds} s instead.")
            warn(words.format(seconds=int(poll_seconds)))
            poll(repo, interest, on_change, stop, poll_seconds)


class _NoWatchesLeftError(Exception):
    """The user's inotify watches (or instances) are used up."""


class Burst:
    """Changes gathered until they settle. Times are monotonic seconds."""

    def __init__(self, quiet: float, longest: float) -> None:
        self._quiet = quiet
        self._longest = longest
        self._first = self._last = 0.0
        self._documents: set[str] = set()
        self._git = False

    def add(self, now: float, *, git: bool = False, document: str = "") -> None:
        """Note a change; one that says nothing does not prolong the burst."""
        if not git and not document:
            return
        self._first = self._first or now
        self._last = now
        self._git = self._git or git
        self._documents |= {document} if document else set()

    def due(self, now: float) -> bool:
        """True when something changed and it has settled, or lasted too long."""
        return bool(self._first) and now >= min(self._last + self._quiet, self._first + self._longest)

    def take(self) -> tuple[bool, set[str]]:
        """Whether git moved, and the documents; then empty."""
        taken = (self._git, self._documents)
        self._first, self._git, self._documents = 0.0, False, set()
        return taken


def _follow(
    repo: Repository,
    interest: Interest,
    watches: _Watches,
    on_change: OnChange,
    stop: threading.Event,
    burst: Burst,
) -> None:
    on_change(frozenset())  # what happened before the watches were in place
    while not stop.is_set():
        replan = False
        for path in watches.changed():
            meaning = interest.meaning(path)
            replan = replan or meaning.plan
            burst.add(time.monotonic(), git=meaning.git, document=meaning.document)
        if replan:
            for document in watches.plan():
                burst.add(time.monotonic(), document=document)
        if burst.due(time.monotonic()) and not repo.busy:
            git, found = burst.take()
            paths = interest.kept(found)
            if git or paths:
                on_change(paths)


class _Watches:
    """The watchdog observer, its watches kept in step with the folders that are of interest."""

    def __init__(self, interest: Interest) -> None:
        from watchdog.observers import Observer

        self._interest = interest
        self._observer = Observer()
        self._paths: queue.SimpleQueue[str] = queue.SimpleQueue()
        self._watches: dict[tuple[Path, bool], Any] = {}

    def __enter__(self) -> _Watches:
        # watchdog 7 says this whenever folders are born faster than it looks; it means nothing,
        # but where warnings are errors it would end watchdog's thread.
        warnings.filterwarnings("ignore", "Callback with id", RuntimeWarning)
        self._observer.start()
        try:
            self._schedule()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_exception: object) -> None:
        self._observer.stop()
        self._observer.join()

    def changed(self) -> Iterator[str]:
        """Paths that changed, waiting a moment for the first; then all that are there."""
        try:
            yield self._paths.get(timeout=TICK_SECONDS)
            while True:
                yield self._paths.get_nowait()
        except queue.Empty:
            return

    def plan(self) -> list[str]:
        """Watch what is new, drop what is gone; the documents in folders that are newly watched."""
        return [d for folder in self._schedule() for d in self._interest.documents_below(folder)]

    def dispatch(self, event: Any) -> None:
        """Called by watchdog, in its own threads."""
        for path in (event.src_path, event.dest_path):
            if path:
                self._paths.put(path if isinstance(path, str) else path.decode(errors="surrogateescape"))

    def _schedule(self) -> list[Path]:
        wanted = list(self._interest.folders().items())
        for gone in [key for key in self._watches if key not in wanted]:
            self._unschedule(gone)
        added = []
        for path, recursive in wanted:
            if (path, recursive) not in self._watches and self._started(path, recursive):
                added.append(path)
        return added

    def _started(self, path: Path, recursive: bool) -> bool:
        try:
            self._watches[path, recursive] = self._observer.schedule(
                self,  # type: ignore[arg-type]  # it asks for `dispatch` only
                str(path),
                recursive=recursive,
                event_filter=_events(),
            )
        except FileNotFoundError:  # gone since it was listed
            return False
        except OSError as error:
            if error.errno in _EXHAUSTED:
                raise _NoWatchesLeftError from error
            raise
        return True

    def _unschedule(self, key: tuple[Path, bool]) -> None:
        try:
            self._observer.unschedule(self._watches.pop(key))
        except KeyError:  # watchdog dropped it itself, with its folder
            return


def _events() -> list[type[Any]]:
    """What watchdog is to report. Its default makes it livelock from some 7,000 folders on."""
    from watchdog import events as e

    kinds: list[type[Any]] = [e.FileCreatedEvent, e.FileClosedEvent, e.FileMovedEvent, e.FileDeletedEvent]
    kinds += [e.DirCreatedEvent, e.DirMovedEvent, e.DirDeletedEvent]
    return kinds if sys.platform == "linux" else [*kinds, e.FileModifiedEvent]


@contextmanager
def _lease(repo: Repository) -> Iterator[None]:
    """One watcher a clone; the kernel ends the lease of one that was killed."""
    from filelock import FileLock, Timeout

    lock = FileLock(repo.common_dir / "orch.watch.lock", timeout=0, mode=0o600)
    try:
        lock.acquire()
    except Timeout as error:
        raise LockedError(
            _("This repository is watched by another `orch watch` already."),
            _("End that one first, or leave it: it captures for all work trees."),
        ) from error
    try:
        yield
    finally:
        lock.release()
