"""A company's no: whether it was said, and that other companies of the same commit hear of it (ADR 0037)."""

from __future__ import annotations

import json

from orchestrator.config import heads, refusals
from orchestrator.config.group import Group
from orchestrator.config.refusals import Refusals, refused_by_others
from orchestrator.consent import REPAIR_WHO, TRAILER_WHO, last_word
from orchestrator.desk import Desk
from orchestrator.model import Insight, Verdict
from orchestrator.store.company import CompanyStore
from orchestrator.store.looks import HEARD
from orchestrator.validate.files import OTHER_COMPANY, REFUSED


def said_no(store: CompanyStore, insight_id: str) -> bool:
    """Whether the last word on an insight is a refusal, whatever became of its text."""
    last = last_word(store.decisions.of(insight_id))
    return last is not None and last.action in ("refuse", "withdraw")


def refused_elsewhere(verdict: Verdict) -> str:
    """The other company that refused what the same commit taught; '' for none."""
    return next((f.field for f in verdict.findings if f.rule == REFUSED), "")


def refused_now(group: Group, store: CompanyStore) -> Refusals:
    """What the other companies refuse; of one whose file is away or says nothing, what was heard before."""
    return refused_by_others(group, store.company).heard_before(heard(store))


def heard(store: CompanyStore) -> dict[str, list[str]]:
    """{anchor: companies} by which the verdicts of a store were made."""
    found: dict[str, list[str]] = json.loads(store.setting(HEARD) or "{}")
    return found


def remember(desk: Desk) -> None:
    """Note that the verdicts are made by what the desk has heard; the caller holds the transaction."""
    by = {anchor: sorted(companies) for anchor, companies in sorted(desk.refused.by.items())}
    desk.store.put_setting(HEARD, json.dumps(by) if by else "")


def tell(desk: Desk) -> None:
    """Let the other companies know of every person's no to what a commit of theirs taught, too.

    What stands in the file already stays: a store that was lost cannot say that it was taken back.
    """
    with desk.store.transaction():
        refusals.tell(desk.group, desk.company, _refused_by_people(desk))


def lift(desk: Desk, insight: Insight) -> None:
    """Let the other companies know that a no was taken back, unless another one has that anchor, too.

    Of a yes that came after no no they hear nothing.
    """
    with desk.store.transaction():
        # Commits of one second have one anchor: another one's no may need it still.
        anchors = insight.anchors - _refused_by_people(desk)
        refusals.lift(desk.group, desk.company, anchors, lost=_may_be_heard(desk, insight))


def _may_be_heard(desk: Desk, insight: Insight) -> bool:
    """Whether others may have heard a no that the file does not say: its store, or it, may have been lost."""
    said = desk.store.decisions.of(insight.id)
    told = any(d.action in ("refuse", "withdraw") or d.who == REPAIR_WHO for d in said)
    if not told and not any(heads.earlier(desk.company, desk.group.clone, desk.store.identity)):
        return False
    return any(rule == OTHER_COMPANY for rule, _name in desk.touched_by(insight))


def _refused_by_people(desk: Desk) -> set[str]:
    """Anchors of what people refuse; a commit's own no needs no telling: each of its companies hears it."""
    return desk.store.looks.refused(OTHER_COMPANY, besides=TRAILER_WHO)
