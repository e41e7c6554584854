"""Words whose commit left history give way to those of a commit that stays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from orchestrator import git
from orchestrator.attribution import changes_for, owners
from orchestrator.desk import Desk
from orchestrator.identity import as_insight
from orchestrator.intake import Drained, Intake
from orchestrator.learnt import take_in
from orchestrator.memory.passage import embedding_text
from orchestrator.model import Candidate, Change, record_version
from orchestrator.store.company import CompanyStore
from orchestrator.teaching import Taught, candidates, own_id, vectors_of


def tell_again(intake: Intake, company: str, gone: set[str], result: Drained) -> None:
    """Words that left with their commit give way to those of a commit that stays, one an insight."""
    desk = intake.open_desk(company)
    with desk.store as store:
        while gone and (unsaid := store.evidence.unsaid(gone)):
            told = told_by(intake, store, {commit for commit, _says in unsaid.values()}, gone)
            vectors = vectors_of(intake.embedder(desk), desk, told)
            with store.transaction():
                for insight_id, (commit, says) in unsaid.items():
                    here = [(change, c) for change, c in told if change.commit.id == commit]
                    _retell(intake, desk, insight_id, commit, _saying(insight_id, says, here), vectors, gone)
            result.learnt.setdefault(company, []).extend(unsaid)


def told_by(intake: Intake, store: CompanyStore, commits: set[str], gone: set[str]) -> Taught:
    """What these commits, read before, teach the company."""
    batch = owners(intake.repository, intake.group, git.these_commits(intake.repository, commits))
    mine = [commit for commit, found in batch if store.company in found]
    seen = store.catalogue.seen(without=gone | commits)
    changes = changes_for(intake.repository, intake.group, seen, store.company, mine)
    return [(change, c) for change in changes for c in candidates(intake.group, change)]


def _saying(insight_id: str, says: str, told: Taught) -> tuple[Change, Candidate] | None:
    """What of it is the insight: by its words, else (a newer detector words it otherwise) by its topic."""
    by_words = (t for t in told if record_version(t[1].record) == says)
    by_topic = (t for t in told if insight_id == own_id(*t))
    return next(by_words, None) or next(by_topic, None)


def _retell(
    intake: Intake,
    desk: Desk,
    insight_id: str,
    commit: str,
    told: tuple[Change, Candidate] | None,
    vectors: Mapping[str, Sequence[float]],
    gone: set[str],
) -> None:
    """Replace the words of an insight; a commit that does not say it any more is no evidence of it."""
    if told is None:
        desk.store.evidence.forget_said(insight_id, commit)
        return
    insight = replace(as_insight(*told), id=insight_id)
    vector = vectors.get(embedding_text(insight.record.title, insight.record.content))
    take_in(desk, insight, vector, intake.embedder(desk).model, rewritten=False, retold=True, gone=gone)
