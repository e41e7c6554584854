"""A newer learning takes the place of an older one, which stays: by trailer, by revert, by a record's status.

What is superseded follows from what history says now. When the commit that said so leaves history, or
is itself reverted, the older learning stands again.
"""

from __future__ import annotations

from dataclasses import replace

from orchestrator.clock import now
from orchestrator.desk import Desk
from orchestrator.ledger import record, rewish
from orchestrator.model import Insight


def supersede(desk: Desk) -> list[str]:
    """Look at every insight of which evidence, or what is said of it, has changed; the superseded ones.

    Joins the caller's transaction.
    """
    found = (desk.store.insights.get(i) for i in desk.store.superseding.unsettled())
    return [i.id for i in found if i is not None and i.state != "withdrawn" and _settle(desk, i)]


def _settle(desk: Desk, insight: Insight) -> bool:
    """Bring an insight in line with what takes it back; True when it is superseded from now on."""
    store = desk.store
    before, reason = store.superseding.of(insight.id), store.superseding.reason(insight)
    if reason == before:
        return False
    store.superseding.put(insight.id, reason)
    if reason is not None and insight.state == "active":
        _take_down(desk, insight)
    elif reason is None:
        _stand_again(desk, insight)
    return reason is not None and before is None


def _take_down(desk: Desk, insight: Insight) -> None:
    """It stays findable, and is nowhere else."""
    desk.store.insights.set_state(insight.id, "superseded", now())
    rewish(desk, replace(insight, state="superseded"), None)


def _stand_again(desk: Desk, insight: Insight) -> None:
    if insight.evidence or insight.detector == "person":
        revived = replace(insight, state="active", updated_at=now())
        record(desk, revived, desk.judge(revived), None, "")
    else:  # no commit of history carries it any more
        desk.store.index.remove([insight.id])
