"""The history of git as tables: kept up to date, completed, asked and exported.

It holds what git knows, which everybody who has the clone can read; nothing of a company's store.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable, Generator, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from orchestrator import git
from orchestrator.app import freshness
from orchestrator.app.workspace import Say, Workspace, silent
from orchestrator.config.group import Slot
from orchestrator.detect.manifest_paths import is_manifest
from orchestrator.errors import UsageError
from orchestrator.git.lines import CHUNK, CountedCommit, count_lines
from orchestrator.git.log import Logged, count_new, read_log
from orchestrator.i18n import _

if TYPE_CHECKING:
    from orchestrator.store.history import History
    from orchestrator.store.history_answers import Answer
    from orchestrator.store.history_rows import Batch, Declared

NEWS = 200  # commits up to which lines and manifests are read at once: 0.3 s of CPU at most
MANIFESTS = 50  # of half a megabyte at most, read at a time
MANIFEST_BYTES = 1 << 19
SECONDS = 3.0  # between two lines that say how far a long reading is
_is_manifest = lru_cache(maxsize=1 << 16)(is_manifest)  # the same paths again and again
Progress = Callable[[int, int], None]
"""What a long piece of work calls with (done, of how many)."""


@dataclass(frozen=True, slots=True)
class Completed:
    """What a backfill did and what it left."""

    commits: int
    unknown: int
    manifests: int
    commits_left: int
    manifests_left: int


def unwatched(_done: int, _all: int) -> None:
    """Shows no progress: the default."""


def lines_of(say: Say) -> Progress:
    """Progress as a line of text every few seconds, the first one only when it takes that long."""
    began = said = time.monotonic()

    def progress(done: int, total: int) -> None:
        nonlocal said
        now = time.monotonic()
        if now - said >= SECONDS:
            said = now
            left = int((now - began) * (total - done) / done) if done else 0
            text = _("history: {done} of {total} commits, about {seconds} s left")
            say(text.format(done=done, total=total, seconds=max(left, 0)))

    return unwatched if say is silent else progress


def open_history(workspace: Workspace) -> History:
    """The clone's one history; its file is opened by each call, not here."""
    from orchestrator.store.history import History

    return History(workspace.group.folder / freshness.HISTORY, mark=freshness.history_mark(workspace))


def keep(workspace: Workspace, progress: Progress = unwatched) -> int:
    """Bring the history up to the references of now. Returns how many commits were new.

    Of few commits the lines and manifests are read at once; of many, `complete` reads them.
    Raises LockedError while another program has the file.
    """
    repository = workspace.repository
    total = 0

    def read(tips: Iterable[str], stored: Iterable[str]) -> Generator[Logged, None, None]:
        nonlocal total
        if progress is not unwatched:
            total = count_new(repository, tips, stored)
        return read_log(repository, tips, stored)

    return open_history(workspace).catch_up(
        git.tips(repository),
        read,
        boundary=git.shallow_mark(repository),
        prepare=lambda commits: _prepared(workspace, commits),
        on_progress=lambda done: progress(done, total),
    )


def ask(workspace: Workspace, sql: str, say: Say = silent, limit: int | None = None) -> Answer:
    """The answer to a question in SQL, after what is new in git was read. Raises UsageError."""
    _bring_up_to_date(workspace, say)
    return open_history(workspace).answers.query(sql, limit=limit)


def tables(workspace: Workspace) -> dict[str, list[tuple[str, str]]]:
    """(column, type) by table."""
    return open_history(workspace).answers.columns()


def export(
    workspace: Workspace, folder: Path, say: Say = silent, *, force: bool = False, dry_run: bool = False
) -> list[Path]:
    """Write each table to a Parquet file of the folder; each is whole or not there.

    The folder is made when there is none (0700; the files 0600). Raises UsageError when it is not
    empty, unless `force`: then files of the same names are replaced and others are left alone.
    """
    from orchestrator.store.history_schema import PUBLIC

    if folder.is_dir() and any(folder.iterdir()) and not force:
        raise UsageError(
            _("{path} is not empty").format(path=folder),
            _("name another folder, or add --force to replace files of the same names"),
        )
    wanted = [folder / f"{table}.parquet" for table in PUBLIC]
    if dry_run:
        return wanted
    _bring_up_to_date(workspace, say)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".orch-", dir=folder) as scratch:
        for made in open_history(workspace).answers.export(Path(scratch)):
            _to_disk(made)
            made.replace(folder / made.name)
    _to_disk(folder)
    return wanted


