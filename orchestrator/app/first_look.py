"""The first look at a long history: what its newest commits teach, on the screen within seconds.

Shown and not stored: what an insight says depends on the order of its commits, so the reading that
counts goes from the oldest to the newest. Left out is what only the past can tell: whether a
component is new.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from orchestrator import detect, git
from orchestrator.app.workspace import Say, Workspace
from orchestrator.attribution import Owned, changes_for, owners
from orchestrator.i18n import _, current
from orchestrator.model import Candidate, Commit, Kind
from orchestrator.read_before import local_tips
from orchestrator.store.catalogue import Seen
from orchestrator.words import kind_name

NEWEST = 1500  # commits: two or three seconds of work
LONG = 2 * NEWEST  # a shorter history is read as fast as it is looked at
SHOWN = 5  # learnings a company


@dataclass(frozen=True, slots=True)
class Look:
    """How many commits there are, how many were looked at, and what they taught: the best by company."""

    commits: int
    looked_at: int
    found: dict[str, list[Candidate]]


def look(workspace: Workspace) -> Look | None:
    """What the newest commits of a history teach that nobody has read; None when it is short or read."""
    repository = workspace.repository
    tips = local_tips(repository)
    if not tips or any(_has_read(workspace, c.id) for c in workspace.group.companies):
        return None
    commits = git.count_new(repository, tips.values(), ())
    if commits < LONG:
        return None
    newest = git.newest(repository, tips.values(), NEWEST)
    owned = owners(repository, workspace.group, git.these_commits(repository, newest))
    found = {c.id: _best(workspace, c.id, owned) for c in workspace.group.companies}
    return Look(commits, len(owned), found)


def show(look: Look, say: Say) -> None:
    """Say it in a few lines, company by company."""
    told = {company: found for company, found in look.found.items() if found}
    if told:
        said = _("what the newest {n} of {total} commits teach (all of them are being read now):")
        say(said.format(n=look.looked_at, total=look.commits))
    for company, found in told.items():
        for candidate in found:
            kind = kind_name(candidate.record.kind, current()).lower()
            gain = f" ({candidate.record.gain})" if candidate.record.gain else ""
            say(f"  {company}  {kind}: {candidate.record.title}{gain}")


def _has_read(workspace: Workspace, company: str) -> bool:
    with workspace.store(company) as store:
        return bool(store.tips() or store.seen())


def _best(workspace: Workspace, company: str, owned: Owned) -> list[Candidate]:
    """The company's best learnings, the newest first among equals."""
    mine = [commit for commit, whose in owned if company in whose]
    found: dict[str, Candidate] = {}
    for candidate in _candidates(workspace, company, mine[::-1]):
        found.setdefault(candidate.topic, candidate)
    return sorted(found.values(), key=lambda c: -c.score)[:SHOWN]


def _candidates(workspace: Workspace, company: str, commits: list[Commit]) -> Iterator[Candidate]:
    for change in changes_for(workspace.repository, workspace.group, Seen(), company, commits):
        for candidate in detect.detect(change, workspace.group.language):
            if candidate.record.kind is not Kind.COMPONENT:
                yield candidate
