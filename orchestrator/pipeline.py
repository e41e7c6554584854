"""drain(): what git knows and we do not → insights, verdicts, vectors and wishes. READ FIRST.

Git is the truth: the refs as they are now are compared with the refs as they were when a store was
last brought up to date, and git lists the commits between. Hooks and the watcher only nudge. Each
company's batch is one transaction of its own store; what left history is forgotten, and the refs are
moved on, in one last transaction. So a drain may be killed anywhere and run again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from itertools import islice
from typing import TypeVar

from orchestrator import detect, git
from orchestrator.attribution import NOBODY, Owned, changes_for, confidential_commits, owners
from orchestrator.config.group import Group
from orchestrator.departed import departed, forget
from orchestrator.errors import StoreError
from orchestrator.identity import Lineage, insight_of
from orchestrator.ledger import Desk, take_in
from orchestrator.model import Candidate, Change, Commit, insight_id
from orchestrator.read_before import files_mark, local_tips, marks, read_before
from orchestrator.rejudging import refresh
from orchestrator.store.company import CompanyStore
from orchestrator.store.touched import OWN, SHARED

ADOPTED = "\nOrch-Origin-Tree:"  # the trailer of a component that another company shared
BATCH = 1000  # commits a transaction: bounds memory and what a kill makes us read again

Embed = Callable[[Sequence[str]], Sequence[Sequence[float]]]
OpenDesk = Callable[[str], Desk]
T = TypeVar("T")


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

    `open_desk` opens one company's store; `embed` gives one vector a text, or nothing at all when
    no model is there; `rewritten` is what post-rewrite told: old commit → new commit. Only the stores of
    `companies` are opened (None: of all).
    """

    repository: git.Repository
    group: Group
    open_desk: OpenDesk
    embed: Embed
    model: str
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
    again: AbstractSet[str] = frozenset(),
) -> None:
    """One batch, of which some is this company's, into its store, in one transaction.

    `again` are insights that lost evidence, and these the commits that stay of it, read before: those
    insights whose words none of them says are told anew.
    """
    mine = [commit for commit, found in batch if company in found]
    _meet(intake, company, mine)
    desk = intake.open_desk(company)
    with desk.store as store:
        unseen = store.unseen(c.id for c in mine)
        news = mine if again else [c for c in mine if c.id in unseen]
        known = store.components(without=gone | {c.id for c in news})
        changes = list(changes_for(intake.repository, intake.group, known, company, news))
        found = [(change, c) for change in changes for c in _candidates(intake.group, change)]
        vectors = _vectors(intake, desk, found) if len(batch) < BATCH else {}  # else once all is read
        lineage = Lineage(intake.repository, store.insights, gone, intake.rewritten)
        learnt: list[str] = []
        unsaid = _unsaid(store, again, [candidate for _change, candidate in found])
        with store.transaction():
            touch = confidential_commits(intake.repository, intake.group, desk.policy.files, company, news)
            store.confidential.add(touch, files_mark(desk.policy))
            store.insights.forget_evidence(of=unsaid)
            store.forget_components(gone)
            for change, candidate in found:
                insight, rewritten = insight_of(lineage, change, candidate)
                if again and insight.id not in unsaid and store.insights.tells(insight.id, change.commit.id):
                    continue  # as it does
                vector = vectors.get(embedding_text(candidate.record.title, candidate.record.content))
                if take_in(desk, insight, vector, intake.model, rewritten=rewritten, gone=gone):
                    learnt.append(insight.id)
            for change in changes:
                for folder, name in change.components.items():
                    store.put_component(folder, name, change.commit.id)
            store.touched.add(OWN, mine)
            store.touched.add(SHARED, (c for c, found in batch if NOBODY in found))
            store.add_seen(c.id for c, _found in batch)
    if learnt:
        result.learnt.setdefault(company, []).extend(dict.fromkeys(learnt))


def _tell_again(intake: Intake, company: str, gone: set[str], result: Drained) -> None:
    """What loses a part of its evidence is compared with the commits that stay: its words may be gone."""
    desk = intake.open_desk(company)
    with desk.store as store:
        retold = store.insights.retold_by(gone) if gone else {}
    if retold:
        stay = git.these_commits(intake.repository, {c for commits in retold.values() for c in commits})
        batch = owners(intake.repository, intake.group, stay)
        _take_in(intake, company, batch, gone, result, retold.keys())


def _unsaid(store: CompanyStore, insights: Iterable[str], candidates: Iterable[Candidate]) -> set[str]:
    """Those insights whose words are none of the candidates'; of a document, the last ones count."""
    said = {candidate.record for candidate in candidates}
    known = (store.insights.get(i) for i in insights)
    return {i.id for i in known if i and (i.record not in said or i.detector == "decisions")}


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


def _vectors(intake: Intake, desk: Desk, found: list[tuple[Change, Candidate]]) -> dict[str, Sequence[float]]:
    """One vector a new text; empty when no model answers (they are embedded later)."""
    texts: dict[str, None] = {}
    for change, candidate in found:
        known = desk.store.insights.get(insight_id(change.company, candidate.record.kind, candidate.topic))
        if known is None or known.record != candidate.record:
            texts[embedding_text(candidate.record.title, candidate.record.content)] = None
    return dict(zip(texts, intake.embed(list(texts)), strict=False)) if texts else {}


def embedding_text(title: str, content: str) -> str:
    """What is embedded of a learning: its title, and its content unless that only repeats it."""
    return title if content.startswith(title) and len(content) <= len(title) + 1 else f"{title}\n{content}"


def _finish(intake: Intake, company: str, tips: Mapping[str, str], gone: set[str], result: Drained) -> None:
    """Forget what left history and move the refs on, in one transaction; then hide new names."""
    desk = intake.open_desk(company)
    with desk.store as store:
        with store.transaction():
            superseded = forget(desk, gone)
            store.advance({**tips, **marks(desk, intake.repository)})
            store.confidential.keep_only(files_mark(desk.policy))
        refresh(desk)
    if superseded:
        result.superseded.setdefault(company, []).extend(superseded)