def complete(
    workspace: Workspace,
    say: Say = silent,
    progress: Progress = unwatched,
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
    _bring_up_to_date(workspace, say)
    with workspace.lock("backfill", 0.0):
        return _complete(workspace, progress, limit, since, jobs)


def _complete(
    workspace: Workspace, progress: Progress, limit: int | None, since: str, jobs: int
) -> Completed:
    history = open_history(workspace)
    manifests = _read_manifests(workspace.repository, history)
    wanted = history.backlog.uncounted_number(since)
    wanted = wanted if limit is None else min(limit, wanted)
    commits = unknown = 0
    while commits < wanted:
        chunk = history.backlog.uncounted(min(jobs * CHUNK, wanted - commits), since)
        if not chunk:
            break
        counted = _counted(workspace.repository, chunk, jobs)
        history.backlog.put_lines(counted)
        commits += len(chunk)
        unknown += sum(c.files is None for c in counted)
        progress(commits, wanted)
    return replace(_left(history, since), commits=commits, unknown=unknown, manifests=manifests)


def _counted(repository: git.Repository, commits: list[str], jobs: int) -> list[CountedCommit]:
    """Lines of the commits, by `jobs` git processes side by side."""
    from concurrent.futures import ThreadPoolExecutor

    share = -(-len(commits) // jobs)
    shares = [commits[at : at + share] for at in range(0, len(commits), share)]
    if len(shares) == 1:
        return list(count_lines(repository, commits))
    with ThreadPoolExecutor(jobs) as pool:
        counts = pool.map(lambda part: list(count_lines(repository, part)), shares)
        return [commit for part in counts for commit in part]


def _left(history: History, since: str) -> Completed:
    backlog = history.backlog
    return Completed(0, 0, 0, backlog.uncounted_number(since), backlog.unread_number())


def _bring_up_to_date(workspace: Workspace, say: Say) -> None:
    """As every command does; a history that is missing or behind is read even when git has no news."""
    from orchestrator.app.learning import catch_up

    if freshness.has_news(workspace):
        catch_up(workspace, say)


def _prepared(workspace: Workspace, commits: list[Logged]) -> Batch:
    """What is known of a batch at once: of few commits everything, of many which manifests to read."""
    from orchestrator.store.history_rows import Batch

    declaring = ((f[2], f[0]) for c in commits for f in c.files if _is_manifest(f[0]) and f[2])
    manifests = list(dict.fromkeys(declaring))
    projects = _issue_projects(workspace)
    if len(commits) > NEWS:
        return Batch(commits, unread=manifests, projects=projects)
    repository = workspace.repository
    counted = tuple(count_lines(repository, [c.id for c in commits if c.files]))
    return Batch(commits, counted, declared=_declared(repository, manifests), projects=projects)


def _issue_projects(workspace: Workspace) -> frozenset[str]:
    """The keys of the issue projects that the configuration names."""
    group = workspace.group
    owners = [group.remotes, *(c.remotes for c in group.companies)]
    return frozenset(r[Slot.ISSUES].where.upper() for r in owners if Slot.ISSUES in r)


def _read_manifests(repository: git.Repository, history: History) -> int:
    read = 0
    while waiting := history.backlog.unread_manifests(MANIFESTS):
        history.backlog.put_declared(_declared(repository, waiting), waiting)
        read += len(waiting)
    return read


def _declared(repository: git.Repository, manifests: Sequence[tuple[str, str]]) -> list[Declared]:
    """What the manifests say, (blob, path) each; those that are missing, too long or no text say nothing."""
    from orchestrator.detect.dependencies import read_dependencies
    from orchestrator.store.history_rows import Declared

    texts = (
        git.read_blobs(repository, (blob for blob, _path in manifests), MANIFEST_BYTES) if manifests else {}
    )
    found = []
    for blob, path in manifests:
        said = read_dependencies(path, texts[blob].decode("utf-8", "replace")) if blob in texts else None
        if said is not None:
            found.append(Declared(blob, *said))
    return found


def _to_disk(path: Path) -> None:
    """Flush a file or a folder, so that what was renamed is there after a power cut."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
