"""What became of a step, written down: in the outbox, in the report, and to whoever watches."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace

from orchestrator.clock import now
from orchestrator.desk import Desk
from orchestrator.errors import OrchError
from orchestrator.i18n import _
from orchestrator.reconcile.plan import Action, Step
from orchestrator.reconcile.rendering import Due
from orchestrator.reconcile.report import RemoteReport
from orchestrator.remote import Done, Result
from orchestrator.store.outbox import Row
from orchestrator.wishes import place_shown

WRITES = (Action.CREATE, Action.UPDATE, Action.RETRACT)
GONE_ALONG = "gone along"  # the object of a former place is that of the present one

OnStep = Callable[[str, Step], None]


@dataclass(frozen=True, slots=True)
class Settling:
    """Of one remote in one push. `target` is where it lies, `forced` are keys whose remote edits go."""

    desk: Desk
    report: RemoteReport
    target: str
    on_step: OnStep
    forced: Collection[str] = ()
    dry_run: bool = False

    def tell(self, step: Step) -> None:
        """Say what is done with one object, or would be."""
        if self.report.former:
            step = replace(step, where=place_shown(self.target))
        self.report.steps.append(step)
        self.on_step(self.report.name, step)

    def quiet(self, step: Step, due: Due) -> None:
        """Write down what needs no request; the caller holds the transaction."""
        if step.action in WRITES:
            return
        outbox = self.desk.store.outbox
        if due.kept:
            outbox.mark(due.row, "ready", "")
        elif step.reason == GONE_ALONG:
            outbox.forget(due.row)
        elif step.action in (Action.SKIP, Action.ADOPT):
            outbox.settle(due.row, step.entry.hash if step.entry else "", step.observed, now())
        elif step.action is Action.CONFLICT:
            outbox.mark(due.row, "conflict", step.reason)
        elif step.action is Action.UNSEEN:
            outbox.lose(due.row, step.reason)
            return
        elif step.action is Action.WAIT:
            self.report.waiting += 1
        self.tell(step)

    def answered(self, step: Step, due: Due, result: Result) -> None:
        """Write down what the remote says it did; the caller holds the transaction."""
        outbox = self.desk.store.outbox
        if isinstance(result, Done):
            held = result.observed if step.entry else None
            wished = step.entry.hash if step.entry else ""  # another clone may have created an older text
            outbox.settle(due.row, held.hash if held and held.hash else wished, held, now())
            self.tell(step)
        elif result.unseen and step.entry is None:
            outbox.lose(due.row, result.reason)
            self.report.unseen[step.key] = result.reason
        elif result.unseen:
            outbox.release(replace(due.row, state="ready", started_at=""), result.reason)
            self.report.waiting += 1
            self.report.fail("unseen", result.reason, _("restore it there, then push again"))
            self.tell(replace(step, action=Action.WAIT, reason=result.reason))
        elif result.conflict and step.entry is None and (due.decided or step.key in self.forced):
            outbox.mark(due.row, "sending", result.reason)  # a person said so: the next push takes it away
            self.report.waiting += 1
            self.tell(replace(step, action=Action.WAIT, reason=result.reason))
        elif result.conflict:
            outbox.mark(due.row, "conflict", result.reason)
            self.tell(replace(step, action=Action.CONFLICT, reason=result.reason))
        elif result.in_doubt:
            outbox.mark(due.row, "sending", result.reason)  # the next push asks what an earlier try did
            self.report.waiting += 1
            self.report.fail(
                "in_doubt", result.reason, _("push again: orch asks first what an earlier try did")
            )
            self.tell(replace(step, action=Action.WAIT, reason=result.reason))
        else:
            if step.action is Action.CREATE:
                outbox.release(replace(due.row, state="ready", started_at=""), "")  # nothing lies there
            self.refuse(due.row, result.reason)

    def passed_over(self, step: Step, row: Row) -> None:
        """The wish changed while others were sent: the next push sees to the new one, if there is any."""
        present = self.desk.store.outbox.reread(row)
        waits = present is not None and present.state != "dropped"
        self.report.waiting += waits
        action = Action.WAIT if waits else Action.SKIP
        self.tell(replace(step, action=action, reason="changed meanwhile"))

    def release(self, rows: list[Row], e: OrchError) -> None:
        """The remote surely did nothing with these: nothing about them is in doubt."""
        with self.desk.store.transaction():
            for row in rows:
                self.desk.store.outbox.release(row, e.message)

    def refuse(self, row: Row, reason: str) -> None:
        """Set aside what may not leave, or what the remote will not have."""
        if not self.dry_run:
            with self.desk.store.transaction():
                self.desk.store.outbox.mark(row, "stuck", reason)
        self.report.refused[row.key] = reason
