"""What is stored together, and the columns of what comes in few rows."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import dataclass

from orchestrator.git.lines import CountedCommit
from orchestrator.git.log_text import LogText
from orchestrator.store.history_load import Columns, columns_of

WEIGHT = 8 << 20  # bytes of text in memory at once, or one commit's

FileBlob = tuple[str, str, str]


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

    `counted` has the lines of some of them; `read` the (commit, path, blob) of the manifests whose
    contents were looked at, `declared` what those say. `projects` are keys of the group's issue projects.
    """

    log: LogText
    counted: Sequence[CountedCommit] = ()
    read: Sequence[FileBlob] = ()
    declared: Sequence[Declared] = ()
    projects: Container[str] = ()


def batches(texts: Iterable[LogText]) -> Iterator[LogText]:
    """Put texts together, so that a batch's memory is bounded by the largest commit in it."""
    waiting: list[bytes] = []
    held = 0
    for log in texts:
        if waiting and held >= WEIGHT:
            yield LogText(b"".join(waiting))
            waiting, held = [], 0
        waiting.append(log.text)
        held += len(log.text)
    if waiting:
        yield LogText(b"".join(waiting))


def manifest_columns(declared: Iterable[Declared]) -> Columns:
    """What the manifests say of themselves."""
    rows = ((m.blob, m.ecosystem, m.name, m.version) for m in declared)
    return columns_of(("blob", "ecosystem", "name", "version"), rows)


def dependency_columns(declared: Iterable[Declared]) -> Columns:
    """What the manifests depend on."""
    rows = ((m.blob, m.ecosystem, *found) for m in declared for found in m.dependencies)
    return columns_of(("blob", "ecosystem", "name", "version", "scope"), rows)
