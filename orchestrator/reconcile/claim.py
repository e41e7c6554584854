"""What is about to be sent is looked at once more: a person may have taken it back since it was rendered.

Deciding takes no lock of a push, so that nobody waits for a slow remote to say no. A push of many objects
takes minutes; what goes out with one request is claimed just before it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from orchestrator.clock import now
from orchestrator.desk import Desk
from orchestrator.model import Insight
from orchestrator.reconcile.rendering import Due, wished
from orchestrator.refusing import refused_now
from orchestrator.wishes import GLOBAL


def claim(desk: Desk, dues: Iterable[Due]) -> set[str]:
    """The keys of what is still to go as it was rendered; on disk its outcome is unknown from now on."""
    told = replace(desk, refused=refused_now(desk.group, desk.store))
    with desk.store.transaction():
        still = [due for due in dues if is_still_wished(desk, due) and not _is_held(told, due)]
        desk.store.outbox.sending([due.row for due in still], now())
    return {due.row.key for due in still}


def is_still_wished(desk: Desk, due: Due) -> bool:
    """Whether wish, words and consent are those that were seen, and nobody gave the wish up."""
    row = desk.store.outbox.reread(due.row)
    if row is None or (row.wanted_hash, row.state) != (due.row.wanted_hash, due.row.state):
        return False
    entry = wished(desk, row) if due.entry else None
    return due.entry is None or (entry is not None and entry.hash == due.entry.hash)


def unheard(desk: Desk, due: Due) -> list[str]:
    """The other companies that what would go to the group depends on, and whose answers cannot be read."""
    insight = _to_the_group(desk, due) if desk.refused.unread else None
    return desk.unheard(insight) if insight else []


def _is_held(desk: Desk, due: Due) -> bool:
    """Whether another company that the commit touches said no, or cannot be heard, since the push began."""
    insight = _to_the_group(desk, due)
    if insight is None:
        return False
    heard = not insight.anchors.isdisjoint(desk.refused.by)
    no = heard and desk.refusals(insight, desk.touched_by(insight))
    return bool(no or unheard(desk, due))


def _to_the_group(desk: Desk, due: Due) -> Insight | None:
    """The insight of which words would go to the group; None for what goes elsewhere, or is taken away."""
    leaves = due.entry is not None and due.row.remote.startswith(GLOBAL)
    return desk.store.insights.get(due.row.key) if leaves else None
