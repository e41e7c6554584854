"""Which insight a candidate is: the same learning keeps its id through everything git does.

The id is a hash of company, kind and topic, so the same words give the same id in every clone.
Words that were changed by rewriting a commit keep the id that the former words had: the commits
agree in author and author time (the anchor, which amend, rebase and cherry-pick keep), and git says
that the one replaced the other.
"""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from orchestrator import git
from orchestrator.ledger import now
from orchestrator.model import Candidate, Change, Commit, Evidence, Insight, digest, insight_id
from orchestrator.store.insights import Insights


@dataclass(frozen=True, slots=True)
class Lineage:
    """What is known of rewriting: commits that left history, and what post-rewrite told."""

    repository: git.Repository
    insights: Insights
    gone: AbstractSet[str]
    rewritten: Mapping[str, str]

    def replaced_by(self, insight: Insight, commit: Commit) -> bool:
        """True when `commit` is what the insight's commits were rewritten into.

        Its evidence is gone, or git's post-rewrite hook says so, or an amend whose former self another
        ref still holds: the same parent, and committed later than written. What was committed as it was
        written is a sibling: two work trees, or a script on two branches, within one second.
        """
        alive = [e.commit for e in insight.evidence if e.commit not in self.gone]
        if not alive or any(self.rewritten.get(old) == commit.id for old in alive):
            return True
        if commit.committed_at == commit.authored_at:
            return False
        above = git.parents(self.repository, alive)
        return any(above.get(old) == commit.parents for old in alive if old != commit.id)


def insight_of(lineage: Lineage, change: Change, candidate: Candidate) -> tuple[Insight, bool]:
    """The candidate as an insight, and whether it replaces an earlier text of the same insight."""
    anchor = digest(change.commit.anchor, candidate.detector, str(candidate.slot), size=16)
    own_id = insight_id(change.company, candidate.record.kind, candidate.topic)
    former, rewritten = None, False
    if lineage.insights.get(own_id) is None:
        same_anchor = lineage.insights.by_anchor(anchor)
        # A copy of a commit whose words were changed earlier: they have an insight already.
        former = next((i for i in same_anchor if i.record == candidate.record), None)
        if former is None:
            former = next((i for i in same_anchor if lineage.replaced_by(i, change.commit)), None)
            rewritten = former is not None
    insight = Insight(
        id=former.id if former else own_id,
        company=change.company,
        record=candidate.record,
        score=candidate.score,
        reasons=candidate.reasons,
        evidence=(Evidence(change.commit.id, candidate.paths, now()),),
        anchor=anchor,
        detector=candidate.detector,
        share=candidate.share,
        created_at=change.commit.authored_at,
        updated_at=now(),
    )
    return insight, rewritten
