"""`orch watch`: say when git moved or a document was saved, once for each burst of changes.

Events are hints. What they say is only that looking is worth while; git and the files tell what.
"""

from __future__ import annotations

import platform
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from orchestrator.capture.interest import ANYTHING, Interest
from orchestrator.capture.poll import POLL_SECONDS, Polling
from orchestrator.capture.watch_burst import Burst, Changes
from orchestrator.capture.watch_source import NoWatchesLeftError, Place, Source
from orchestrator.capture.watch_stop import Stop
from orchestrator.git.repository import Repository
from orchestrator.i18n import _

OnChange = Callable[[frozenset[str]], None]
IDLE_SECONDS = 5.0  # how often the repository is looked for, where no event would say that it moved
HOLD_SECONDS = 0.2  # how often the end of a rebase, a merge or a lock is looked for
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 60.0  # seconds before a change that failed is tried again


@dataclass(frozen=True, slots=True)
class Pace:
    """Seconds: without a change until a burst is over; a burst at most; between two looks."""

    quiet: float = 0.4
    longest: float = 5.0
    poll: float = POLL_SECONDS


def watch(
    repo: Repository,
    on_change: OnChange,
    *,
    documents: Callable[[], Sequence[str]],
    stop: Stop,
    warn: Callable[[str], None],
    failed: Callable[[Exception], None],
    pace: Pace = Pace(),
) -> None:
    """Call `on_change(paths)` once at the start and after each burst of changes, until `stop` is set.

    `paths` are the documents (from the top; gitignore-style globs, asked again whenever rules
    change) that may have been written, renamed or deleted: at the start all; `folder/` for a folder
    that was moved away; empty when only git moved. A burst ends after `quiet` seconds without a
    change, or `longest` after it began, and never while a rebase or merge is under way.

    What `on_change` or git raises is handed to `failed`, and the same changes are tried again after
    a pause that doubles up to a minute. Where the system has no watches left, says so by `warn`
    and looks every `poll` seconds.
    Raises RepositoryGoneError when the repository is moved or deleted.
    """
    following = _Following(repo, on_change, documents, stop, warn, failed, pace)
    try:
        following.run()
    finally:
        following.close()


class _Following:
    """One watch: a source of changes, the burst they gather in, and what was tried without success."""

    def __init__(
        self,
        repo: Repository,
        on_change: OnChange,
        documents: Callable[[], Sequence[str]],
        stop: Stop,
        warn: Callable[[str], None],
        failed: Callable[[Exception], None],
        pace: Pace,
    ) -> None:
        self._repo, self._on_change, self._documents = repo, on_change, documents
        self._stop, self._warn, self._failed, self._pace = stop, warn, failed, pace
        self._interest, self._place = Interest(repo, ()), Place(repo)
        self._burst = Burst(pace.quiet, pace.longest)
        self._burst.add(time.monotonic(), ANYTHING)
        self._pause = 0.0
        self._source: Source | None = None

    def run(self) -> None:
        """Until `stop` is set."""
        while not self._stop.is_set():
            try:
                self._source = self._source or _system_source(self._interest, self._place, self._stop)
                self._step(self._source)
            except NoWatchesLeftError as error:
                self._fall_back(error)

    def close(self) -> None:
        """Give the watches back."""
        if self._source is not None:
            self._source.close()

    def _step(self, source: Source) -> None:
        for meaning in source.changes(self._waiting()):
            self._burst.add(time.monotonic(), meaning)
        self._place.check()
        if self._burst.due(time.monotonic()) and not self._stop.is_set() and not self._repo.busy:
            self._deal_with(self._burst.take(), source)

    def _waiting(self) -> float:
        remaining = self._burst.remaining(time.monotonic())
        if remaining is None:
            return IDLE_SECONDS
        return min(IDLE_SECONDS, remaining) or HOLD_SECONDS

    def _deal_with(self, changes: Changes, source: Source) -> None:
        try:
            if changes.everything:
                self._interest.renew(self._documents())
                changes.documents |= source.plan()
            paths = self._interest.kept(changes.documents)
            if changes.git or paths:
                self._on_change(paths)
        except NoWatchesLeftError:
            raise  # what falls back looks at everything again
        except Exception as error:  # noqa: BLE001 - one bad moment does not end a watch; `failed` says it
            self._place.check()
            self._pause = min(max(FIRST_PAUSE, 2 * self._pause), LONGEST_PAUSE)
            self._burst.put_back(changes, time.monotonic(), self._pause)
            self._failed(error)
        else:
            self._pause = 0.0

    def _fall_back(self, error: NoWatchesLeftError) -> None:
        """Look every so often. Git's own folders are few: watches for those are asked for once more."""
        again = isinstance(self._source, Polling)
        self.close()
        self._source = None
        refs = None if again else self._refs_alone()
        if not again:
            self._warn(_exhausted(error, self._pace.poll))
        self._source = Polling(self._repo, self._interest, refs, self._stop, self._pace.poll)
        self._burst.add(time.monotonic(), ANYTHING)

    def _refs_alone(self) -> Source | None:
        try:
            return _system_source(Interest(self._repo, ()), self._place, self._stop)
        except NoWatchesLeftError:
            return None


def _system_source(interest: Interest, place: Place, stop: Stop) -> Source:
    if platform.system() == "Linux":
        from orchestrator.capture.watch_folders import WatchedFolders

        return WatchedFolders(interest, place, stop)
    from orchestrator.capture.watch_observer import Observed

    return Observed(interest, stop)


def _exhausted(error: NoWatchesLeftError, seconds: float) -> str:
    words = _(
        "the system has no file watches left ({setting}, after {n} folders): orch looks at the documents "
        "every {seconds} s instead; raise it with `sudo sysctl {setting}=…` and start `orch watch` again"
    )
    return words.format(setting=error.setting, n=error.watched, seconds=round(seconds))
