"""A company's no: whether it was said, and that other companies of the same commit hear of it (ADR 0037)."""

from __future__ import annotations

from orchestrator.config import refusals
from orchestrator.consent import last_word
from orchestrator.desk import Desk
from orchestrator.model import Insight, Verdict
from orchestrator.store.company import CompanyStore
from orchestrator.validate.files import OTHER_COMPANY, REFUSED


def said_no(store: CompanyStore, insight_id: str) -> bool:
    """Whether the last word on an insight is a refusal, whatever became of its text."""
    last = last_word(store.decisions.of(insight_id))
    return last is not None and last.action in ("refuse", "withdraw")


def refused_elsewhere(verdict: Verdict) -> str:
    """The other company that refused what the same commit taught; '' for none."""
    return next((f.field for f in verdict.findings if f.rule == REFUSED), "")


def publish(desk: Desk, insight: Insight, *, refused: bool) -> None:
    """Let the other companies that the commit touches know of a no, or that it is taken back."""
    if not insight.anchor:
        return
    if not refused:  # commits of one second have one anchor: another one's no may need it still
        same = desk.store.insights.by_anchor(insight.anchor)
        refused = any(_is_noed(desk, other) for other in same if other.id != insight.id)
    if refused and not _touches_others(desk, insight):
        return
    refusals.publish(desk.group, desk.company, insight.anchor, refused=refused)


def republish(desk: Desk) -> None:
    """Tell every no anew: other paths, or a former version, may have left some untold."""
    for insight in desk.store.insights.listing(states=("active", "withdrawn"), limit=-1, twins=True):
        if insight.anchor and _is_noed(desk, insight):
            refusals.publish(desk.group, desk.company, insight.anchor, refused=True)


def _is_noed(desk: Desk, insight: Insight) -> bool:
    return said_no(desk.store, insight.id) and _touches_others(desk, insight)


def _touches_others(desk: Desk, insight: Insight) -> bool:
    return any(rule == OTHER_COMPANY for rule, _company in desk.touched_by(insight))
