"""Systems without inotify: watchdog's observer (FSEvents on macOS), which watches a tree as one."""

from __future__ import annotations

import os
import queue
import time
from collections.abc import Iterator
from typing import Any

from orchestrator.capture.interest import ANYTHING, Interest, Meaning
from orchestrator.capture.watch_burst import MANY
from orchestrator.capture.watch_stop import Stop

TICK_SECONDS = 0.2
Path = tuple[str, bool]  # absolute path, whether a folder came there


class Observed:
    """A Source. Folders that git ignores are left out when their changes are looked at, not before."""

    def __init__(self, interest: Interest, stop: Stop) -> None:
        from watchdog.observers import Observer

        self._interest, self._stop = interest, stop
        self._paths: queue.SimpleQueue[Path] = queue.SimpleQueue()
        self._lost = False
        self._planned = False
        self._observer = Observer()
        self._observer.start()

    def close(self) -> None:
        """End watchdog's threads."""
        self._observer.stop()
        self._observer.join()

    def plan(self) -> set[str]:
        """Watch the tree, once."""
        tops, self._planned = () if self._planned else self._tops(), True
        for top in tops:
            self._observer.schedule(
                self,  # type: ignore[arg-type]  # it asks for `dispatch` only
                top,
                recursive=True,
                event_filter=_events(),
            )
        return self._interest.walk([""], lambda _folder: True)

    def changes(self, seconds: float) -> Iterator[Meaning]:
        """What watchdog's threads have put into the queue."""
        deadline = time.monotonic() + seconds
        while self._paths.empty() and time.monotonic() < deadline and not self._stop.wait(TICK_SECONDS):
            continue
        if self._lost:
            self._lost = False
            yield ANYTHING
        for _waiting in range(self._paths.qsize()):
            path, folder_came = self._paths.get()
            yield self._interest.meaning(path)
            if folder_came:
                yield from self._below(path)

    def dispatch(self, event: Any) -> None:
        """Called by watchdog, in its own threads."""
        if self._paths.qsize() > MANY:
            self._lost = True
            return
        came = event.event_type in ("created", "moved") and event.is_directory
        if event.src_path:
            self._paths.put((os.fsdecode(event.src_path), came and event.event_type == "created"))
        if event.dest_path:
            self._paths.put((os.fsdecode(event.dest_path), came))

    def _below(self, path: str) -> Iterator[Meaning]:
        if not path.startswith(self._interest.root + "/"):
            return
        wanted = self._interest.wanted([path[len(self._interest.root) + 1 :]])
        for document in self._interest.walk(wanted, lambda _folder: True):
            yield Meaning(document=document)

    def _tops(self) -> tuple[str, ...]:
        root, git = self._interest.root, self._interest.git.top
        return (root,) if git.startswith(root + "/") else (root, git)


def _events() -> list[type[Any]]:
    """What watchdog is to report. What reading causes is left out: looking must make no events."""
    from watchdog import events as e

    kinds: list[type[Any]] = [e.FileCreatedEvent, e.FileClosedEvent, e.FileMovedEvent, e.FileDeletedEvent]
    return [*kinds, e.FileModifiedEvent, e.DirCreatedEvent, e.DirMovedEvent, e.DirDeletedEvent]
