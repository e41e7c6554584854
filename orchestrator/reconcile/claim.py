"""What is about to be sent is looked at once more: a person may have taken it back since it was rendered.

Deciding takes no lock of a push, so that nobody waits for a slow remote to say no. A push of many objects
takes minutes; what goes out with one request is claimed just before it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from orchestrator.clock import now
from orchestrator.config.refusals import refused_by_others
from orchestrator.desk import Desk
from orchestrator.reconcile.rendering import Due, wished
from orchestrator.wishes import GLOBAL


def claim(desk: Desk, dues: Iterable[Due]) -> set[str]:
    """The keys of what is still to go as it was rendered; on disk its outcome is unknown from now on."""
    told = replace(desk, refused=refused_by_others(desk.group, desk.company))
    with desk.store.transaction():
        still = [due for due in dues if is_still_wished(desk, due) and not _is_refused(told, due)]
        desk.store.outbox.sending([due.row for due in still], now())
    return {due.row.key for due in still}


def is_still_wished(desk: Desk, due: Due) -> bool:
    """Whether wish, words and consent are those that were seen, and nobody gave the wish up."""
    row = desk.store.outbox.reread(due.row)
    if row is None or (row.wanted_hash, row.state) != (due.row.wanted_hash, due.row.state):
        return False
    entry = wished(desk, row) if due.entry else None
    return due.entry is None or (entry is not None and entry.hash == due.entry.hash)


def _is_refused(desk: Desk, due: Due) -> bool:
    """Whether another company that the commit touches has said no, perhaps since the push began."""
    insight = (
        desk.store.insights.get(due.row.key) if due.entry and due.row.remote.startswith(GLOBAL) else None
    )
    if insight is None or insight.anchor not in desk.refused:
        return False
    return bool(desk.refusals(insight, desk.touched_by(insight)))
