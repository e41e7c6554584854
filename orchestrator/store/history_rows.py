"""From what git told to the columns of the history's tables."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import dataclass

from orchestrator.git.lines import CountedCommit
from orchestrator.git.log import Logged
from orchestrator.store.history_load import Columns, columns_of
from orchestrator.store.issue_keys import issue_keys, may_name_keys

BATCH = 10_000  # commits in memory at once
WEIGHT = 8 << 20  # and at most so many characters of messages and files, 50,000 files, or one commit's
_FILE = ("commit_id", "path", "status", "blob", "old_blob", "old_path", "added", "deleted")


@dataclass(frozen=True, slots=True)
class Declared:
    """What a manifest's blob says; `dependencies` are (name, version or range as written, scope)."""

    blob: str
    ecosystem: str
    name: str
    version: str
    dependencies: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True, slots=True)
class Batch:
    """Commits to store, with what is known of them already.

    `counted` has the lines of some of them; `read` the (blob, path) of the manifests whose contents
    were looked at, `declared` what those say. `projects` are keys of the group's issue projects.
    """

    commits: Sequence[Logged]
    counted: Sequence[CountedCommit] = ()
    read: Sequence[tuple[str, str]] = ()
    declared: Sequence[Declared] = ()
    projects: Container[str] = ()


def batches(commits: Iterable[Logged]) -> Iterator[list[Logged]]:
    """Cut a stream so that a batch's memory is bounded by the largest commit in it."""
    batch: list[Logged] = []
    held = 0
    for commit in commits:
        batch.append(commit)
        held += weight(commit)
        if len(batch) == BATCH or held >= WEIGHT:
            yield batch
            batch, held = [], 0
    if batch:
        yield batch


def weight(commit: Logged) -> int:
    """Characters that a commit holds, but for names and ids."""
    return len(commit.message) + len(commit.files)


def commit_columns(commits: Sequence[Logged], done: Container[str] = ()) -> Columns:
    """The columns of `Logged`, without the files of the commits that are `done`."""
    columns = dict(zip(Logged._fields, zip(*commits, strict=True), strict=True))
    return columns | {"files": [c.files if c.id not in done else "" for c in commits]} if done else columns


def key_columns(commits: Iterable[Logged], projects: Container[str]) -> Columns:
    """The issue keys that the commits name."""
    keys = [
        (c.id, *found)
        for c in commits
        if may_name_keys(c.message, merge=(merge := " " in c.parents))
        for found in issue_keys(c.message, merge=merge, projects=projects)
    ]
    return columns_of(("commit_id", "key", "source"), keys)


def counted_columns(counted: Iterable[CountedCommit]) -> Columns:
    """File changes with their lines."""
    rows = ((c.id, *file) for c in counted for file in c.files or ())
    return columns_of(_FILE, rows)


def state_columns(counted: Iterable[CountedCommit]) -> Columns:
    """What became of counting each commit."""
    states = ((c.id, "unknown" if c.files is None else "counted") for c in counted)
    return columns_of(("commit_id", "state"), states)


def manifest_columns(declared: Iterable[Declared]) -> Columns:
    """What the manifests say of themselves."""
    rows = ((m.blob, m.ecosystem, m.name, m.version) for m in declared)
    return columns_of(("blob", "ecosystem", "name", "version"), rows)


def dependency_columns(declared: Iterable[Declared]) -> Columns:
    """What the manifests depend on."""
    rows = ((m.blob, m.ecosystem, *found) for m in declared for found in m.dependencies)
    return columns_of(("blob", "ecosystem", "name", "version", "scope"), rows)
