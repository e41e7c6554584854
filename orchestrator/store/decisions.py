"""The append-only trail of consent: who decided what, on which version, under which policy.

Rows are chained by hash, so that a changed or missing row shows; triggers in the schema refuse
updates and deletions.
"""

from __future__ import annotations

import apsw

from orchestrator.model import Decision, digest

_FIELDS = "insight_id, version, action, who, decided_at, reason, policy, record, texts"


class Decisions:
    """Rows of `decision`; the caller holds the transaction."""

    def __init__(self, connection: apsw.Connection) -> None:
        self._db = connection

    def append(self, decision: Decision) -> None:
        """Add a decision to the chain."""
        last = self._db.execute("select hash from decision order by seq desc limit 1").fetchone()
        previous = str(last[0]) if last else ""
        values = _values(decision)
        self._db.execute(
            f"insert into decision ({_FIELDS}, previous, hash) values (?,?,?,?,?,?,?,?,?,?,?)",
            (*values, previous, digest(previous, *values, size=64)),
        )

    def of(self, insight_id: str) -> list[Decision]:
        """Every decision on an insight, oldest first."""
        rows = self._db.execute(
            f"select {_FIELDS} from decision where insight_id=? order by seq", (insight_id,)
        )
        return [Decision(*row) for row in rows]

    def all(self) -> list[Decision]:
        """The whole trail, oldest first."""
        return [Decision(*row) for row in self._db.execute(f"select {_FIELDS} from decision order by seq")]

    def broken_at(self) -> int | None:
        """The sequence number of the first row that does not follow from the one before; None if sound."""
        previous = ""
        rows = self._db.execute(f"select seq, {_FIELDS}, previous, hash from decision order by seq")
        for seq, *values, stored_previous, stored in rows:
            if stored_previous != previous or digest(previous, *map(str, values), size=64) != stored:
                return int(seq)
            previous = str(stored)
        return None


def consent(decisions: list[Decision], version: str) -> str:
    """What the trail says of what would leave: approve, refuse, withdraw, or '' when nobody decided.

    The last decision counts, if it was on these very texts. A refusal or a withdrawal of an earlier
    text still stands: silence about a new one is not consent. `ask` takes an automatic yes back.
    `Insights.undecided` says the same in SQL.
    """
    last = next((d for d in reversed(decisions) if d.action != "edit"), None)
    if last is None or last.action == "ask":
        return ""
    stands = last.version == version or last.action in ("refuse", "withdraw")
    return last.action if stands else ""


def _values(d: Decision) -> tuple[str, ...]:
    return (d.insight, d.version, d.action, d.who, d.at, d.reason, d.policy, d.record, d.texts)
