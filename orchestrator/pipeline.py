"""drain(): what git knows and we do not → insights, verdicts, vectors and wishes. READ FIRST.

Git is the truth: the refs as they are now are compared with the refs as they were when a store was
last brought up to date, and git lists the commits between. Hooks and the watcher only nudge. Each
company's batch is one transaction of its own store; what left history is forgotten, and the refs are
moved on, in one last transaction. So a drain may be killed anywhere and run again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Protocol, TypeVar

from orchestrator import detect, git
from orchestrator.attribution import NOBODY, Owned, changes_for, confidential_commits, owners
from orchestrator.config.group import Group
from orchestrator.departed import departed, forget
from orchestrator.errors import StoreError
from orchestrator.identity import Lineage, as_insight, insight_of
from orchestrator.learnt import take_in
from orchestrator.ledger import Desk
from orchestrator.model import Candidate, Change, Commit, Retirement, insight_id, record_version
from orchestrator.read_before import files_mark, head, local_tips, marks, read_before
from orchestrator.rejudging import refresh
from orchestrator.staleness import cited, look
from orchestrator.store.company import CompanyStore
from orchestrator.store.touched import OWN, SHARED
from orchestrator.superseding import supersede
from orchestrator.twins import place

ADOPTED = "\nOrch-Origin-Tree:"  # the trailer of a component that another company shared
BATCH = 1000  # commits a transaction: bounds memory and what a kill makes us read again

OpenDesk = Callable[[str], Desk]
Taught = list[tuple[Change, Candidate]]
T = TypeVar("T")


class Passages(Protocol):
    """What makes the vectors of one store."""

    @property
    def model(self) -> str:
        """The id of the model that the vectors are of."""
        ...

    def passages(self, texts: Sequence[str]) -> Sequence[Sequence[float]]:
        """One vector a text, or nothing at all when no model is there."""
        ...


@dataclass(slots=True)
class Drained:
    """What a drain found: commits read, insights by company (new, changed), superseded ones.

    `moved` says that some ref was elsewhere than when a store was last brought up to date. `failed`
    are companies whose store cannot be used: the others' are drained all the same, theirs once it can.
    """

    moved: bool = False
    commits: int = 0
    learnt: dict[str, list[str]] = field(default_factory=dict)
    superseded: dict[str, list[str]] = field(default_factory=dict)
    failed: dict[str, StoreError] = field(default_factory=dict)

    def each(self, companies: Iterable[str], work: Callable[[str], T]) -> dict[str, T]:
        """What `work` gives for each company whose store can be used; the failures are kept."""
        done = {}
        for company in companies:
            if company not in self.failed:
                try:
                    done[company] = work(company)
                except StoreError as e:
                    self.failed[company] = e
        return done


@dataclass(frozen=True, slots=True)
class Intake:
    """What a drain needs: the repository, the group, and its effects as functions.

    `open_desk` opens one company's store, `embedder` is what makes the vectors of a store; `rewritten` is
    what post-rewrite told: old commit → new commit. Only the stores of `companies` are opened (None: of
    all).
    """

    repository: git.Repository
    group: Group
    open_desk: OpenDesk
    embedder: Callable[[Desk], Passages]
    rewritten: Mapping[str, str] = field(default_factory=dict)
    companies: Sequence[str] | None = None
    on_progress: Callable[[int, int], None] = lambda _done, _of: None


def drain(intake: Intake) -> Drained:
    """Read everything that is new in git into the companies' stores. Returns what was found."""
    result = Drained()
    tips = local_tips(intake.repository)
    for read, companies in _by_tips(intake, bool(tips), result).items():
        if dict(read) != tips:
            result.moved = True
            _catch_up(intake, dict(read), tips, companies, result)
    return result


