"""Read back what became of what was sent: Jira status, page versions, pull requests, people's edits."""

from __future__ import annotations

from orchestrator.clock import now
from orchestrator.desk import Desk
from orchestrator.remote import Remembering, Remote


def observe(desk: Desk, name: str, remote: Remote, target: str | None = None) -> list[str]:
    """Take over each object's state from one remote; returns the keys that a person changed there.

    Asks only. `target` is the place in the outbox's words. Objects that a remote no longer shows stay
    as they were: absence may be an outage.
    """
    rows = desk.store.outbox.sent(name, target)
    if not rows:
        return []
    if isinstance(remote, Remembering):
        remote.remember({row.key: row.ref for row in rows})
    found = remote.find([row.key for row in rows])
    edited = []
    with desk.store.transaction():
        for row in rows:
            seen = found.get(row.key)
            if seen is None:
                continue
            desk.store.outbox.observe(row, seen, now())
            if seen.edited and not (seen.words and seen.words == row.taken):
                edited.append(row.key)
    return edited
