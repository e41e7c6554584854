"""drain(): what git knows and we do not → insights, verdicts, vectors and wishes. READ FIRST.

Git is the truth: the refs as they are now are compared with the refs as they were when a store was
last brought up to date, and git lists the commits between. Hooks and the watcher only nudge. Each
company's batch is one transaction of its own store; what left history is forgotten, and the refs are
moved on, in one last transaction. So a drain may be killed anywhere and run again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain, islice
from typing import NamedTuple

from orchestrator import git
from orchestrator.anchoring import anchor_again
from orchestrator.apart import apart
from orchestrator.attribution import Owned, owners, unheard
from orchestrator.batches import Batch, Reader
from orchestrator.carried import carry
from orchestrator.departed import Departed, departed, departed_from_others, forget
from orchestrator.errors import UnreadableError
from orchestrator.git.damage import unreadable, unreadable_commits, unreadable_refs
from orchestrator.git.tags import standing
from orchestrator.intake import Drained, Intake
from orchestrator.model import Commit
from orchestrator.read_before import files_mark, former_ends, head, local_refs, marks, read_before
from orchestrator.refusing import tell
from orchestrator.rejudging import refresh
from orchestrator.retelling import tell_again
from orchestrator.staleness import look
from orchestrator.store.company import CompanyStore
from orchestrator.superseding import supersede
from orchestrator.twins import place

BATCH = 1000  # commits a transaction: bounds memory and what a kill makes us read again


class _Read(NamedTuple):
    """Up to where stores have read, whether a drain of theirs broke off above that, and the commits below
    that are to be read again: a partial clone has their contents now, or orch made a mistake at them.
    """

    tips: frozenset[tuple[str, str]]
    broke_off: bool
    again: frozenset[str]


class _Span(NamedTuple):
    """From where to where is read, ref → commit; `stays` are refs that cannot be read: they are where they
    were.
    """

    read: dict[str, str]
    tips: dict[str, str]
    stays: frozenset[str]

    def sound(self, refs: Mapping[str, str]) -> dict[str, str]:
        """Those of these refs that can be read."""
        return {name: commit for name, commit in refs.items() if name not in self.stays}


def drain(intake: Intake) -> Drained:
    """Read everything that is new in git into the companies' stores. Returns what was found.

    Raises UnreadableError where git can read no ref at all.
    """
    result = Drained()
    refs = local_refs(intake.repository)
    if refs.damaged and not refs.tips:
        raise refs.why or unreadable_refs(refs.names.values())
    for read, companies in _by_tips(intake, bool(refs.tips), result).items():
        commits = result.commits
        try:
            damaged = refs.damaged
            _read_up_to(intake, refs.tips, damaged, read, companies, result)
        except UnreadableError:
            known = {commit for _name, commit in read.tips}  # `carry` reads below these again
            more = unreadable(intake.repository, refs.tips, known) or unreadable(intake.repository, refs.tips)
            damaged = refs.damaged | more
            if damaged == refs.damaged or damaged.issuperset(refs.tips):
                raise
            result.commits = commits
            _read_up_to(intake, refs.tips, damaged, read, companies, result)
        result.damaged = sorted({*result.damaged, *(refs.names[name] for name in damaged)})
    return result


def _read_up_to(
    intake: Intake,
    tips: Mapping[str, str],
    damaged: frozenset[str],
    read: _Read,
    companies: list[str],
    result: Drained,
) -> None:
    before = dict(read.tips)
    stay = {name: before[name] for name in damaged if name in before}
    now = {name: tip for name, tip in tips.items() if name not in damaged}
    span = _Span(before, {**now, **standing(intake.repository, before), **stay}, damaged)
    if before != span.tips or read.broke_off or read.again:
        result.moved = True
        _catch_up(intake, span, read.again, companies, result)


def _by_tips(intake: Intake, any_commits: bool, result: Drained) -> dict[_Read, list[str]]:
    """Companies grouped by what they have read: usually one group, so that git is read once.

    On the way each store is brought in line with the policy and the configuration of this moment.
    """

    def read(company: str) -> _Read:
        desk = intake.open_desk(company)
        with desk.store:
            refresh(desk)
            place(desk, intake.embedder(desk).model)
            tips = read_before(desk, intake.repository, restart=any_commits)
            again = _arrived(intake, desk.store).union(desk.store.unread.commits())
            return _Read(frozenset(tips.items()), desk.store.broke_off(), again)

    groups: dict[_Read, list[str]] = {}
    everyone = [c.id for c in intake.group.companies]
    chosen = everyone if intake.companies is None else intake.companies
    result.each(chosen, lambda company: _tell(intake, company))  # all, before any is judged by it
    for company, found in result.each(chosen, read).items():
        groups.setdefault(found, []).append(company)
    return groups


def _arrived(intake: Intake, store: CompanyStore) -> frozenset[str]:
    """The commits of which a partial clone lacked contents and has all of them now."""
    waiting = store.absent.waiting()
    if not waiting:
        return frozenset()
    away = git.absent(intake.repository, chain.from_iterable(waiting.values()))
    left = {commit: blobs & away for commit, blobs in waiting.items()}
    fewer = {commit: blobs for commit, blobs in left.items() if blobs and blobs != waiting[commit]}
    if fewer:
        with store.transaction():
            store.absent.put(fewer)
    return frozenset(commit for commit, blobs in left.items() if not blobs)


def _catch_up(
    intake: Intake, span: _Span, again: frozenset[str], companies: list[str], result: Drained
) -> None:
    read, tips = span.read, span.sound(span.tips)
    gone = result.each(companies, lambda company: _departed(intake, company, span))
    total, history = 0, git.Ancestry(intake.repository, tips.values())
    if span.stays:  # one that cannot be read may hold what left the others
        damaged = unreadable_commits(intake.repository, again)
        for company in gone:
            result.leave_unread(company, damaged)
        again = again.difference(damaged)
    else:
        again = again.difference(*(departed.left for departed in gone.values()))
    before = git.these_commits(intake.repository, again) if again else ()
    news = git.new_commits(intake.repository, tips.values(), read.values())
    for batch in _batches(chain(before, news)):
        if not total and len(batch) == BATCH:  # a long reading: somebody wants to know how long
            total = git.count_new(intake.repository, tips.values(), read.values())
        result.commits += len(batch)
        whose, speaking = _whose(intake, batch, gone, result)
        edge = git.shallow_boundary(intake.repository)
        known = _taught(intake, gone, [c.id for c in speaking])
        lost = [c for c in speaking if c.id not in edge and c.id not in known]
        result.unheard = list(dict.fromkeys([*result.unheard, *(c.id for c in lost)]))
        cut_off = (c.id for c in speaking if c.id in edge and c.id not in known)
        result.cut_off = list(dict.fromkeys([*result.cut_off, *cut_off]))
        read_it = Batch(whose, lost, with_vectors=len(batch) < BATCH)  # else once all is read
        result.each(gone, lambda c: Reader(intake, c, gone[c], history, result).read(read_it))  # noqa: B023 - called here
        intake.on_progress(result.commits, max(total, result.commits))
    # Where something stays unread, nothing has left yet.
    whole = [] if span.stays else [company for company in gone if company not in result.unread]
    result.each(whole, lambda company: carry(intake, company, gone[company], tips))
    result.each(whole, lambda company: tell_again(intake, company, gone[company].vanished, result))
    result.each(gone, lambda company: _finish(intake, company, span, gone[company], result))
    result.failed |= result.mistakes()


def _whose(
    intake: Intake, batch: list[Commit], companies: Iterable[str], result: Drained
) -> tuple[Owned, list[Commit]]:
    """Whose each commit is, and those that speak to orch and are nobody's; where it cannot be told, no
    company has read it.
    """
    found: Owned = []
    speaking: list[Commit] = []

    def tell(commits: list[Commit]) -> None:
        whose = owners(intake.repository, intake.group, commits)
        speaking.extend(unheard(whose))
        found.extend(whose)

    mistakes = apart(batch, tell, most=len(batch))
    for company in companies:
        result.leave_unread(company, mistakes)
    return found, speaking


def _taught(intake: Intake, companies: Iterable[str], commits: Sequence[str]) -> set[str]:
    """Those of these commits that a company learnt from, by the paths that it had before."""
    found: set[str] = set()
    for company in companies if commits else ():
        with intake.open_desk(company).store as store:
            found |= store.evidence.behind_any(commits)
    return found


def _batches(commits: Iterator[Commit]) -> Iterator[list[Commit]]:
    while batch := list(islice(commits, BATCH)):
        yield batch


def _departed(intake: Intake, company: str, span: _Span) -> Departed:
    with intake.open_desk(company).store as store:
        if span.stays:
            read, tips = span.sound(span.read), span.sound(span.tips).values()
            return departed_from_others(intake.repository, store, read, tips)
        return departed(intake.repository, store, span.read, span.tips)


def _tell(intake: Intake, company: str) -> None:
    """Every no of a company, should its file be away or hold less."""
    desk = intake.open_desk(company)
    with desk.store as store:
        anchor_again(intake, store)
        tell(desk)


def _finish(intake: Intake, company: str, span: _Span, departed: Departed, result: Drained) -> None:
    """Forget what left history and move the refs on, in one transaction; then hide new names.

    Where commits or refs stay unread, nobody knows what they say: then what left is kept in mind, and nothing
    forgotten before they are read.
    """
    desk, unread = intake.open_desk(company), result.unread.get(company, {})
    half = bool(unread or span.stays)
    with desk.store as store:
        with store.transaction():
            superseded = [] if half else [*forget(desk, departed.vanished), *supersede(desk)]
            ends = former_ends(span.read, departed.left) if half else {}
            store.advance({**span.tips, **departed.holders, **ends, **marks(desk, intake.repository)})
            store.unread.keep(unread)
            store.looks.keep_only(files_mark(desk))
        if waiting := store.absent.blobs():
            result.absent[company] = len(waiting)
        refresh(desk)
        tell(desk)  # other paths may have made a commit one of others, too
        place(desk, intake.embedder(desk).model)
        look(intake.repository, store, head(span.sound(span.tips)), result.renamed.get(company, {}))
    if superseded:
        result.superseded.setdefault(company, []).extend(superseded)
