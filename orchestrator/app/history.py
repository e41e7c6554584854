"""The history of git as tables, kept up to date with the references.

It holds what git knows, which everybody who has the clone can read; nothing of a company's store.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from orchestrator import git
from orchestrator.app import freshness
from orchestrator.app.made_here import MadeHere
from orchestrator.app.progress import lines, unwatched
from orchestrator.app.workspace import Say, Workspace, silent
from orchestrator.config.group import Slot
from orchestrator.detect.manifest_paths import is_manifest
from orchestrator.errors import UnreadableError
from orchestrator.git.damage import unreadable, unreadable_refs
from orchestrator.git.lines import changed_blobs, count_lines
from orchestrator.git.log import count_new
from orchestrator.git.log_text import LogText, read_log
from orchestrator.i18n import _

if TYPE_CHECKING:
    from orchestrator.store.history import History
    from orchestrator.store.history_rows import Batch, Declared, FileBlob

NEWS = 200  # commits up to which lines and manifests are read at once: a third of a second of CPU
NEWS_FILES = 2_000  # and files in them
BLOBS = 50  # manifests whose contents are held at a time
PATIENCE = 0.5  # seconds: a drain holds up other commands, and the next one finds what this one leaves
MANIFEST_BYTES = 1 << 19


def open_history(workspace: Workspace, patience: float | None = None) -> History:
    """The clone's one history; its file is opened by each call, not here.

    `patience`: seconds that such a call waits for another program (None: as long as a person would).
    """
    from orchestrator.store.history import History
    from orchestrator.store.history_file import LOCK_SECONDS

    return History(
        workspace.group.folder / freshness.HISTORY,
        lock_seconds=LOCK_SECONDS if patience is None else patience,
        mark=freshness.history_mark(workspace),
        recognise=MadeHere(workspace.group.clone),
    )


def keep(workspace: Workspace, say: Say = silent) -> int:
    """Bring the history up to the references of now. Returns how many commits were new.

    Of few commits the lines and manifests are read at once; of many, `complete` reads them.
    What a damaged reference stands on is left out, and said. Raises LockedError while another program has the
    file, UnreadableError where git can read nothing of what is new.
    """
    repository, tips = workspace.repository, git.tips(workspace.repository)
    try:
        return _keep(workspace, tips, say)
    except UnreadableError:
        damaged = unreadable(repository, tips, open_history(workspace, PATIENCE).tips().values())
        if not 0 < len(damaged) < len(tips):
            raise
    say(unreadable_refs(sorted(damaged)).message)
    return _keep(workspace, {name: tip for name, tip in tips.items() if name not in damaged}, say)


def _keep(workspace: Workspace, now: Mapping[str, str], say: Say) -> int:
    repository = workspace.repository
    progress = lines(say, _("tables: {done} of {total} commits stored, about {seconds} s left"))
    total = batches = 0

    def read(tips: Iterable[str], known: Iterable[str]) -> Generator[LogText, None, None]:
        nonlocal total
        if progress is not unwatched:  # counting takes git a tenth of the time of reading
            total += count_new(repository, tips, known)
        return read_log(repository, tips, known)

    def prepare(log: LogText) -> Batch:
        nonlocal batches
        batches += 1
        return _prepared(workspace, log, first=batches == 1)

    return open_history(workspace, PATIENCE).catch_up(
        now,
        read,
        boundary=git.shallow_mark(repository),
        prepare=prepare,
        on_progress=lambda done: progress(done, total),
    )


def _prepared(workspace: Workspace, log: LogText, *, first: bool) -> Batch:
    """What is known of a batch at once: of a few commits everything, of many what the log tells."""
    from orchestrator.store.history_rows import Batch

    projects = _issue_projects(workspace)
    changed = log.files() if first and log.number() <= NEWS else []
    if not 0 < sum(len(files) for _this, files in changed) <= NEWS_FILES:
        return Batch(log, projects=projects)
    repository = workspace.repository
    counted = tuple(count_lines(repository, [this for this, files in changed if files]))
    named = [(c, path) for c, files in changed for status, path, _old in files if status != "D"]
    manifests = manifest_blobs(repository, [(c, path) for c, path in named if is_manifest(path)])
    return Batch(log, counted, manifests, declared(repository, manifests), projects)


def manifest_blobs(repository: git.Repository, files: Sequence[tuple[str, str]]) -> list[FileBlob]:
    """(commit, path, blob) of each (commit, path); the blob is '' where git has none.

    Left out, so that they are asked for again, are those whose contents a partial clone has not.
    """
    commits = list(dict.fromkeys(commit for commit, _path in files))
    blobs = {(commit, row[0]): row[2] for commit, rows in changed_blobs(repository, commits) for row in rows}
    found = [(commit, path, blobs.get((commit, path), "")) for commit, path in files]
    away = git.absent(repository, (blob for _commit, _path, blob in found))
    return [file for file in found if file[2] not in away]


def _issue_projects(workspace: Workspace) -> frozenset[str]:
    """The keys of the issue projects that the configuration names."""
    group = workspace.group
    owners = [group.remotes, *(c.remotes for c in group.companies)]
    return frozenset(r[Slot.ISSUES].where.upper() for r in owners if Slot.ISSUES in r)


def declared(repository: git.Repository, files: Sequence[FileBlob]) -> list[Declared]:
    """What the manifests say, each content once; those that are missing, too long or no text say nothing."""
    from orchestrator.detect import read_manifest
    from orchestrator.store.history_rows import Declared

    found = []
    manifests = list(dict.fromkeys((blob, path) for _commit, path, blob in files if blob))
    for at in range(0, len(manifests), BLOBS):
        some = manifests[at : at + BLOBS]
        texts = git.read_blobs(repository, (blob for blob, _path in some), MANIFEST_BYTES)
        for blob, path in some:
            said = read_manifest(path, texts[blob].decode("utf-8", "replace")) if blob in texts else None
            if said is not None:
                found.append(Declared(blob, said.ecosystem, said.name, said.version, said.dependencies))
    return found


def bring_up_to_date(workspace: Workspace, say: Say) -> None:
    """As every command does; a history that is missing or behind is news too."""
    from orchestrator.app.learning import catch_up

    if freshness.has_news(workspace):
        catch_up(workspace, say)
