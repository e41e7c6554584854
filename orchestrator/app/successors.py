"""What took the place of an insight, asked of its store alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from orchestrator.model import Insight
    from orchestrator.store.company import CompanyStore
    from orchestrator.store.superseding import Reason


def superseded_by(store: CompanyStore, insight: Insight) -> Reason | None:
    """Why it is superseded, with the insight in its place: the one named, else what that commit teaches."""
    reason = store.superseding.of(insight.id)
    if reason is None or reason.successor:
        return reason
    taught = store.insights.taught_by(reason.commit)
    same_kind = [i for i in taught if i.record.kind is insight.record.kind]
    return reason._replace(successor=next((i.id for i in (*same_kind, *taught)), ""))


def successors(store: CompanyStore, insight_id: str) -> list[str]:
    """What took its place, what took the place of that, and so on."""
    found = [insight_id]
    while (insight := store.insights.get(found[-1])) and (reason := superseded_by(store, insight)):
        newer = store.twins.canonical(reason.successor) or reason.successor
        if newer in ("", *found):
            break
        found.append(newer)
    return found[1:]
