"""Looking every so often, where the system has no file watches left."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable

from orchestrator.capture.interest import Interest
from orchestrator.git.process import run
from orchestrator.git.refs import tips
from orchestrator.git.repository import Repository

POLL_SECONDS = 30.0
Stamp = tuple[int, int]  # nanoseconds of the last write, size in bytes


def poll(
    repo: Repository,
    interest: Interest,
    on_change: Callable[[frozenset[str]], None],
    stop: threading.Event,
    seconds: float = POLL_SECONDS,
) -> None:
    """Call `on_change` once, then whenever references or documents are not what they were."""
    before, documents = tips(repo), _stamps(repo, interest)
    on_change(frozenset())
    while not stop.wait(seconds):
        if repo.busy:
            continue
        now, found = tips(repo), _stamps(repo, interest)
        changed = frozenset(p for p in documents.keys() | found if documents.get(p) != found.get(p))
        if changed or now != before:
            on_change(changed)
        before, documents = now, found


def _stamps(repo: Repository, interest: Interest) -> dict[str, Stamp]:
    listed = run(repo, "ls-files", "-z", "--cached", "--others", "--exclude-standard")
    found: dict[str, Stamp] = {}
    for name in {os.fsdecode(p) for p in listed.split(b"\0") if p}:
        path = f"{repo.root}/{name}"
        if interest.meaning(path).document:
            try:
                status = os.lstat(path)
            except FileNotFoundError:
                continue
            found[name] = (status.st_mtime_ns, status.st_size)
    return found
