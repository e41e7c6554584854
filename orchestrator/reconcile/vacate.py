"""Leaving a place that the configuration no longer has: not before the present one holds what it is to hold.

A mistyped name, or a site that is down, must not empty the only place where something lies. And an object
that went along (a renamed project, pages that were moved) is not taken away under its former name.
"""

from __future__ import annotations

from collections.abc import Mapping

from orchestrator.ledger import Desk
from orchestrator.reconcile.due import Place
from orchestrator.reconcile.former import configured_targets
from orchestrator.reconcile.report import RemoteReport
from orchestrator.store.outbox import Row
from orchestrator.wishes import place_at

ONE_OBJECT = frozenset({"jira", "confluence"})  # a reference there means one object of the whole site


def leaving(
    desk: Desk, place: Place, present: RemoteReport | None, *, dry_run: bool
) -> tuple[list[Row], int]:
    """The rows of a former place that may be dealt with now, and how many wait for the present place.

    `present` is what this push reports of the place that the configuration has now.
    """
    there = _there(desk, place)
    failed = present is None or bool(present.error)
    refused = present.refused if present else {}

    def may_go(row: Row) -> bool:
        now = there.get(row.key)
        if now is None or not now.wanted_hash or now.state == "dropped":
            return True
        if dry_run:
            return not failed and row.key not in refused
        return now.state == "ready" and now.wanted_hash == now.sent_hash

    rows = [row for row in place.rows if may_go(row)]
    return rows, len(place.rows) - len(rows)


def gone_along(desk: Desk, place: Place, present: RemoteReport | None) -> dict[str, str]:
    """{key: reference} of the present place's objects, where it means one object of the whole site."""
    if place_at(place.target).kind not in ONE_OBJECT:
        return {}
    met = {s.key: s.observed.ref for s in present.steps if s.observed} if present else {}
    return met | {key: row.ref for key, row in _there(desk, place).items() if row.ref}


def _there(desk: Desk, place: Place) -> Mapping[str, Row]:
    target = configured_targets(desk).get(place.name, "")
    return {row.key: row for row in desk.store.outbox.at(place.name, target)}
