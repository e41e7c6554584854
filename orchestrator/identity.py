"""Which insight a candidate is: the same learning keeps its id through everything git does.

The id is a hash of company, kind and topic, so the same words give the same id in every clone.
Words that were changed by rewriting a commit keep the id that the former words had: the commits
agree in author and author time (the anchor, which amend, rebase and cherry-pick keep), and git says
that the one replaced the other.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace

from orchestrator import detect, git
from orchestrator.clock import now
from orchestrator.model import (
    Candidate,
    Change,
    Commit,
    Evidence,
    Insight,
    digest,
    insight_id,
    record_version,
)
from orchestrator.rewording import reworded
from orchestrator.store.insights import Insights


@dataclass(frozen=True, slots=True)
class Lineage:
    """What is known of rewriting: commits that left history, and what post-rewrite told."""

    repository: git.Repository
    insights: Insights
    gone: AbstractSet[str]
    rewritten: Mapping[str, str]

    def former(self, insights: Iterable[Insight], commit: Commit) -> Insight | None:
        """The one of these insights whose commit was rewritten into `commit`, None when none was.

        Commits of one second by one author have the same anchor, so several may fit: what git's
        post-rewrite hook told comes first, then a commit beside it (as an amend leaves it), then one
        that left history just now, then one that left it earlier.
        """
        fitting = [(fit, i) for i in insights if (fit := self._fit(i, commit)) and not self._kept(i, commit)]
        return max(fitting, key=lambda found: found[0])[1] if fitting else None

    def _kept(self, insight: Insight, commit: Commit) -> bool:
        """True when commits were melted into this one and its message still says the insight as it was."""
        melted = sum(new == commit.id for new in self.rewritten.values()) > 1
        return melted and detect.stands_in(insight.record, commit.message)

    def _fit(self, insight: Insight, commit: Commit) -> tuple[bool, bool, bool] | None:
        """(told, beside, has evidence); None when the insight's commits are alive and elsewhere.

        Beside is an amend whose former self another ref may still hold: the same parent, and committed
        later than written. What was committed as it was written is a sibling: two work trees, or a
        script on two branches, within one second.
        """
        were = [e.commit for e in insight.evidence if e.commit != commit.id]
        told = any(self.rewritten.get(old) == commit.id for old in were)
        above = {} if commit.committed_at == commit.authored_at else git.parents(self.repository, were)
        beside = any(above.get(old) == commit.parents for old in were)
        alive = any(e.commit not in self.gone for e in insight.evidence)
        return (told, beside, bool(were)) if told or beside or not alive else None


def taught_before(lineage: Lineage, change: Change, told: Iterable[Candidate]) -> dict[str, Insight]:
    """What a commit that is read again taught in other words: by the id that today's words would have."""
    before = lineage.insights.taught_by(change.commit.id)
    return reworded(change.commit.id, before, [as_insight(change, c) for c in told]) if before else {}


def insight_of(
    lineage: Lineage, change: Change, candidate: Candidate, before: Mapping[str, Insight]
) -> tuple[Insight, bool]:
    """The candidate as an insight, and whether it replaces an earlier text of the same insight.

    `before` as `taught_before` has it. Words that another commit says, too, are not replaced.
    """
    insight = as_insight(change, candidate)
    if lineage.insights.get(insight.id) is not None:
        return insight, False
    there = lineage.insights.said_at(insight.anchor)
    # A copy of a commit whose words were changed earlier: they have an insight already.
    copied = next((i for i in there if i.record == candidate.record or _says(i, insight.version)), None)
    if copied is None and (same := before.get(insight.id)) is not None:
        return replace(insight, id=same.id), len(same.evidence) == 1
    former = copied or lineage.former((i for i in there if i.anchor == insight.anchor), change.commit)
    return (replace(insight, id=former.id), copied is None) if former else (insight, False)


def _says(insight: Insight, version: str) -> bool:
    """Whether a commit says it in these words, which a person may have changed or withdrawn."""
    return any(e.says == version for e in insight.evidence)


def as_insight(change: Change, candidate: Candidate) -> Insight:
    """The candidate as an insight of its own, with the change's commit as its evidence."""
    commit, record = change.commit, candidate.record
    says = record_version(record)
    anchor = digest(commit.anchor, candidate.detector, str(candidate.slot), size=16)
    paths = paths_behind(change, candidate)
    return Insight(
        id=insight_id(change.company, record.kind, candidate.topic),
        company=change.company,
        record=record,
        score=candidate.score,
        reasons=candidate.reasons,
        evidence=(Evidence(commit.id, paths, now(), said_at=commit.authored_at, says=says, anchor=anchor),),
        anchor=anchor,
        detector=candidate.detector,
        share=candidate.share,
        created_at=commit.authored_at,
        updated_at=now(),
    )


MOST_FILES = 30  # a commit that touches more is about none of them


def paths_behind(change: Change, candidate: Candidate) -> tuple[str, ...]:
    """The files that a learning is about: those that it names, else what its commit touched."""
    touched = tuple(f.path for f in change.files)
    return candidate.paths or (touched if len(touched) <= MOST_FILES else ())
