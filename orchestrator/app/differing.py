"""`orch diff`: what each remote holds of one insight against what it should hold. Only asks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from orchestrator.app.embedding import Embedders
from orchestrator.app.freshness import drained
from orchestrator.app.insights import find_insight, readable
from orchestrator.app.remotes import open_remotes
from orchestrator.app.syncing import readable_step
from orchestrator.app.workspace import Say, Workspace
from orchestrator.ledger import Desk
from orchestrator.model import Insight
from orchestrator.reconcile.due import rows_of
from orchestrator.reconcile.former import configured_targets
from orchestrator.reconcile.plan import Action, Step
from orchestrator.reconcile.push import RemoteReport
from orchestrator.reconcile.run import Run
from orchestrator.remote import Remote
from orchestrator.store.outbox import Row

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
    changed it), gone, to_retract, kept (a newer text waits for consent), in_doubt, refused, unwanted or
    unknown; `step` has the texts of both sides where they were read, `row` what was known before.
    """

    remote: str
    label: str
    state: str
    reason: str = ""
    hint: str = ""
    step: Step | None = None
    row: Row | None = None


def compare(
    workspace: Workspace, chosen: str | None, prefix: str, remotes: Sequence[str], say: Say
) -> tuple[Insight, list[Compared]]:
    """The insight as it may be read, and each remote's part.

    Raises UserError for an unknown insight, UsageError for several.
    """
    drained(workspace, say, workspace.companies(chosen))
    company, insight = find_insight(workspace, chosen, prefix)
    desk = workspace.desk(company)
    with desk.store as store:
        opened, failed = open_remotes(workspace, company, remotes)
        rows = rows_of(desk, insight.id)
        found = [Compared(r.name, r.label, "unknown", r.error, r.hint) for r in failed]
        model = Embedders().of(desk).model
        found += [_compared(desk, name, remote, rows, model) for name, remote in opened.items()]
        told = readable(desk, insight, store.verdicts.of(insight))
    return told, [c for c in found if c.state != "unwanted" or c.remote.startswith("global.")]


def _compared(desk: Desk, name: str, remote: Remote, rows: Sequence[Row], model: str) -> Compared:
    place = (name, configured_targets(desk)[name])
    row = next((r for r in rows if (r.remote, r.target) == place), None)
    if row is None:
        return Compared(name, remote.label, "unwanted")
    report = RemoteReport(name, remote.label)
    Run(desk, remote, report, place[1], model, True, frozenset(), lambda _remote, _step: None).go([row])
    if report.refused:
        return Compared(name, remote.label, "refused", report.refused[row.key], row=row)
    if not report.steps:
        return Compared(name, remote.label, "unknown", report.error, report.hint, row=row)
    step = readable_step(desk, name, report.steps[0])
    return Compared(name, remote.label, _state(step), step.reason, step=step, row=row)


def _state(step: Step) -> str:
    if step.action is Action.CONFLICT:
        return step.reason  # edited or gone
    return "kept" if step.reason == "kept" else STATES[step.action]
