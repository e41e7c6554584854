"""The history of git as tables, kept up to date with the references.

It holds what git knows, which everybody who has the clone can read; nothing of a company's store.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Sequence
from typing import TYPE_CHECKING

from orchestrator import git
from orchestrator.app import freshness
from orchestrator.app.progress import lines, unwatched
from orchestrator.app.workspace import Say, Workspace, silent
from orchestrator.config.group import Slot
from orchestrator.detect.manifest_paths import is_manifest
from orchestrator.git.file_text import file_number, file_rows
from orchestrator.git.lines import count_lines
from orchestrator.git.log import Logged, count_new, read_log
from orchestrator.i18n import _

if TYPE_CHECKING:
    from orchestrator.store.history import History
    from orchestrator.store.history_rows import Batch, Declared

NEWS = 200  # commits up to which lines and manifests are read at once: a third of a second of CPU
NEWS_FILES = 2_000  # and files in them
BLOBS = 50  # manifests whose contents are held at a time
MANIFEST_BYTES = 1 << 19


def open_history(workspace: Workspace) -> History:
    """The clone's one history; its file is opened by each call, not here."""
    from orchestrator.store.history import History

    return History(workspace.group.folder / freshness.HISTORY, mark=freshness.history_mark(workspace))


def keep(workspace: Workspace, say: Say = silent) -> int:
    """Bring the history up to the references of now. Returns how many commits were new.

    Of few commits the lines and manifests are read at once; of many, `complete` reads them.
    Raises LockedError while another program has the file.
    """
    repository = workspace.repository
    progress = lines(say, _("tables: {done} of {total} commits stored, about {seconds} s left"))
    total = batches = 0

    def read(tips: Iterable[str], known: Iterable[str]) -> Generator[Logged, None, None]:
        nonlocal total
        if progress is not unwatched:  # counting takes git a tenth of the time of reading
            total = count_new(repository, tips, known)
        return read_log(repository, tips, known)

    def prepare(commits: list[Logged]) -> Batch:
        nonlocal batches
        batches += 1
        return _prepared(workspace, commits, first=batches == 1)

    return open_history(workspace).catch_up(
        git.tips(repository),
        read,
        boundary=git.shallow_mark(repository),
        prepare=prepare,
        on_progress=lambda done: progress(done, total),
    )


def _prepared(workspace: Workspace, commits: list[Logged], *, first: bool) -> Batch:
    """What is known of a batch at once: of a few commits everything, of many what the log tells."""
    from orchestrator.store.history_rows import Batch

    projects = _issue_projects(workspace)
    if not first or len(commits) > NEWS or sum(file_number(c.files) for c in commits) > NEWS_FILES:
        return Batch(commits, projects=projects)
    repository, manifests = workspace.repository, _manifests(commits)
    counted = tuple(count_lines(repository, [c.id for c in commits if c.files]))
    return Batch(commits, counted, manifests, declared(repository, manifests), projects)


def _manifests(commits: Sequence[Logged]) -> list[tuple[str, str]]:
    """(blob, path) of the manifests that the commits brought, each once."""
    rows = (row for commit in commits for row in file_rows(commit.files))
    return list(dict.fromkeys((row[2], row[0]) for row in rows if row[2] and is_manifest(row[0])))


def _issue_projects(workspace: Workspace) -> frozenset[str]:
    """The keys of the issue projects that the configuration names."""
    group = workspace.group
    owners = [group.remotes, *(c.remotes for c in group.companies)]
    return frozenset(r[Slot.ISSUES].where.upper() for r in owners if Slot.ISSUES in r)


def declared(repository: git.Repository, manifests: Sequence[tuple[str, str]]) -> list[Declared]:
    """What the manifests say, (blob, path) each; those that are missing, too long or no text say nothing."""
    from orchestrator.detect.dependencies import read_dependencies
    from orchestrator.store.history_rows import Declared

    found = []
    for at in range(0, len(manifests), BLOBS):
        some = manifests[at : at + BLOBS]
        texts = git.read_blobs(repository, (blob for blob, _path in some), MANIFEST_BYTES)
        for blob, path in some:
            said = read_dependencies(path, texts[blob].decode("utf-8", "replace")) if blob in texts else None
            if said is not None:
                found.append(Declared(blob, *said))
    return found


def bring_up_to_date(workspace: Workspace, say: Say) -> None:
    """As every command does; a history that is missing or behind is news too."""
    from orchestrator.app.learning import catch_up

    if freshness.has_news(workspace):
        catch_up(workspace, say)
