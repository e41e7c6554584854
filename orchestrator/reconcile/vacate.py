"""Leaving a place that the configuration no longer has: not before the present one holds what it is to hold.

A mistyped name, or a site that is down, must not empty the only place where something lies: what is wanted
at the present place goes from the former one by a person's word alone, since a name that exists, or a folder
that orch makes, may be mistyped too. And an object that went along (a renamed project, pages that were moved)
is not taken away under its former name.
"""

from __future__ import annotations

import shlex
from collections.abc import Mapping

from orchestrator.desk import Desk
from orchestrator.i18n import _, ngettext
from orchestrator.reconcile.due import Place
from orchestrator.reconcile.former import configured_targets
from orchestrator.reconcile.plan import Action
from orchestrator.reconcile.report import RemoteReport
from orchestrator.store.outbox import Row
from orchestrator.wishes import place_at, place_shown

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


def staying(desk: Desk, place: Place) -> frozenset[str]:
    """The keys that a former place keeps until a person says otherwise: the present place wants them too."""
    if not place.former or place.vacate:
        return frozenset()
    return frozenset(key for key, row in _there(desk, place).items() if row.wanted_hash)


def tell_staying(report: RemoteReport, place: Place) -> None:
    """Say what stays at a former place, and by which word it goes."""
    n = report.count(Action.STAY)
    if not n or report.error:
        return
    told = ngettext("{n} moved and still lies here, too", "{n} moved and still lie here, too", n)
    ways = _(
        "if the new place is the right one: `orch push --vacate {place}` takes it away here, `orch push "
        "--forget {place}` leaves it; else correct the place in .orch/config.toml"
    )
    shown = shlex.quote(place_shown(place.target))
    report.fail("moved", told.format(n=n), ways.format(place=shown))


def gone_along(desk: Desk, place: Place, present: RemoteReport | None) -> dict[str, str]:
    """{key: reference} of the present place's objects, where it means one object of the whole site."""
    if place_at(place.target).kind not in ONE_OBJECT:
        return {}
    met = {s.key: s.observed.ref for s in present.steps if s.observed} if present else {}
    return met | {key: row.ref for key, row in _there(desk, place).items() if row.ref}


def _there(desk: Desk, place: Place) -> Mapping[str, Row]:
    target = configured_targets(desk).get(place.name, "")
    return {row.key: row for row in desk.store.outbox.at(place.name, target)}
