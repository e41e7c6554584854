"""Facts into candidate learnings: pure functions from a change to candidates.

Everything heavy is imported when it is first called.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from orchestrator.detect.manifest import Manifest
    from orchestrator.detect.retiring import Reverted
    from orchestrator.model import Candidate, Change, Commit, Record
    from orchestrator.retirement import Retirement

__all__ = [
    "births",
    "component_of",
    "detect",
    "has_arrived",
    "is_judged_by_others",
    "is_lock_of",
    "is_manifest",
    "read_manifest",
    "retirements",
    "reverted",
    "share_besides",
    "speaks",
    "stands_in",
    "wants_text",
]


def detect(change: Change, language: str, *, minimum: float | None = None) -> tuple[Candidate, ...]:
    """All candidates of a change, best reasons first kept, in a deterministic order.

    `language` ('pt-BR' or 'en') is that of titles and reasons which we word ourselves. Candidates
    below `minimum` (default `scoring.MINIMUM_SCORE`) are left out.
    """
    from orchestrator.detect.registry import run
    from orchestrator.detect.scoring import MINIMUM_SCORE

    return run(change, language, MINIMUM_SCORE if minimum is None else minimum)


def retirements(change: Change) -> tuple[Retirement, ...]:
    """What a change takes back of earlier learnings."""
    from orchestrator.detect import retiring

    return tuple(retiring.retirements(change))


def reverted(commit: Commit) -> Reverted | None:
    """What a commit says that it reverts, None of one that is no revert."""
    from orchestrator.detect import retiring

    return retiring.reverted(commit)


def speaks(commit: Commit) -> bool:
    """Whether a message teaches by itself: a trailer for orch, an explained fix, a measured gain."""
    from orchestrator.detect import trailers
    from orchestrator.model import Change

    return trailers.addresses_us(commit) or bool(detect(Change("", commit, ()), "en"))


def stands_in(record: Record, message: str) -> bool:
    """Whether a message says, word for word, what was learnt before."""
    from orchestrator.detect import standing

    return standing.stands_in(record, message)


def share_besides(word: str, message: str) -> str:
    """The stricter of a commit's word on sharing and what another commit's message says of it."""
    from orchestrator.detect.sharing import share_of, stricter

    return stricter((word, share_of(message)))


def births(change: Change) -> dict[str, str]:
    """Folder → topic of the components that a change makes, or moves from elsewhere."""
    from orchestrator.detect import components

    return components.topics(change)


def has_arrived(commit: Commit) -> bool:
    """Whether a component that another company shared comes with the commit: it is not learnt here."""
    from orchestrator.detect import components

    return components.has_arrived(commit)


def wants_text(path: str) -> bool:
    """True for the files whose text before and after a commit the detectors read."""
    from orchestrator.detect import manifest_paths

    return manifest_paths.wants_text(path)


def component_of(path: str) -> str | None:
    """The folder that this manifest makes a component ('' is the top), None for any other path."""
    from orchestrator.detect import manifest_paths

    return manifest_paths.component_of(path)


def is_judged_by_others(change: Change) -> bool:
    """Whether the company's other manifests (`Change.standing`) decide what a change teaches."""
    from orchestrator.detect import adoption

    return adoption.is_judged_by_others(change)


def is_lock_of(path: str, manifests: Iterable[str]) -> bool:
    """Whether a path is that of a lock file beside one of these manifests, or in a folder around it."""
    from orchestrator.detect import locks

    folder = path.rpartition("/")[0]
    return locks.is_lock(path) and any(not folder or m.startswith(f"{folder}/") for m in manifests)


def is_manifest(path: str) -> bool:
    """True for a path that `read_manifest` reads, outside of tests and vendored code."""
    from orchestrator.detect import manifest_paths

    return manifest_paths.is_manifest(path)


def read_manifest(path: str, text: str) -> Manifest | None:
    """Read a manifest by the last part of its path; None for unknown formats and malformed text."""
    from orchestrator.detect import manifest_formats

    return manifest_formats.read_manifest(path, text)
