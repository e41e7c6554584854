"""What is not due is looked at, too, where that costs no request more: people may have changed or removed it.

Everywhere else `orch pull` looks.
"""

from __future__ import annotations

from collections.abc import Sequence

from orchestrator.reconcile.observe import look_at, should_be_there
from orchestrator.reconcile.plan import Action, Step
from orchestrator.reconcile.rendering import render
from orchestrator.reconcile.run import Run
from orchestrator.remote import Listing, Sighting
from orchestrator.store.outbox import GONE, Row


def look_around(run: Run, only: Sequence[str] | None) -> None:
    """Note and tell what is missing at a place, and note what people changed; `only` restricts to these keys.

    What was told earlier is not told again. A dry run tells and notes nothing.
    """
    if not isinstance(run.remote, Listing) or run.report.error:
        return
    with run.contained():
        rows = {row.key: row for row in _settled(run) if only is None or row.key in only}
        seen_before = {key: Sighting(row.ref, row.url, row.seen_at) for key, row in rows.items()}
        worth = run.remote.doubtful(seen_before)
        if not worth:
            return
        seen = look_at(run.desk, run.remote, [rows[key] for key in worth], write=not run.dry_run)
        for key in seen.gone:
            if rows[key].state == "ready":
                _tell(run, rows[key])


def _settled(run: Run) -> list[Row]:
    """What should lie there and this push had nothing to do with."""
    told = {step.key for step in run.report.steps} | run.report.refused.keys() | run.report.unseen.keys()
    sent = run.desk.store.outbox.sent(run.report.name, run.target)
    return [row for row in sent if row.key not in told and should_be_there(row)]


def _tell(run: Run, row: Row) -> None:
    run.settling.tell(Step(row.key, Action.CONFLICT, render(run.desk, row).entry, None, GONE))
