"""What is due and where: the places of the configuration, and former ones that still hold something."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from orchestrator.desk import Desk
from orchestrator.model import Outcome
from orchestrator.reconcile.former import configured_targets
from orchestrator.rejudging import refresh
from orchestrator.relocation import follow, former_places, hand_over, places_at
from orchestrator.store.outbox import Row
from orchestrator.tasks import want_tasks
from orchestrator.wishes import GLOBAL, places


@dataclass(frozen=True, slots=True)
class Place:
    """One remote's place with its due rows; `former` ones the configuration no longer has.

    `anew`: whatever folder lies there is the right one, since a person said so. `vacate`: what moved from
    there is to be taken away, since a person said so. `stopped` are insights that
    somebody let go there and the policy of today holds back, with why.
    """

    name: str
    target: str
    rows: list[Row]
    former: bool = False
    anew: bool = False
    vacate: bool = False
    stopped: Mapping[str, str] = field(default_factory=dict)


def places_due(
    desk: Desk,
    remotes: Sequence[str],
    only: Sequence[str] | None,
    forced: Collection[str],
    *,
    former: Sequence[str] | None = None,
    forget: str = "",
    vacate: str = "",
    write: bool,
) -> list[Place]:
    """Due rows by place after wishes were refreshed; a dry run takes the refreshing back.

    Of former places those of the remotes `former` (None: of all) are listed, where they hold something
    that is to go. `forget`, `vacate`: see `push`.
    """
    found: list[Place] = []
    try:
        with desk.store.transaction():
            anew = _forget(desk, forget) if forget else frozenset()
            _renew(desk)
            found = [*_now(desk, remotes, only, forced), *_former(desk, former, only, forced)]
            left = places_at(desk.store, vacate) if vacate else []
            found = [
                replace(p, anew=p.target in anew, vacate=p.former and (p.name, p.target) in left)
                for p in found
            ]
            if not write:
                raise _TakeBack
    except _TakeBack:
        return found
    return found


def former_due(desk: Desk) -> list[Place]:
    """The former places that a push would find to be dealt with; nothing is written."""
    return places_due(desk, (), None, (), write=False)


def rows_of(desk: Desk, key: str) -> list[Row]:
    """Every row of an insight as a push would find it; the refreshing of wishes is taken back."""
    found: list[Row] = []
    try:
        with desk.store.transaction():
            _renew(desk)
            found = desk.store.outbox.of(key)
            raise _TakeBack
    except _TakeBack:
        return found


def _renew(desk: Desk) -> None:
    targets = configured_targets(desk)
    follow(desk.store, targets)  # a folder may have come back, or become a link, since the last drain
    refresh(desk)
    want_tasks(desk)
    hand_over(desk.store, targets)


def _forget(desk: Desk, shown: str) -> frozenset[str]:
    """Believe nothing any more of what was put at a place; its targets."""
    store, targets, found = desk.store, configured_targets(desk), places_at(desk.store, shown)
    for name, target in found:
        store.places.forget_mark(target)
        if targets.get(name) == target:
            store.places.doubt((name, target))
        else:
            store.places.forget((name, target))
    return frozenset(target for _name, target in found)


def _now(
    desk: Desk, remotes: Sequence[str], only: Sequence[str] | None, forced: Collection[str]
) -> Iterator[Place]:
    targets = configured_targets(desk)
    held = list(_stopped(desk, only))
    for name in remotes:
        rows = desk.store.outbox.due(name, targets[name], keys=only, forced=forced)
        stopped = {key: why for key, why, leads in held if (name, targets[name]) in leads}
        yield Place(name, targets[name], rows, stopped=stopped)


def _stopped(
    desk: Desk, only: Sequence[str] | None
) -> Iterator[tuple[str, str, Collection[tuple[str, str]]]]:
    """(id, why, the group's places it would have gone to) of what became wrong since a person's yes."""
    company = desk.group.company(desk.company)
    for key in desk.store.verdicts.stopped():
        insight = desk.store.insights.get(key)
        verdict = desk.store.verdicts.of(insight) if insight else None
        if insight is None or verdict is None or not (only is None or key in only):
            continue
        rules = {f.rule for f in verdict.findings if f.outcome in (Outcome.REVIEW, Outcome.BLOCK)}
        leads = [p for p in places(insight.record.kind, company, desk.group) if p[0].startswith(GLOBAL)]
        yield key, ", ".join(sorted(rules)), leads


def _former(
    desk: Desk, names: Sequence[str] | None, only: Sequence[str] | None, forced: Collection[str]
) -> Iterator[Place]:
    for name, target in former_places(desk.store, configured_targets(desk)):
        if (names is None or name in names) and desk.store.places.is_due((name, target), only):
            rows = desk.store.outbox.due(name, target, keys=only, forced=forced)
            yield Place(name, target, rows, former=True)


class _TakeBack(Exception):  # noqa: N818 - not an error: it only unwinds the transaction
    """Rolls a dry run's transaction back."""
