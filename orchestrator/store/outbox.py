"""The outbox: what each remote should hold, and what is known to be there.

A row is a wish, not a message. It is due while `wanted_hash != sent_hash`; an empty
`wanted_hash` wishes for absence. A newer version of an insight overwrites the wish; retrying is a
matter of the row being due still. There is no second mechanism.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import apsw

from orchestrator.remote import Observed

_COLUMNS = (
    "remote, key, target, wanted_hash, sent_hash, ref, remote_version, url, status, state, attempts, "
    "started_at, settled_at, error"
)


@dataclass(frozen=True, slots=True)
class Row:
    """One wish: columns of `outbox`. Times are UTC ISO 8601 or ''."""

    remote: str
    key: str
    target: str
    wanted_hash: str
    sent_hash: str = ""
    ref: str = ""
    remote_version: str = ""
    url: str = ""
    status: str = ""
    state: str = "ready"
    attempts: int = 0
    started_at: str = ""
    settled_at: str = ""
    error: str = ""


class Outbox:
    """Rows of `outbox` and `pause`; the caller holds the transaction."""

    def __init__(self, connection: apsw.Connection) -> None:
        self._db = connection

    def want(self, key: str, wanted: dict[tuple[str, str], str]) -> None:
        """Set what is wanted for `key`: {(remote, target): hash}; every other remote: absence.

        A wish for a new target starts anew, since what was sent lies elsewhere. A row that was
        set aside becomes ready again when its wish changes.
        """
        for (remote, target), wanted_hash in wanted.items():
            self._db.execute(
                "insert into outbox (remote, key, target, wanted_hash) values (?,?,?,?) "
                "on conflict (remote, key) do update set "
                "state = case when outbox.wanted_hash <> excluded.wanted_hash "
                "  and outbox.state in ('stuck', 'conflict') then 'ready' else outbox.state end, "
                "attempts = case when outbox.wanted_hash <> excluded.wanted_hash then 0 else attempts end, "
                "sent_hash = case when outbox.target <> excluded.target then '' else sent_hash end, "
                "ref = case when outbox.target <> excluded.target then '' else ref end, "
                "remote_version = case when outbox.target <> excluded.target then '' "
                "  else remote_version end, "
                "target = excluded.target, wanted_hash = excluded.wanted_hash",
                (remote, key, target, wanted_hash),
            )
        keep = json.dumps([remote for remote, _target in wanted])
        others = "key = ? and remote not in (select value from json_each(?))"
        self._db.execute(
            f"delete from outbox where {others} and sent_hash = '' and state <> 'sending'", (key, keep)
        )
        self._db.execute(
            f"update outbox set wanted_hash = '', state = case when state = 'sending' then state "
            f"else 'ready' end where {others}",
            (key, keep),
        )

    def due(self, remote: str, *, keys: Sequence[str] | None = None) -> list[Row]:
        """Rows of a remote that differ from what was sent and are not set aside; oldest key first."""
        chosen = "" if keys is None else "and key in (select value from json_each(?)) "
        values = (remote,) if keys is None else (remote, json.dumps(list(keys)))
        return self._rows(
            "where remote = ? " + chosen + "and state in ('ready', 'sending') "
            "and (wanted_hash <> sent_hash or state = 'sending') order by key",
            values,
        )

    def sent(self, remote: str) -> list[Row]:
        """Rows of a remote that hold something there."""
        return self._rows("where remote = ? and ref <> '' order by key", (remote,))

    def of(self, key: str) -> list[Row]:
        """Every row of an insight."""
        return self._rows("where key = ? order by remote", (key,))

    def set_aside(self) -> list[Row]:
        """Rows that wait for a person: refused by the remote, or edited there."""
        return self._rows("where state in ('stuck', 'conflict') order by remote, key", ())

    def sending(self, rows: Iterable[Row], at: str) -> None:
        """Write down, before a request goes out, that its outcome is unknown from now on."""
        self._db.executemany(
            "update outbox set state='sending', started_at=?, attempts=attempts+1 where remote=? and key=?",
            [(at, r.remote, r.key) for r in rows],
        )

    def settle(self, row: Row, sent_hash: str, observed: Observed | None, at: str) -> None:
        """A remote holds `observed` with `sent_hash` ('' and None: nothing any more)."""
        if observed is None:
            self._db.execute(
                "update outbox set state='ready', sent_hash='', ref='', remote_version='', status='', "
                "url='', error='', settled_at=? where remote=? and key=?",
                (at, row.remote, row.key),
            )
            self._db.execute(
                "delete from outbox where remote=? and key=? and wanted_hash=''", (row.remote, row.key)
            )
            return
        self._db.execute(
            "update outbox set state='ready', sent_hash=?, ref=?, remote_version=?, url=?, status=?, "
            "error='', attempts=0, settled_at=? where remote=? and key=?",
            (
                sent_hash,
                observed.ref,
                observed.version,
                observed.url,
                observed.status,
                at,
                row.remote,
                row.key,
            ),
        )

    def mark(self, row: Row, state: str, error: str) -> None:
        """Set a row aside (stuck, conflict) or make it ready again, with the reason."""
        self._db.execute(
            "update outbox set state=?, error=? where remote=? and key=?", (state, error, row.remote, row.key)
        )

    def observe(self, remote: str, observed: Observed) -> None:
        """Take over what a remote says of an object that is there: status, address."""
        self._db.execute(
            "update outbox set status=?, url=? where remote=? and key=?",
            (observed.status, observed.url, remote, observed.key),
        )

    def counts(self) -> dict[str, dict[str, int]]:
        """{remote: {ok, queued, stuck, conflict}} in one pass."""
        rows = self._db.execute(
            "select remote, case when state in ('stuck', 'conflict') then state "
            "when wanted_hash = sent_hash and state = 'ready' then 'ok' else 'queued' end as what, count(*) "
            "from outbox group by remote, what"
        )
        result: dict[str, dict[str, int]] = {}
        for remote, what, n in rows:
            result.setdefault(str(remote), {})[str(what)] = int(n)
        return result

    def pause(self, remote: str, until: str, reason: str) -> None:
        """Leave a remote alone until a time, because it said so."""
        self._db.execute(
            "insert into pause values (?,?,?) on conflict (remote) do update set "
            "until=excluded.until, reason=excluded.reason",
            (remote, until, reason),
        )

    def paused(self, remote: str, now: str) -> tuple[str, str] | None:
        """(until, reason) while a remote is to be left alone."""
        row = self._db.execute(
            "select until, reason from pause where remote=? and until > ?", (remote, now)
        ).fetchone()
        return (str(row[0]), str(row[1])) if row else None

    def _rows(self, where: str, values: tuple[str, ...]) -> list[Row]:
        return [Row(*r) for r in self._db.execute(f"select {_COLUMNS} from outbox {where}", values)]
