"""What says again what a person withdrew: it waits for a person's word on it alone (ADR 0053)."""

from __future__ import annotations

from collections.abc import Iterable

from orchestrator.consent import TWIN_WHO, echo_of, echoed
from orchestrator.desk import Desk
from orchestrator.ledger import ask_again, rewish
from orchestrator.refusing import said_no


def hold(desk: Desk, insight_id: str, withdrawn: str) -> None:
    """Ask a person of an insight that says the same as a withdrawn one; the caller holds the transaction.

    A no to it stands.
    """
    apart = withdrawn in desk.store.twins.apart_from(insight_id)
    if apart or said_no(desk.store, insight_id) or held_by(desk, insight_id):
        return
    ask_again(desk, insight_id, echo_of(withdrawn))
    if (insight := desk.store.insights.get(insight_id)) is not None:
        rewish(desk, insight, desk.store.verdicts.of(insight))


def held_by(desk: Desk, insight_id: str) -> str:
    """The withdrawn insight for which it waits; '' once a person agreed to either, or set them apart."""
    withdrawn = echoed(desk.store.decisions.of(insight_id))
    holds = withdrawn and desk.store.twins.withdrawn([withdrawn])
    return withdrawn if holds and withdrawn not in desk.store.twins.apart_from(insight_id) else ""


def held_for(desk: Desk, withdrawn: Iterable[str]) -> list[str]:
    """The insights that wait since they say the same as one of these, by id."""
    reasons = [echo_of(one) for one in withdrawn]
    return [one for one in desk.store.decisions.asked(TWIN_WHO, reasons) if held_by(desk, one)]
