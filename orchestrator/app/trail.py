"""Writing down, before the request, that somebody let these very bytes leave outside the outbox.

What a company sends stands in its own store. What is sent for the group belongs to no company: it
stands in a store of the group's own beside them, whose name no company can have. A company's trail
would tell its people of the others' doings, and the shared place itself is no proof of consent.
"""

from __future__ import annotations

from orchestrator.app.workspace import Workspace, person
from orchestrator.clock import now
from orchestrator.model import Decision, digest

GROUP = "_group"  # a company's id begins with a letter or a digit


def write_down(
    workspace: Workspace,
    owner: str | None,
    key: str,
    sent: tuple[str, ...],
    *,
    record: str = "",
    policy: str = "",
    reviewed: bool = False,
    who: str = "",
) -> None:
    """Append the decision to send `sent`, all texts of the request, for `key`; the same again is one row.

    `record` names what else is sent (a commit or tree id); `policy` is the hash of the one that judged.
    """
    version = digest(*sent, record, size=32)
    reason = "reviewed" if reviewed else ""
    decision = Decision(key, version, "approve", who or f"api:{person()}", now(), reason, policy, record)
    with workspace.store(owner or GROUP) as store, store.transaction():
        earlier = store.decisions.of(key)
        if not earlier or _said(earlier[-1]) != _said(decision):
            store.decisions.append(decision)


def _said(decision: Decision) -> tuple[str, ...]:
    return (decision.version, decision.action, decision.who, decision.reason, decision.policy)