def _by_tips(
    intake: Intake, any_commits: bool, result: Drained
) -> dict[frozenset[tuple[str, str]], list[str]]:
    """Companies grouped by what they have read: usually one group, so that git is read once.

    On the way each store is brought in line with the policy and the configuration of this moment.
    """

    def read(company: str) -> dict[str, str]:
        desk = intake.open_desk(company)
        with desk.store:
            refresh(desk)
            place(desk, intake.embedder(desk).model)
            return read_before(desk, intake.repository, restart=any_commits)

    groups: dict[frozenset[tuple[str, str]], list[str]] = {}
    everyone = [c.id for c in intake.group.companies]
    chosen = everyone if intake.companies is None else intake.companies
    for company, tips in result.each(chosen, read).items():
        groups.setdefault(frozenset(tips.items()), []).append(company)
    return groups


def _catch_up(
    intake: Intake, read: dict[str, str], tips: dict[str, str], companies: list[str], result: Drained
) -> None:
    gone = result.each(companies, lambda company: _departed(intake, company, read, tips))
    total = 0
    for batch in _batches(git.new_commits(intake.repository, tips.values(), read.values())):
        if not total and len(batch) == BATCH:  # a long reading: somebody wants to know how long
            total = git.count_new(intake.repository, tips.values(), read.values())
        result.commits += len(batch)
        whose = owners(intake.repository, intake.group, batch)
        result.each(gone, lambda c: _take_in(intake, c, whose, gone[c], result))  # noqa: B023 - called here
        intake.on_progress(result.commits, max(total, result.commits))
    result.each(gone, lambda company: _tell_again(intake, company, gone[company], result))
    result.each(gone, lambda company: _finish(intake, company, tips, gone[company], result))


def _batches(commits: Iterator[Commit]) -> Iterator[list[Commit]]:
    while batch := list(islice(commits, BATCH)):
        yield batch


def _departed(intake: Intake, company: str, read: dict[str, str], tips: dict[str, str]) -> set[str]:
    desk = intake.open_desk(company)
    with desk.store as store:
        return departed(intake.repository, store, read, tips)


def _take_in(
    intake: Intake,
    company: str,
    batch: Owned,
    gone: set[str],
    result: Drained,
) -> None:
    """One batch, of which some is this company's, into its store, in one transaction."""
    mine = [commit for commit, found in batch if company in found]
    _meet(intake, company, mine)
    desk = intake.open_desk(company)
    with desk.store as store:
        unseen = store.unseen(c.id for c in mine)
        news = [c for c in mine if c.id in unseen]
        known = store.components(without=gone | {c.id for c in news})
        changes = list(changes_for(intake.repository, intake.group, known, company, news))
        found = [(change, c) for change in changes for c in _candidates(intake.group, change)]
        embedder = intake.embedder(desk)
        vectors = _vectors(embedder, desk, found) if len(batch) < BATCH else {}  # else once all is read
        lineage = Lineage(intake.repository, store.insights, gone, intake.rewritten)
        learnt: list[str] = []
        with store.transaction():
            touch = confidential_commits(intake.repository, intake.group, desk.policy.files, company, news)
            store.confidential.add(touch, files_mark(desk.policy))
            store.forget_components(gone)
            for change, candidate in found:
                insight, rewritten = insight_of(lineage, change, candidate)
                vector = vectors.get(embedding_text(candidate.record.title, candidate.record.content))
                if take_in(desk, insight, vector, embedder.model, rewritten=rewritten, gone=gone):
                    learnt.append(insight.id)
                store.cited.put(insight.id, change.commit.authored_at, cited(change, candidate))
            for change in changes:
                for folder, name in change.components.items():
                    store.put_component(folder, name, change.commit.id)
                store.superseding.add(change.commit, _taken_back(change))
            store.touched.add(OWN, mine)
            store.touched.add(SHARED, (c for c, found in batch if NOBODY in found))
            store.add_seen(c.id for c, _found in batch)
            superseded = supersede(desk)
            place(desk, embedder.model)
    if superseded:
        result.superseded.setdefault(company, []).extend(superseded)
    if learnt:
        result.learnt.setdefault(company, []).extend(dict.fromkeys(learnt))


