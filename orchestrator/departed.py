"""What left history: commits amended, rebased away, dropped or pruned, and what only they taught."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from typing import NamedTuple

from orchestrator import git
from orchestrator.clock import now
from orchestrator.desk import Desk
from orchestrator.git.tags import held
from orchestrator.ledger import redate, rewish
from orchestrator.model import Insight
from orchestrator.store.company import CompanyStore


class Departed(NamedTuple):
    """`left`: what no branch or HEAD reaches any more. `vanished`: what no tag reaches, either; only that
    is forgotten. `holders`: what tags hold of the others, to be read like refs from now on.
    """

    left: set[str]
    vanished: set[str]
    holders: dict[str, str]


def departed(
    repository: git.Repository, store: CompanyStore, read: Mapping[str, str], tips: Mapping[str, str]
) -> Departed:
    """Commits of a company's past that left its branches, those of an interrupted drain too.

    A tag is no branch: it teaches nothing, and what was rewritten below it has the new commit's words. But
    what it holds was not taken back (ADR 0050).
    """
    left = _left(repository, store, read, tips)
    kept, holders = held(repository, left, tips.values())
    return Departed(left, left - kept, holders)


def departed_from_others(
    repository: git.Repository, store: CompanyStore, read: Mapping[str, str], tips: Iterable[str]
) -> Departed:
    """What left the refs of `read`, while others cannot be read: what these hold nobody knows, so nothing is
    to be forgotten. `tips` are those that can be read. Of what git has no more, or cannot follow, the ends
    are told: what left below them is looked for once all refs can be read.
    """
    before, ends = {*read.values(), *store.seen()}, list(tips)
    left = git.vanished(repository, before, ends)
    return Departed(git.lost(repository, before, ends) if left is None else left, set(), {})


def _left(
    repository: git.Repository, store: CompanyStore, read: Mapping[str, str], tips: Mapping[str, str]
) -> set[str]:
    """Commits of a company's past that no tip reaches any more.

    Where git has pruned a former tip or what it stood on, it cannot say what lay below, and a store that is
    read from the beginning has no former tips: then every commit that taught something is looked up. Not in
    a shallow clone, where a commit may be missing because history was cut off, not rewritten.
    """
    before = {*read.values(), *store.seen()}
    gone = git.vanished(repository, before, tips.values())
    if gone is not None and before:
        return gone
    known = {*store.evidence.commits(), *store.touched.commits()}
    if git.shallow_mark(repository) or not known:
        return git.lost(repository, before, tips.values())
    return git.lost(repository, known | before, tips.values())


def forget(desk: Desk, gone: AbstractSet[str]) -> list[str]:
    """Forget these commits, and supersede what no commit of history carries any more; those ids.

    Joins the caller's transaction.
    """
    for insight_id in desk.store.evidence.forget_commits(gone):
        if (insight := desk.store.insights.get(insight_id)) is not None:
            redate(desk, insight)
    desk.store.superseding.forget(gone)
    desk.store.touched.forget(gone)
    desk.store.looks.forget(gone)
    desk.store.absent.forget(gone)
    desk.store.catalogue.forget(gone)
    return [_supersede(desk, insight) for insight in desk.store.insights.without_evidence()]


def _supersede(desk: Desk, insight: Insight) -> str:
    """No commit of history carries it any more: wish its remote objects away."""
    desk.store.insights.set_state(insight.id, "superseded", now())
    fresh = desk.store.insights.get(insight.id)
    if fresh is not None:
        rewish(desk, fresh, None)
    desk.store.index.remove([insight.id])
    return insight.id
