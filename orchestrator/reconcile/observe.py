"""Read back what became of what was sent: Jira status, page versions, pull requests, people's edits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from orchestrator.clock import now
from orchestrator.desk import Desk
from orchestrator.reconcile.standing import require_place
from orchestrator.remote import Remembering, Remote
from orchestrator.store.outbox import GONE, Row
from orchestrator.wishes import FORGE


@dataclass(slots=True)
class Seen:
    """Keys of what people changed at a remote, and of what is wished for there and shown no more."""

    edited: list[str] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)


def observe(desk: Desk, name: str, remote: Remote, target: str) -> Seen:
    """Take over the state of each object that was sent to a place; `target` is it in the outbox's words.

    Asks only. Raises TransientError where the place went away meanwhile.
    """
    rows = desk.store.outbox.sent(name, target)
    if not rows:
        return Seen()
    if isinstance(remote, Remembering):
        remote.remember({row.key: row.ref for row in rows})
    return look_at(desk, remote, rows)


def look_at(desk: Desk, remote: Remote, rows: Sequence[Row], *, write: bool = True) -> Seen:
    """The same for these rows of one place; without `write` nothing is noted.

    What is not shown stays a person's to decide on, and nothing is written over it: it may have been removed,
    or be hidden for a while. Shown again, it is as it was.
    """
    at = now()  # what is changed from here on may not have been seen
    found = remote.find([row.key for row in rows])
    if len(found) < len(rows):
        require_place(desk, remote, rows[0].target)  # absence is believed of the place that is known only
    seen = Seen()
    for row in rows:
        there = found.get(row.key)
        if there is None and should_be_there(row):
            seen.gone.append(row.key)
        elif there is not None and there.edited and not (there.words and there.words == row.taken):
            seen.edited.append(row.key)
    if write:
        with desk.store.transaction():
            for row in rows:
                there = found.get(row.key)
                if there is not None:
                    desk.store.outbox.observe(row, there, at)
                elif row.key in seen.gone:
                    desk.store.outbox.miss(row)
    return seen


def should_be_there(row: Row) -> bool:
    """Whether nobody took it away here: of what is due a push tells, and a request is `orch share`'s."""
    in_step = row.state == "ready" and row.wanted_hash == row.sent_hash
    known = (row.state, row.error) == ("conflict", GONE)
    return row.remote != FORGE and bool(row.wanted_hash) and (in_step or known)
