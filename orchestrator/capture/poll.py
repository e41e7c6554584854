"""Looking every so often, where the system has no file watches left."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator

from orchestrator.capture.interest import Interest, Meaning
from orchestrator.capture.watch_source import Source
from orchestrator.capture.watch_stop import Stop
from orchestrator.git.process import run
from orchestrator.git.refs import tips
from orchestrator.git.repository import Repository

POLL_SECONDS = 30.0
Stamp = tuple[int, int, int]  # nanoseconds of the last write, size in bytes, inode


class Polling:
    """A Source: references and documents are compared with what they were, every `seconds`.

    `refs` is a source for git's own few folders when there are watches for those, else None.
    """

    def __init__(
        self, repo: Repository, interest: Interest, refs: Source | None, stop: Stop, seconds: float
    ) -> None:
        self._repo, self._interest, self._refs = repo, interest, refs
        self._stop, self._seconds = stop, seconds
        self._tips: dict[str, str] = {}
        self._stamps: dict[str, Stamp] = {}
        self._next = 0.0

    def close(self) -> None:
        """Give git's watches back, if any."""
        if self._refs is not None:
            self._refs.close()

    def plan(self) -> set[str]:
        """Look now."""
        if self._refs is not None:
            self._refs.plan()
        self._tips, self._stamps = tips(self._repo), stamps(self._repo, self._interest)
        self._next = time.monotonic() + self._seconds
        return set(self._stamps)

    def changes(self, seconds: float) -> Iterator[Meaning]:
        """What git's watches say at once, and every so often what a look finds."""
        wait = max(0.0, min(seconds, self._next - time.monotonic()))
        if self._refs is not None:
            yield from self._refs.changes(wait)
        else:
            self._stop.wait(wait)
        if time.monotonic() >= self._next and not self._stop.is_set() and not self._repo.busy:
            yield from self._look()
            self._next = time.monotonic() + self._seconds

    def _look(self) -> Iterator[Meaning]:
        tips_before, stamps_before = self._tips, self._stamps
        self._tips, self._stamps = tips(self._repo), stamps(self._repo, self._interest)
        if self._tips != tips_before:
            yield Meaning(git=True)
        for name in stamps_before.keys() | self._stamps:
            if stamps_before.get(name) != self._stamps.get(name):
                yield Meaning(document=name)


def stamps(repo: Repository, interest: Interest) -> dict[str, Stamp]:
    """The documents that git tracks or would add, each with what tells that it was written."""
    listed = run(repo, "ls-files", "-z", "--cached", "--others", "--exclude-standard")
    found: dict[str, Stamp] = {}
    for name in {os.fsdecode(p) for p in listed.split(b"\0") if p}:
        path = f"{repo.root}/{name}"
        if interest.meaning(path).document:
            try:
                status = os.lstat(path)
            except (FileNotFoundError, NotADirectoryError):
                continue
            found[name] = (status.st_mtime_ns, status.st_size, status.st_ino)
    return found
