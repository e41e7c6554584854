"""Completing the history: lines of old commits, newest first, and what their manifests declare."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass
from itertools import chain, islice
from typing import TYPE_CHECKING

from orchestrator import git
from orchestrator.app.history import bring_up_to_date, declared, manifest_blobs, open_history
from orchestrator.app.progress import lines
from orchestrator.app.workspace import Say, Workspace, silent
from orchestrator.detect.manifest_paths import MANIFEST, is_manifest
from orchestrator.git.lines import CountedCommit, count_lines
from orchestrator.i18n import _

if TYPE_CHECKING:
    from orchestrator.store.history import History

SLICE_SECONDS = 10.0  # of counting that a transaction stores, and a kill loses
SLICE = 16 << 20  # characters that wait for it at most
TURN = 250  # commits that each git process counts before the clock is looked at
DEALT = 250  # commits in a row that one of several git processes counts: neighbours share contents
MANIFESTS = 500  # read between two transactions
PAGE = 20_000  # commits a git process; its memory grows a little with them


@dataclass(frozen=True, slots=True)
class Completed:
    """What a backfill did and what it left: commits counted, those of them without contents, manifests."""

    commits: int
    unknown: int
    manifests: int
    commits_left: int
    manifests_left: int

    def as_json(self) -> dict[str, int]:
        """The same as plain values."""
        from dataclasses import asdict

        return asdict(self)


def complete(
    workspace: Workspace,
    say: Say = silent,
    *,
    limit: int | None = None,
    since: str = "",
    jobs: int = 1,
    dry_run: bool = False,
) -> Completed:
    """Count lines, newest first, and read manifests, until nothing is missing, or `limit` commits.

    Killed anywhere, the next call goes on with what is missing. Raises LockedError when another
    process does the same.
    """
    if dry_run:
        return _left(open_history(workspace), since)
    bring_up_to_date(workspace, say)
    with workspace.lock("backfill", 0.0):
        return _complete(workspace, say, limit, since, jobs)


def _complete(workspace: Workspace, say: Say, limit: int | None, since: str, jobs: int) -> Completed:
    from dataclasses import replace

    history, repository = open_history(workspace), workspace.repository
    manifests = read_manifests(repository, history, say)
    commits, unknown = count_missing(repository, history, say, limit=limit, since=since, jobs=jobs)
    return replace(_left(history, since), commits=commits, unknown=unknown, manifests=manifests)


def count_missing(
    repository: git.Repository,
    history: History,
    say: Say = silent,
    *,
    limit: int | None = None,
    since: str = "",
    jobs: int = 1,
) -> tuple[int, int]:
    """Count the lines that are missing; (commits, those of them that git has not the contents of)."""
    from orchestrator.store.history_reading import uncollected

    progress = lines(say, _("lines of {done} of {total} commits counted, about {seconds} s left"))
    commits = unknown = 0
    while limit is None or commits < limit:
        page = PAGE if limit is None else min(PAGE, limit - commits)
        waiting, left = history.backlog.uncounted(page, since)
        if not waiting:
            break
        wanted = commits + (left if limit is None else min(left, limit - commits))
        with uncollected():
            for counted in _slices(_counted(repository, waiting, jobs)):
                history.backlog.put_lines(counted)
                commits += len(counted)
                unknown += sum(c.files is None for c in counted)
                progress(commits, wanted)
    return commits, unknown


def _slices(turns: Iterator[list[CountedCommit]]) -> Iterator[list[CountedCommit]]:
    """Put turns together: storing costs as much for few commits as for many."""
    waiting: list[CountedCommit] = []
    held, began = 0, time.monotonic()
    for turn in turns:
        waiting += turn
        held += sum(len(c.files or "") for c in turn)
        if held >= SLICE or time.monotonic() - began >= SLICE_SECONDS:
            yield waiting
            waiting, held, began = [], 0, time.monotonic()
    if waiting:
        yield waiting


def read_manifests(repository: git.Repository, history: History, say: Say = silent) -> int:
    """Read the manifests that are waiting, the newest first. Returns how many that were."""
    waiting, read = _unread(history), 0
    progress = lines(say, _("{done} of {total} manifests read, about {seconds} s left"))
    for at in range(0, len(waiting), MANIFESTS):
        some = waiting[at : at + MANIFESTS]
        files = manifest_blobs(repository, some)
        history.backlog.put_declared(declared(repository, files), files)
        read += len(files)
        progress(at + len(some), len(waiting))
    return read


def _unread(history: History) -> list[tuple[str, str]]:
    return [(commit, path) for commit, path in history.backlog.unread(MANIFEST) if is_manifest(path)]


def _counted(repository: git.Repository, commits: list[str], jobs: int) -> Iterator[list[CountedCommit]]:
    """Lines of the commits, TURN of each process at a time, by `jobs` git processes side by side."""
    from concurrent.futures import ThreadPoolExecutor

    dealt = [commits[at : at + DEALT] for at in range(0, len(commits), DEALT)]
    shares = [[c for part in dealt[n::jobs] for c in part] for n in range(jobs)]
    with ExitStack() as stack:
        streams = [stack.enter_context(closing(count_lines(repository, share))) for share in shares]
        # Without threads when one is enough: a pool would let Ctrl-C wait for what it is at.
        at_once = stack.enter_context(ThreadPoolExecutor(jobs)).map if jobs > 1 else map
        while parts := list(chain.from_iterable(at_once(lambda s: list(islice(s, TURN)), streams))):
            yield parts


def _left(history: History, since: str) -> Completed:
    backlog = history.backlog
    return Completed(0, 0, 0, backlog.uncounted_number(since), len(_unread(history)))
