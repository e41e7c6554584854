"""A watch in a thread of its own, and what it said."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from orchestrator.capture.watch import Pace, watch
from orchestrator.capture.watch_stop import Stop
from tests.git.sandbox import Sandbox

DOCUMENTS = ("docs/**/*.md", "*.md", "!docs/draft.md")
QUICK = Pace(quiet=0.05, longest=1.0, poll=0.1)


@dataclass
class Watcher:
    """What `on_change`, `warn` and `failed` were called with; what ended the watch."""

    documents: Sequence[str]
    stop: Stop
    calls: list[frozenset[str]] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    failures: list[Exception] = field(default_factory=list)
    ended: BaseException | None = None
    action: Callable[[frozenset[str]], None] = lambda _paths: None

    def __call__(self, paths: frozenset[str]) -> None:
        self.action(paths)
        self.calls.append(paths)

    def seen(self) -> set[str]:
        return set().union(*self.calls)

    def forget(self) -> None:
        """Wait until nothing more comes, then forget what came."""
        self.settled()
        self.calls.clear()

    def sees(self, *paths: str, seconds: float = 3.0) -> bool:
        return self.wait(lambda: self.seen() >= set(paths), seconds)

    def wait(self, condition: Callable[[], bool], seconds: float = 3.0) -> bool:
        deadline = time.monotonic() + seconds * patience()
        while time.monotonic() < deadline and not condition():
            time.sleep(0.02)
        return condition()

    def settled(self) -> int:
        """The number of calls, once no more come."""
        time.sleep(0.25)
        return len(self.calls)


def patience() -> float:
    """A few seconds on an idle machine; up to four times as long where many share few cores."""
    return min(4.0, max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1)))


@contextmanager
def watching(
    box: Sandbox, documents: Sequence[str] = DOCUMENTS, *, pace: Pace = QUICK, started: bool = True
) -> Iterator[Watcher]:
    with Stop() as stop:
        watcher = Watcher(documents, stop)

        def run() -> None:
            try:
                watch(
                    box.repo,
                    watcher,
                    documents=lambda: watcher.documents,
                    stop=stop,
                    warn=watcher.warnings.append,
                    failed=watcher.failures.append,
                    pace=pace,
                )
            except BaseException as error:  # the test looks at it
                watcher.ended = error

        thread = threading.Thread(target=run)
        thread.start()
        try:
            if started:
                assert watcher.wait(lambda: len(watcher.calls) == 1, 10), watcher
            yield watcher
        finally:
            stop.set()
            thread.join(10 * patience())
            assert not thread.is_alive()
