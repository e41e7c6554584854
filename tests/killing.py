"""Real processes that die by SIGKILL at a chosen point of their work.

A point is the beginning or the end of a call of one of the named functions, counted from 1: the same
number dies at the same place, so that a test can walk through all of them.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

DRAIN = (
    "orchestrator.store.company:CompanyStore.advance",
    "orchestrator.store.company:CompanyStore.add_seen",
    "orchestrator.store.company:CompanyStore.put_people",
    "orchestrator.store.insights:Insights.put",
    "orchestrator.store.evidence:EvidenceTable.forget_commits",
    "orchestrator.pipeline:_take_in",
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

_CODE = """
import importlib, json, os, signal, sys

countdown, points, settings = int(sys.argv[1]), json.loads(sys.argv[2]), json.loads(sys.argv[3])

def tick():
    global countdown
    countdown -= 1
    if countdown == 0:
        os.kill(os.getpid(), signal.SIGKILL)

def owner_of(where):
    module, _colon, path = where.partition(":")
    owner = importlib.import_module(module)
    *above, name = path.split(".")
    for part in above:
        owner = getattr(owner, part)
    return owner, name

def wrap(where):
    owner, name = owner_of(where)
    inner = getattr(owner, name)
    def point(*args, **kwargs):
        tick()
        result = inner(*args, **kwargs)
        tick()
        return result
    setattr(owner, name, point)

for where in points:
    wrap(where)
for where, value in settings.items():
    owner, name = owner_of(where)
    getattr(owner, name)
    setattr(owner, name, value)

from orchestrator.cli.root import run
sys.exit(run(sys.argv[4:]))
"""


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
    asked = [str(at), json.dumps(points), json.dumps(settings or {}), *arguments]
    done = subprocess.run(
        [sys.executable, "-c", _CODE, *asked], cwd=folder, env=os.environ, capture_output=True, check=False
    )
    assert done.returncode in (0, -signal.SIGKILL), done.stdout.decode() + done.stderr.decode()
    return done.returncode != 0


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
