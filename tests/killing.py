"""Real processes that die by SIGKILL at a chosen point of their work.

A point is the beginning or the end of a call of one of the named functions, counted from 1: the same
number dies at the same place, so that a test can walk through all of them.
"""

from __future__ import annotations

import atexit
import signal
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

from tests.crash.children import Children

DRAIN = (
    "orchestrator.store.company:CompanyStore.advance",
    "orchestrator.store.company:CompanyStore.add_seen",
    "orchestrator.store.company:CompanyStore.put_people",
    "orchestrator.store.insights:Insights.put",
    "orchestrator.store.evidence:EvidenceTable.forget_commits",
    "orchestrator.batches:Reader._read",
    "orchestrator.pipeline:_finish",
)
PUSH = (
    "orchestrator.store.outbox:Outbox.sending",
    "orchestrator.store.outbox:Outbox.settle",
    "orchestrator.store.outbox:Outbox.mark",
    "orchestrator.reconcile.remotes.folder_objects:FolderObjects._create",
    "orchestrator.reconcile.remotes.folder_objects:FolderObjects.find",
    "orchestrator.reconcile.remotes.folder_memory:FolderMemory.create",
    "orchestrator.reconcile.remotes.folder_memory:FolderMemory.find",
)
ONE_BY_ONE = {"orchestrator.pipeline:BATCH": 1}  # a transaction a commit: more points to die at


@cache
def _children() -> Children:
    """One fork server a test process: it ends with it."""
    served = Children()
    atexit.register(served.close)
    return served


def run_killed(
    at: int,
    arguments: Sequence[str],
    folder: Path,
    points: Sequence[str] = DRAIN,
    settings: Mapping[str, object] | None = None,
) -> bool:
    """Run `orch ARGUMENTS` in `folder`, killed at its point number `at`; True when it was.

    `settings` are module variables by `module:NAME`. A process that ends otherwise must succeed.
    """
    outcome = _children().run(arguments, folder, at=at, functions=points, settings=settings)
    assert outcome.code in (0, -signal.SIGKILL), outcome
    return outcome.killed


def kill_everywhere(
    arguments: Sequence[str],
    folder: Path,
    points: Sequence[str] = DRAIN,
    settings: Mapping[str, object] | None = None,
    *,
    limit: int = 400,
) -> int:
    """Run the command again and again, killed one point later each time, until it comes to its end.

    Returns how often it was killed; fails when `limit` runs were not enough.
    """
    for at in range(1, limit):
        if not run_killed(at, arguments, folder, points, settings):
            return at - 1
    raise AssertionError(f"orch {' '.join(arguments)} did not come to its end in {limit} runs")