def _tell_again(intake: Intake, company: str, gone: set[str], result: Drained) -> None:
    """Words that left with their commit give way to those of a commit that stays, one an insight."""
    desk = intake.open_desk(company)
    with desk.store as store:
        while gone and (unsaid := store.insights.unsaid(gone)):
            told = _told_by(intake, store, {commit for commit, _says in unsaid.values()}, gone)
            vectors = _vectors(intake.embedder(desk), desk, told)
            with store.transaction():
                for insight_id, (commit, says) in unsaid.items():
                    here = [(change, c) for change, c in told if change.commit.id == commit]
                    _retell(intake, desk, insight_id, commit, _saying(insight_id, says, here), vectors, gone)
            result.learnt.setdefault(company, []).extend(unsaid)


def _told_by(intake: Intake, store: CompanyStore, commits: set[str], gone: set[str]) -> Taught:
    """What these commits, read before, teach the company."""
    batch = owners(intake.repository, intake.group, git.these_commits(intake.repository, commits))
    mine = [commit for commit, found in batch if store.company in found]
    known = store.components(without=gone | commits)
    changes = changes_for(intake.repository, intake.group, known, store.company, mine)
    return [(change, c) for change in changes for c in _candidates(intake.group, change)]


def _saying(insight_id: str, says: str, told: Taught) -> tuple[Change, Candidate] | None:
    """What of it is the insight: by its words, else (a newer detector words it otherwise) by its topic."""
    by_words = (t for t in told if record_version(t[1].record) == says)
    by_topic = (t for t in told if insight_id == _own_id(*t))
    return next(by_words, None) or next(by_topic, None)


def _own_id(change: Change, candidate: Candidate) -> str:
    return insight_id(change.company, candidate.record.kind, candidate.topic)


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
        desk.store.insights.forget_said(insight_id, commit)
        return
    insight = replace(as_insight(*told), id=insight_id)
    vector = vectors.get(embedding_text(insight.record.title, insight.record.content))
    take_in(desk, insight, vector, intake.embedder(desk).model, rewritten=False, retold=True, gone=gone)


def _meet(intake: Intake, company: str, mine: list[Commit]) -> None:
    """Remember the batch's authors first: the policy that judges it must know their names."""
    desk = intake.open_desk(company)
    with desk.store as store:
        new = {name for c in mine for name in (c.author, c.email)}.difference(store.people())
        if new:
            with store.transaction():
                store.put_people(sorted(new))


def _candidates(group: Group, change: Change) -> tuple[Candidate, ...]:
    """What a change teaches; a component that another company shared arrives, it is not learnt."""
    return () if ADOPTED in change.commit.message else detect.detect(change, group.language)


def _taken_back(change: Change) -> tuple[Retirement, ...]:
    """What a change says of earlier learnings; a component that another company shared says nothing."""
    return () if ADOPTED in change.commit.message else detect.retirements(change)


def _vectors(embedder: Passages, desk: Desk, found: Taught) -> dict[str, Sequence[float]]:
    """One vector a new text; empty when no model answers (they are embedded later)."""
    texts: dict[str, None] = {}
    for change, candidate in found:
        known = desk.store.insights.get(_own_id(change, candidate))
        if known is None or known.record != candidate.record:
            texts[embedding_text(candidate.record.title, candidate.record.content)] = None
    return dict(zip(texts, embedder.passages(list(texts)), strict=False)) if texts else {}


def embedding_text(title: str, content: str) -> str:
    """What is embedded of a learning: its title, and its content unless that only repeats it."""
    return title if content.startswith(title) and len(content) <= len(title) + 1 else f"{title}\n{content}"


def _finish(intake: Intake, company: str, tips: Mapping[str, str], gone: set[str], result: Drained) -> None:
    """Forget what left history and move the refs on, in one transaction; then hide new names."""
    desk = intake.open_desk(company)
    with desk.store as store:
        with store.transaction():
            superseded = [*forget(desk, gone), *supersede(desk)]
            store.advance({**tips, **marks(desk, intake.repository)})
            store.confidential.keep_only(files_mark(desk.policy))
        refresh(desk)
        place(desk, intake.embedder(desk).model)
        look(intake.repository, store, head(tips))
    if superseded:
        result.superseded.setdefault(company, []).extend(superseded)
