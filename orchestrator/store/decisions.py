"""The append-only trail of consent: who decided what, on which version, under which policy.

Rows are chained by hash, so that a changed, missing or moved row shows; triggers in the schema refuse
updates and deletions. What was cut off at the end shows against a head kept elsewhere (`config.heads`).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import apsw

from orchestrator.model import Decision, digest

_FIELDS = "insight_id, version, action, who, decided_at, reason, policy, record, texts, scope"


@dataclass(frozen=True, slots=True)
class Row:
    """A decision as it stands in the chain; `number` counts from 1, `previous` is the hash before it."""

    number: int
    decision: Decision
    previous: str
    hash: str

    @property
    def follows(self) -> bool:
        """Whether the hash is that of this decision after `previous`."""
        return self.hash == row_hash(self.previous, self.decision)


class Decisions:
    """Rows of `decision`; the caller holds the transaction. `grew` tells that one was appended here."""

    def __init__(self, connection: apsw.Connection) -> None:
        self._db = connection
        self.grew = False

    def append(self, decision: Decision) -> None:
        """Add a decision to the chain."""
        head = self.head()
        previous = head[1] if head else ""
        self._db.execute(
            f"insert into decision ({_FIELDS}, previous, hash) values (?,?,?,?,?,?,?,?,?,?,?,?)",
            (*_values(decision), previous, row_hash(previous, decision)),
        )
        self.grew = True

    def of(self, insight_id: str, after: int = 0) -> list[Decision]:
        """Every decision on an insight, oldest first, from the row after number `after`."""
        rows = self._db.execute(
            f"select {_FIELDS} from decision where insight_id=? and seq > ? order by seq", (insight_id, after)
        )
        return [Decision(*row) for row in rows]

    def asked(self, who: str, reasons: Iterable[str]) -> list[str]:
        """The insights of which somebody asked for one of these reasons, by id."""
        rows = self._db.execute(
            "select distinct insight_id from decision where action = 'ask' and who = ? "
            "and reason in (select value from json_each(?)) order by insight_id",
            (who, json.dumps(list(reasons))),
        )
        return [str(row[0]) for row in rows]

    def all(self) -> list[Decision]:
        """The whole trail, oldest first."""
        return [row.decision for row in self.rows()]

    def rows(self, after: int = 0) -> Iterator[Row]:
        """The chain as it is stored, oldest first, from the row after number `after`; nothing is checked."""
        return self._rows("seq > ?", (after,))

    def rows_of_due(self) -> Iterator[Row]:
        """Every row on what the outbox is to bring somewhere; nothing is checked."""
        return self._rows("insight_id in (select key from outbox where wanted_hash <> sent_hash)", ())

    def _rows(self, where: str, values: tuple[int, ...]) -> Iterator[Row]:
        query = f"select seq, previous, hash, {_FIELDS} from decision where {where} order by seq"
        for number, previous, stored, *fields in self._db.execute(query, values):
            yield Row(int(number), Decision(*map(str, fields)), str(previous), str(stored))

    def hash_at(self, number: int) -> str:
        """The hash of that row, '' when there is none."""
        row = self._db.execute("select hash from decision where seq=?", (number,)).fetchone()
        return str(row[0]) if row else ""

    def unlinked(self) -> int | None:
        """The number of the first row that does not name the hash of the row before it; None if all do.

        No hash is computed: a row whose words were changed is not seen by this.
        """
        row = self._db.execute(
            "select a.seq from decision a left join decision b on b.seq = a.seq - 1 "
            "where a.previous <> coalesce(b.hash, '') order by a.seq limit 1"
        ).fetchone()
        return int(row[0]) if row else None

    def head(self) -> tuple[int, str] | None:
        """(number, hash) of the last row; None when nothing was decided yet."""
        row = self._db.execute("select seq, hash from decision order by seq desc limit 1").fetchone()
        return (int(row[0]), str(row[1])) if row else None

    def broken_at(self) -> int | None:
        """The number of the first row that does not follow from the one before; None if sound."""
        previous = ""
        for row in self.rows():
            if row.previous != previous or not row.follows:
                return row.number
            previous = row.hash
        return None


def row_hash(previous: str, decision: Decision) -> str:
    """SHA-256 over the hash before and every field; a scope that was not said adds nothing."""
    scope = (decision.scope,) if decision.scope else ()  # rows older than scopes keep their hash
    return digest(previous, *_values(decision)[:-1], *scope, size=64)


def consent(decisions: list[Decision], version: str) -> str:
    """What the trail says of what would leave: approve, refuse, withdraw, or '' when nobody decided.

    The last decision counts, if it was on these very texts. A refusal or a withdrawal of an earlier
    text still stands, unless it was said of that version only: silence about a new one is not consent.
    `ask` takes a yes or a no back. `Insights.undecided` says the same in SQL.
    """
    last = next((d for d in reversed(decisions) if d.action != "edit"), None)
    if last is None or last.action == "ask":
        return ""
    lasting = last.action in ("refuse", "withdraw") and last.scope != "version"
    return last.action if lasting or last.version == version else ""


def _values(d: Decision) -> tuple[str, ...]:
    return (d.insight, d.version, d.action, d.who, d.at, d.reason, d.policy, d.record, d.texts, d.scope)
