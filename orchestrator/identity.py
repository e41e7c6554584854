"""Which insight a candidate is: the same learning keeps its id through everything git does.

The id is a hash of company, kind and topic, so the same words give the same id in every clone.
Words that were changed by rewriting a commit keep the id that the former words had: the commits
agree in author and author time (the anchor, which amend, rebase and cherry-pick keep), and git says
that the one replaced the other.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from typing import NamedTuple

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
from orchestrator.refusing import said_no
from orchestrator.rewording import ALIKE, SURELY, Silent, likeness, reworded
from orchestrator.store.company import CompanyStore


@dataclass(frozen=True, slots=True)
class Lineage:
    """What is known of rewriting: commits that left history, what of theirs people refused at some time, and
    what post-rewrite told.
    """

    repository: git.Repository
    store: CompanyStore
    gone: AbstractSet[str]
    rewritten: Mapping[str, str]
    refused: Sequence[Insight] = ()

    def silent(self, commit: Commit, told: Collection[Insight]) -> list[Silent]:
        """What was said where this commit says something, or anywhere in its words, by another id."""
        anchors = {_anchor(commit, i.detector, n) for i in told for n in range(SLOTS)}
        melted = [old for old, new in self.rewritten.items() if new == commit.id]
        there = {
            i.id: i
            for i in self.store.insights.taught_at(anchors, [commit.id, *melted], {i.version for i in told})
        }
        for still in told:
            there.pop(still.id, None)
        return [self._silent(i, commit, melted) for i in there.values()]

    def _silent(self, insight: Insight, commit: Commit, melted: Sequence[str]) -> Silent:
        here = [e for e in insight.evidence if e.commit == commit.id]
        return Silent(
            insight,
            insight.anchors if not here else frozenset(e.anchor or insight.anchor for e in here),
            frozenset(e.says for e in here or insight.evidence),
            self._rank(insight, commit, melted),
            by_place=self._by_place(insight, own=bool(here)),
        )

    def _by_place(self, insight: Insight, *, own: bool) -> bool:
        """Whoever puts other words in the place of what a trailer said changes that learning.

        Not where it was withdrawn, since no words take the place of those; nor where nobody changed anything
        and a newer detector hears something else. What a person's words took the place of nobody knows.
        """
        edited = any(d.action == "edit" for d in self.store.decisions.of(insight.id))
        return insight.state != "withdrawn" and (edited or not own)

    def _rank(self, insight: Insight, commit: Commit, melted: Sequence[str]) -> tuple[bool, ...] | None:
        """(told, all gone, beside, has evidence); None when some commit says it that is alive and elsewhere.

        Commits of one second by one author have the same anchor, so several may fit: what git's
        post-rewrite hook told comes first, then what left history, then a commit beside it (as an amend
        leaves it). Beside is an amend whose former self another ref may still hold: the same parent, and
        committed later than written. What was committed as it was written is a sibling: two work trees, or
        a script on two branches, within one second. What the commit itself taught is its own.
        """
        were = {e.commit for e in insight.evidence}
        if commit.id in were:
            return (True,) * 4
        if len(melted) > 1 and detect.stands_in(insight.record, commit.message):
            return None  # a squash that says it as it was: see `carried`
        above = {} if commit.committed_at == commit.authored_at else git.parents(self.repository, were)
        beside = {old for old in were if above.get(old) == commit.parents}
        if were - beside - self.gone - set(melted):
            return None
        return not were.isdisjoint(melted), were <= self.gone, bool(beside), bool(were)


class Former(NamedTuple):
    """What a candidate takes the place of.

    `insight` keeps its id; None for a new one. `replaced`: nobody says its former words any more. `asked`:
    whatever the policy says, a person answers, since somebody refused what may be the same.
    """

    insight: Insight | None = None
    replaced: bool = False
    asked: bool = False


NEW = Former()
SLOTS = 32  # places of one message, of each detector, at which learnings are looked for


def formers(lineage: Lineage, change: Change, told: Sequence[Candidate]) -> dict[str, Former]:
    """What the candidates of one commit take the place of, by the ids that they would have by themselves.

    What is told by an id that is known already is that insight.
    """
    now = {i.id: i for i in (as_insight(change, c) for c in told)}
    fresh = [i for key, i in now.items() if lineage.store.insights.get(key) is None]
    silent = lineage.silent(change.commit, now.values()) if fresh else []
    if not fresh or not (silent or lineage.refused):
        return {}
    taken = reworded(silent, fresh)
    noes = _refused(lineage, silent, taken.values(), fresh)
    return {i.id: _former(change.commit, i, taken.get(i.id), noes) for i in fresh}


def _former(
    commit: Commit, now: Insight, taken: Silent | None, noes: Mapping[str, tuple[Insight, float]]
) -> Former:
    others = (no for key, no in noes.items() if taken is None or key != taken.insight.id)
    asked = any(likeness(other, now) >= enough for other, enough in others)
    if taken is None:
        return Former(asked=asked)
    same = taken.insight.record == now.record or now.version in taken.says
    own = any(e.commit == commit.id for e in taken.insight.evidence)
    alone = not own or len(taken.insight.evidence) == 1
    return Former(taken.insight, not same and alone, asked)


def _refused(
    lineage: Lineage, silent: Sequence[Silent], taken: Collection[Silent], fresh: Sequence[Insight]
) -> dict[str, tuple[Insight, float]]:
    """What a person refused of what was said there, and from which likeness on a fresh one may be it.

    Of what left history too: a squash says it elsewhere, and nobody told what melted into it. Where its place
    is left to whoever comes, anything may be it; else what is the most like it, or nearly.
    """
    kept = {s.insight.id for s in taken}
    found = {i.id: i for i in (*lineage.refused, *(s.insight for s in silent if s.rank is not None))}
    left = {s.insight.id for s in silent if s.rank is not None and s.insight.evidence} - kept
    return {
        key: (i, 0.0 if key in left else max(ALIKE, max(likeness(i, now) for now in fresh) - SURELY))
        for key, i in found.items()
        if said_no(lineage.store, key)
    }


def insight_of(change: Change, candidate: Candidate, formers: Mapping[str, Former]) -> tuple[Insight, Former]:
    """The candidate as an insight, under the id of what it takes the place of (`formers`), and that."""
    insight = as_insight(change, candidate)
    former = formers.get(insight.id, NEW)
    return (replace(insight, id=former.insight.id) if former.insight else insight), former


def as_insight(change: Change, candidate: Candidate) -> Insight:
    """The candidate as an insight of its own, with the change's commit as its evidence."""
    commit, record = change.commit, candidate.record
    says = record_version(record)
    anchor = _anchor(commit, candidate.detector, candidate.slot)
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


def _anchor(commit: Commit, detector: str, slot: int) -> str:
    return digest(commit.anchor, detector, str(slot), size=16)


MOST_FILES = 30  # a commit that touches more is about none of them


def paths_behind(change: Change, candidate: Candidate) -> tuple[str, ...]:
    """The files that a learning is about: those that it names, else what its commit touched."""
    touched = tuple(f.path for f in change.files)
    return candidate.paths or (touched if len(touched) <= MOST_FILES else ())
