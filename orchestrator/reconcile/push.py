"""Fulfil wishes: due rows → find on the remote → plan → apply → settle, one remote at a time.

One remote's failure stops nothing else, one item's refusal stops no other item. Before a request
goes out its rows are marked `sending` on disk; whatever then happens to the answer, the next push
asks the remote before it creates anything again.
"""

from __future__ import annotations

import shlex
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence

from orchestrator.desk import Desk
from orchestrator.i18n import _
from orchestrator.reconcile.due import Place, places_due
from orchestrator.reconcile.former import configured_targets
from orchestrator.reconcile.links import connect
from orchestrator.reconcile.links_ahead import foresee_links
from orchestrator.reconcile.looking import look_around
from orchestrator.reconcile.plan import Action
from orchestrator.reconcile.report import RemoteReport as RemoteReport
from orchestrator.reconcile.run import Embed, Run
from orchestrator.reconcile.settling import OnStep
from orchestrator.reconcile.standing import is_one_folder, meet_place
from orchestrator.reconcile.vacate import gone_along, leaving, staying, tell_staying
from orchestrator.remote import Remote
from orchestrator.store.outbox import GONE, Row
from orchestrator.store.places import Conflict
from orchestrator.wishes import place_shown

OpenFormer = Callable[[str, str], Remote | None]


def push(
    desk: Desk,
    remotes: Mapping[str, Remote],
    *,
    model: str = "",
    embed: Embed = lambda _texts: (),
    dry_run: bool = False,
    only: Sequence[str] | None = None,
    force: Iterable[str] = (),
    on_step: OnStep = lambda _remote, _step: None,
    former: Sequence[str] | None = None,
    open_former: OpenFormer = lambda _remote, _target: None,
    forget: str = "",
    vacate: str = "",
) -> list[RemoteReport]:
    """Bring every remote of one company nearer to its wishes; returns a report a remote.

    `only` restricts to these insight ids; `force` names ids whose remote edits are overwritten;
    `model` is the id of the vectors that memories get, `embed` makes those of words that are not an insight's
    own; without it these wait. `former` names the remotes (None: all)
    whose former places are looked at, those that the configuration no longer has; `open_former` opens
    one by name and target, or says None. `forget` is a place, as it is shown, of which nothing is believed
    any more: a former one is forgotten, of the present one everything is asked and sent anew. `vacate` is a
    former place from which what moved is taken away; without that word it stays there too. A dry run asks the
    remotes and writes nothing anywhere.
    """
    forced = frozenset(force)
    places = places_due(
        desk,
        tuple(remotes),
        only,
        forced,
        former=former,
        forget=forget,
        vacate=vacate,
        write=not dry_run,
    )
    reports, runs = [], []
    for place in places:
        remote = open_former(place.name, place.target) if place.former else remotes[place.name]
        if remote is None:
            reports.append(_stranded(desk, place))
            continue
        label = (
            _("{label}, no longer configured").format(label=remote.label) if place.former else remote.label
        )
        report = RemoteReport(place.name, label, former=place.former)
        run = Run(desk, remote, report, place.target, model, dry_run, forced, on_step, embed, anew=place.anew)
        if place.former and not dry_run and _is_there_still(run, len(place.rows), remotes.get(place.name)):
            continue
        if not report.error:
            _deal_with(run, place, reports)
        if not place.former:
            look_around(run, only)
        runs += [] if place.former else [run]
        if not (report.error or dry_run):
            meet_place(desk, remote, place.target)
        report.refused |= {key: f"validation: {why}" for key, why in place.stopped.items()}
        report.stopped |= place.stopped.keys()
        report.earlier, report.edited = _untouched(desk, place, report, only)
        reports.append(report)
    if dry_run:
        foresee_links(runs, only)
    for run in () if dry_run else runs:
        connect(run, only)
    return reports


def _deal_with(run: Run, place: Place, reports: Sequence[RemoteReport]) -> None:
    """Work through the rows of a place; of a former one through those that the present one holds."""
    rows, waits = place.rows, 0
    if place.former:
        present = next((r for r in reports if r.name == place.name and not r.former), None)
        rows, waits = leaving(run.desk, place, present, dry_run=run.dry_run)
        run.gone_along = gone_along(run.desk, place, present)
        run.stays = staying(run.desk, place)
    run.go(rows)
    run.report.waiting += waits
    tell_staying(run.report, place)


def _is_there_still(run: Run, rows: int, present: Remote | None) -> bool:
    """Whether a former place is the present one by another path: it is forgotten then.

    Where that cannot be told the report says why, and the place's `rows` wait.
    """
    run.left = rows
    store, place, one = run.desk.store, (run.report.name, run.target), False
    target = configured_targets(run.desk).get(run.report.name, "")
    with run.contained():
        one = is_one_folder(run.desk, run.remote, present, target)
    if one:
        with store.transaction():
            store.places.forget(place)
    return one


def _stranded(desk: Desk, place: Place) -> RemoteReport:
    """What lies where the configuration no longer leads and orch cannot go."""
    shown = place_shown(place.target)
    left = desk.store.places.waiting((place.name, place.target))
    report = RemoteReport(place.name, f"{place.name} ({shown})", waiting=left)
    report.fail(
        "unconfigured",
        _("these still lie there, and .orch/config.toml no longer leads there"),
        _(
            "put the place back into .orch/config.toml and push, or, once they are gone from there, "
            "run `orch push --forget {place}`"
        ).format(place=shlex.quote(shown)),
    )
    return report


def _untouched(
    desk: Desk, place: Place, report: RemoteReport, only: Sequence[str] | None
) -> tuple[dict[str, int], int]:
    """Of what this push did not touch: {state: n} that an earlier one set aside; how many people edited."""
    told = {s.key for s in report.steps} | set(report.refused)
    conflicts = [(s.key, s.reason) for s in report.steps if s.action is Action.CONFLICT]
    rows = [r for r in desk.store.outbox.at(place.name, place.target) if r.key not in told]
    rows = [r for r in rows if only is None or r.key in only]
    conflicts += [(r.key, r.error) for r in rows if r.state == "conflict"]
    report.conflicts = {Conflict.of(key, why, former=place.former) for key, why in conflicts}
    states = Counter(map(_standing, rows))
    return {state: states[state] for state in ("stuck", "conflict", GONE) if states[state]}, states["edited"]


def _standing(row: Row) -> str:
    if row.edited and row.state == "ready" and row.wanted_hash == row.sent_hash:
        return "edited"
    return GONE if (row.state, row.error) == ("conflict", GONE) else row.state
