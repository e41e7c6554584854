"""`orch diff`: what each remote holds of one insight, or of an offer's task, against what it should hold."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from orchestrator.app.embedding import Embedders
from orchestrator.app.former import open_former
from orchestrator.app.freshness import drained
from orchestrator.app.insights import find_insight, keys, readable
from orchestrator.app.offering import the_offer
from orchestrator.app.readable import readable_step
from orchestrator.app.remotes import open_remotes
from orchestrator.app.workspace import Say, Workspace
from orchestrator.desk import Desk
from orchestrator.i18n import _
from orchestrator.reconcile.due import rows_of
from orchestrator.reconcile.former import configured_targets
from orchestrator.reconcile.plan import Action, Step
from orchestrator.reconcile.push import RemoteReport
from orchestrator.reconcile.run import Run
from orchestrator.remote import Remote
from orchestrator.store.offers import PREFIX
from orchestrator.store.outbox import GONE, Row

STATES = {
    Action.CREATE: "absent",
    Action.UPDATE: "differs",
    Action.ADOPT: "in_step",
    Action.SKIP: "in_step",
    Action.RETRACT: "to_retract",
    Action.WAIT: "in_doubt",
}


@dataclass(frozen=True, slots=True)
class Compared:
    """One remote and the insight: `state` is in_step, absent (would be created), differs, edited (a person
    changed it), gone, to_retract, kept (a newer text waits for consent), in_doubt, unseen (it is to go, and
    the remote does not show it), refused, unwanted or unknown; `step` has the texts of both sides where they
    were read, `row` what was known before. `former`: the configuration no longer leads there.
    """

    remote: str
    label: str
    state: str
    reason: str = ""
    hint: str = ""
    step: Step | None = None
    row: Row | None = None
    former: bool = False


@dataclass(frozen=True, slots=True)
class Subject:
    """What is compared, as it may be read: an insight, or an offer made to `company`."""

    id: str
    company: str
    kind: str
    title: str
    offer: bool = False


def compare(
    workspace: Workspace, chosen: str | None, prefix: str, remotes: Sequence[str], say: Say
) -> tuple[Subject, list[Compared]]:
    """The insight or offer as it may be read, and each remote's part.

    Raises UserError for one that is unknown, UsageError for several.
    """
    drained(workspace, say, workspace.companies(chosen))
    company, key, subject = _subject(workspace, chosen, prefix)
    desk = workspace.desk(company)
    with desk.store:
        opened, failed = open_remotes(workspace, company, remotes)
        rows = rows_of(desk, key)
        found = [Compared(r.name, r.label, "unknown", r.error, r.hint) for r in failed]
        model = Embedders().of(desk).model
        found += [_present(desk, name, remote, rows, model) for name, remote in opened.items()]
        found += _former(workspace, desk, remotes, rows, model)
        _note_missing(desk, found)
    told = [
        c for c in found if c.state != "unwanted" or (c.remote.startswith("global.") and not subject.offer)
    ]
    return subject, told


def _note_missing(desk: Desk, found: Sequence[Compared]) -> None:
    """What was in step and is not shown waits for a person from now on, who may drop it at once."""
    gone = [c.row for c in found if c.state == GONE and c.row and not c.former]
    with desk.store.transaction():
        for row in gone:
            desk.store.outbox.miss(row)


def _subject(workspace: Workspace, chosen: str | None, prefix: str) -> tuple[str, str, Subject]:
    """(company, key in the outbox, what is shown) of the one insight, or else offer, whose id begins so."""
    names = keys(workspace, chosen, prefix)
    if all(name.startswith(PREFIX) for name in names):
        offered = the_offer(workspace, chosen, names)
        o = offered.offer
        return offered.company, o.ref, Subject(o.key, offered.company, o.kind, o.title, offer=True)
    company, insight = find_insight(workspace, chosen, prefix)
    desk = workspace.desk(company)
    with desk.store as store:
        shown = readable(desk, insight, store.verdicts.of(insight))
    return company, shown.id, Subject(shown.id, company, shown.record.kind.value, shown.record.title)


def _present(desk: Desk, name: str, remote: Remote, rows: Sequence[Row], model: str) -> Compared:
    place = (name, configured_targets(desk)[name])
    row = next((r for r in rows if (r.remote, r.target) == place), None)
    return _compared(desk, remote, row, model) if row else Compared(name, remote.label, "unwanted")


def _former(
    workspace: Workspace, desk: Desk, names: Sequence[str], rows: Sequence[Row], model: str
) -> Iterator[Compared]:
    """What lies where the configuration no longer leads, as far as orch may go there."""
    targets = configured_targets(desk)
    for row in rows:
        if targets.get(row.remote) != row.target and (not names or row.remote in names):
            remote = open_former(workspace, desk.company, row.remote, row.target)
            if remote is not None:
                found = _compared(desk, remote, row, model)
                label = _("{label}, no longer configured").format(label=found.label)
                yield replace(found, label=label, former=True)


def _compared(desk: Desk, remote: Remote, row: Row, model: str) -> Compared:
    name = row.remote
    report = RemoteReport(name, remote.label)
    Run(desk, remote, report, row.target, model, True, frozenset(), lambda _remote, _step: None).go([row])
    if report.refused:
        return Compared(name, remote.label, "refused", report.refused[row.key], row=row)
    if report.unseen:
        return Compared(name, remote.label, "unseen", report.unseen[row.key], row=row)
    if not report.steps:
        return Compared(name, remote.label, "unknown", report.error, report.hint, row=row)
    step = readable_step(desk, name, report.steps[0])
    return Compared(name, remote.label, _state(step), step.reason, step=step, row=row)


def _state(step: Step) -> str:
    if step.action is Action.CONFLICT:
        return step.reason  # edited or gone
    if step.action is Action.SKIP and step.entry is None and step.observed is None:
        return "unwanted"
    return "kept" if step.reason == "kept" else STATES[step.action]
