"""What commits teach a company: candidates of the detectors, and the vectors of new ones."""

from __future__ import annotations

from collections.abc import Sequence

from orchestrator import detect
from orchestrator.config.group import Group
from orchestrator.desk import Desk
from orchestrator.intake import Passages
from orchestrator.memory.passage import embedding_text
from orchestrator.model import Candidate, Change, insight_id
from orchestrator.retirement import Retirement

Taught = list[tuple[Change, Candidate]]


def candidates(group: Group, change: Change) -> tuple[Candidate, ...]:
    """What a change teaches; a component that another company shared arrives, it is not learnt."""
    return () if detect.has_arrived(change.commit) else detect.detect(change, group.language)


def taken_back(change: Change) -> tuple[Retirement, ...]:
    """What a change says of earlier learnings; a component that another company shared says nothing."""
    return () if detect.has_arrived(change.commit) else detect.retirements(change)


def vectors_of(embedder: Passages, desk: Desk, found: Taught) -> dict[str, Sequence[float]]:
    """One vector a new text; empty when no model answers (they are embedded later)."""
    texts: dict[str, None] = {}
    for change, candidate in found:
        known = desk.store.insights.get(own_id(change, candidate))
        if known is None or known.record != candidate.record:
            texts[embedding_text(candidate.record.title, candidate.record.content)] = None
    return dict(zip(texts, embedder.passages(list(texts)), strict=False)) if texts else {}


def own_id(change: Change, candidate: Candidate) -> str:
    """The id of what a candidate would be by itself."""
    return insight_id(change.company, candidate.record.kind, candidate.topic)
