"""Remotes that are left alone for a while, because they said so."""

from __future__ import annotations

import apsw


class Pauses:
    """Rows of `pause`; the caller holds the transaction."""

    def __init__(self, connection: apsw.Connection) -> None:
        self._db = connection

    def put(self, remote: str, until: str, reason: str) -> None:
        """Leave a remote alone until a time, because it said so."""
        self._db.execute(
            "insert into pause values (?,?,?) on conflict (remote) do update set "
            "until=excluded.until, reason=excluded.reason",
            (remote, until, reason),
        )

    def of(self, remote: str, now: str) -> tuple[str, str] | None:
        """(until, reason) while a remote is to be left alone.

        No pause lasts two days: one that seems to was written by a clock that was set back since.
        """
        row = self._db.execute(
            "select until, reason from pause where remote=?1 and until > ?2 "
            "and until <= strftime('%Y-%m-%dT%H:%M:%SZ', ?2, '+2 days')",
            (remote, now),
        ).fetchone()
        return (str(row[0]), str(row[1])) if row else None
