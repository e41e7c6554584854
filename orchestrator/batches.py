"""One batch of commits into one company's store, in one transaction, but for those at which orch errs."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from orchestrator import detect, git
from orchestrator.apart import apart
from orchestrator.attribution import NOBODY, Owned, changes_for, looks
from orchestrator.departed import Departed
from orchestrator.desk import Desk
from orchestrator.identity import Lineage, formers, insight_of
from orchestrator.intake import Drained, Intake
from orchestrator.learnt import take_in
from orchestrator.memory.passage import embedding_text
from orchestrator.model import Candidate, Change, Commit
from orchestrator.read_before import files_mark
from orchestrator.retirement import Retirement
from orchestrator.staleness import cited, renames
from orchestrator.store.company import CompanyStore
from orchestrator.store.touched import OWN, SHARED, UNHEARD
from orchestrator.superseding import supersede
from orchestrator.teaching import candidates, taken_back, vectors_of
from orchestrator.twins import place
from orchestrator.undoing import undone

Told = list[tuple[Change, tuple[Candidate, ...]]]


@dataclass(frozen=True, slots=True)
class Batch:
    """Commits, each with the companies whose it is; `speaking` are those of them that teach and are nobody's.

    `with_vectors`: new texts get their vectors now; else all of them once everything is read.
    """

    owned: Owned
    speaking: Sequence[Commit]
    with_vectors: bool

    def only(self, commits: Iterable[Commit]) -> Batch:
        """The part of it that is these commits."""
        ids = {c.id for c in commits}
        owned = [(c, whose) for c, whose in self.owned if c.id in ids]
        return Batch(owned, [c for c in self.speaking if c.id in ids], self.with_vectors)

    def of(self, company: str) -> list[Commit]:
        """The commits of one company."""
        return [commit for commit, whose in self.owned if company in whose]

    def ids(self) -> list[str]:
        """The commits' ids."""
        return [commit.id for commit, _whose in self.owned]


@dataclass(frozen=True, slots=True)
class Reader:
    """What holds for all batches that one company reads in a drain."""

    intake: Intake
    company: str
    departed: Departed
    history: git.Ancestry
    result: Drained

    def read(self, batch: Batch) -> None:
        """Take the batch in; the commits at which orch makes a mistake are left unread in `result`."""
        commits = [commit for commit, _whose in batch.owned]
        mistakes = apart(commits, lambda part: self._read(batch.only(part)), self._suspected)
        self.result.leave_unread(self.company, mistakes)

    def _suspected(self) -> tuple[str, ...]:
        with self.intake.open_desk(self.company).store as store:
            return store.unread.commits()

    def _read(self, batch: Batch) -> None:
        mine = batch.of(self.company)
        _meet(self.intake, self.company, mine)
        desk = self.intake.open_desk(self.company)
        with desk.store as store:
            unseen = store.unseen(c.id for c in mine)
            changes = self._changes(store, [c for c in mine if c.id in unseen])
            told, back = self._said(changes)
            embedder = self.intake.embedder(desk)
            found = [(change, candidate) for change, each in told for candidate in each]
            vectors = vectors_of(embedder, desk, found) if batch.with_vectors else {}
            with store.transaction():
                self._look(desk, batch, unseen)
                store.catalogue.forget(self.departed.vanished)
                learnt = self._learn(desk, told, vectors, embedder.model)
                for change in changes:
                    _keep(store, change, back[change.commit.id])
                _mark_read(store, batch, mine)
                superseded = supersede(desk)
                place(desk, embedder.model)
        self._report(changes, superseded, learnt)

    def _changes(self, store: CompanyStore, news: list[Commit]) -> list[Change]:
        known = store.catalogue.seen(without=self.departed.vanished | {c.id for c in news})
        return list(changes_for(self.intake.repository, self.intake.group, known, self.company, news))

    def _said(self, changes: Sequence[Change]) -> tuple[Told, dict[str, list[Retirement]]]:
        """What each change teaches, and by commit what it takes back, also a revert without naming it."""
        told: Told = []
        back: dict[str, list[Retirement]] = {}
        for change in changes:  # asked together: each message is taken apart once
            told.append((change, candidates(self.intake.group, change)))
            back[change.commit.id] = [*taken_back(change)]
        for commit, beyond in undone(self.intake.repository, self.history, changes).items():
            back[commit] += beyond
        return told, back

    def _look(self, desk: Desk, batch: Batch, unseen: Collection[str]) -> None:
        """Remember which companies have a say in what is this one's, or was by its paths of before."""
        held = desk.store.evidence.behind_any(batch.ids())
        seen = [c for c, _whose in batch.owned if c.id in unseen or c.id in held]
        group, files = self.intake.group, desk.policy.files
        touch = looks(self.intake.repository, group, files, self.company, seen)
        desk.store.looks.add(touch, files_mark(desk))

    def _learn(self, desk: Desk, told: Told, vectors: Mapping[str, Sequence[float]], model: str) -> list[str]:
        """Write down what each change teaches. Returns the ids of what is new or changed."""
        store, left = desk.store, self.departed.left
        refused = store.insights.refused_of(left)
        lineage = Lineage(self.intake.repository, store, left, self.intake.rewritten, refused)
        learnt: list[str] = []
        for change, each in told:
            before = formers(lineage, change, each) if each else {}
            for candidate in each:
                insight, former = insight_of(change, candidate, before)
                vector = vectors.get(embedding_text(candidate.record.title, candidate.record.content))
                rewritten, gone = former.replaced, self.departed.vanished
                if take_in(desk, insight, vector, model, rewritten=rewritten, asked=former.asked, gone=gone):
                    learnt.append(insight.id)
                store.cited.put(insight.id, change.commit.authored_at, cited(change, candidate))
        return learnt

    def _report(self, changes: Sequence[Change], superseded: list[str], learnt: list[str]) -> None:
        result = self.result
        result.renamed.setdefault(self.company, {}).update(renames(changes))
        if superseded:
            result.superseded.setdefault(self.company, []).extend(superseded)
        if learnt:
            result.learnt.setdefault(self.company, []).extend(dict.fromkeys(learnt))


def _meet(intake: Intake, company: str, mine: Sequence[Commit]) -> None:
    """Remember the batch's authors first: the policy that judges it must know their names."""
    desk = intake.open_desk(company)
    with desk.store as store:
        new = {name for c in mine for name in (c.author, c.email)}.difference(store.people())
        if new:
            with store.transaction():
                store.put_people(sorted(new))


def _keep(store: CompanyStore, change: Change, back: Sequence[Retirement]) -> None:
    """The components that came and left with a change, what it takes back, and contents it waits for."""
    store.catalogue.leave(change.left, change.commit.id)
    topics = detect.births(change)
    for folder, name in change.components.items():
        store.catalogue.put(folder, name, topics.get(folder, ""), change.commit.id)
    store.superseding.add(change.commit, back)
    store.absent.put({change.commit.id: change.absent})


def _mark_read(store: CompanyStore, batch: Batch, mine: Sequence[Commit]) -> None:
    store.touched.add(OWN, mine)
    store.touched.add(SHARED, (c for c, whose in batch.owned if NOBODY in whose))
    store.touched.add(UNHEARD, batch.speaking)
    store.add_seen(batch.ids())
