"""How many links a dry run's push would put. What is created has an address only once it is there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from orchestrator.reconcile.plan import Action, Step
from orchestrator.reconcile.rendering import sister_of
from orchestrator.reconcile.run import KEPT, Run
from orchestrator.remote import Linking
from orchestrator.store.outbox import Row
from orchestrator.wishes import place_at

NEW = "new"  # the address of what would be created
APART = frozenset({"jira"})  # kinds whose objects are written without their link: it comes after


def foresee_links(runs: Sequence[Run], only: Sequence[str] | None) -> None:
    """Write down in each report of a dry run how many links the push would put, after everything else.

    `runs` stand in the order in which the push takes them; `only` restricts to these keys.
    """
    sides = [_side(run) for run in runs]
    for number, here in enumerate(sides):
        place = sister_of(here.run.desk, here.run.report.name)
        there = next((s for s in sides if (s.run.report.name, s.run.target) == place), None)
        if there is None or not isinstance(here.run.remote, Linking) or here.run.report.error:
            continue
        wanting = _wanting(here, there, after=there in sides[:number])
        here.run.report.links = sum(1 for key in wanting if only is None or key in only)


@dataclass(frozen=True, slots=True)
class _Side:
    """One place: its rows as they are known, and the addresses of its objects before and after the push."""

    run: Run
    rows: Mapping[str, Row]
    before: Mapping[str, str]
    after: Mapping[str, str]


def _side(run: Run) -> _Side:
    rows = {r.key: r for r in run.desk.store.outbox.at(run.report.name, run.target) if r.ref and r.sent_hash}
    before = {} if run.anew else {key: row.url for key, row in rows.items()}
    after = dict(before)
    for step in run.report.steps:
        if step.action is Action.CREATE:
            after[step.key] = NEW
        elif step.entry is None and step.reason != KEPT and step.action in (Action.RETRACT, Action.SKIP):
            after.pop(step.key, None)
        elif step.observed and step.action in (Action.UPDATE, Action.ADOPT, Action.SKIP):
            after[step.key] = step.observed.url
    return _Side(run, rows, before, after)


def _wanting(here: _Side, there: _Side, *, after: bool) -> Iterator[str]:
    """The keys whose object would be in step and link elsewhere than it is to; `after`: its turn is later."""
    known = there.after if after else there.before  # by then
    steps = {step.key: step for step in here.run.report.steps}
    for key, row in here.rows.items():
        if (
            key not in steps
            and not here.run.anew
            and _in_step(row)
            and row.linked != there.after.get(key, "")
        ):
            yield key
    for key, step in steps.items():
        linked = _linked(here, step, known.get(key, ""))
        if linked is not None and linked != there.after.get(key, ""):
            yield key


def _in_step(row: Row) -> bool:
    return (row.state, row.edited, row.link_error) == ("ready", 0, "") and row.wanted_hash == row.sent_hash


def _linked(here: _Side, step: Step, known: str) -> str | None:
    """Where the object would link to after its step, None where it is not in step; `known` is the sister's
    address when it is written.
    """
    row = here.rows.get(step.key)
    remembered = row.linked if row and not here.run.anew else ""
    if step.entry is None or step.action not in (Action.CREATE, Action.UPDATE, Action.ADOPT, Action.SKIP):
        return None
    if step.action in (Action.ADOPT, Action.SKIP):
        told = step.observed.link if step.observed else None
        return remembered if told is None else told
    if place_at(here.run.target).kind in APART:
        return "" if step.action is Action.CREATE else remembered
    return known
