"""Places of the outbox as a whole: which folder lies there, and rows that go with it to another path.

A place is (remote, target). Rows at a place say what lies there; a place that is met again under another
target, or another remote's name, is told so by its rows: all that is known of each object stays.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass, replace

import apsw

from orchestrator.store.offers import PREFIX
from orchestrator.store.outbox import COLUMNS, GONE, LONG_AGO, Row, select_rows

Place = tuple[str, str]  # (remote, target)
MIGRATION = """
create table folder (
  target text primary key,
  mark   text not null
) strict, without rowid;
"""
MOVED_FROM = """
create table moved_from (
  remote text not null,
  target text not null,
  mark   text not null,
  primary key (remote, target)
) strict, without rowid;
"""
_MARKS = ", ".join("?" * len(COLUMNS))
_WAITING = "(state in ('sending', 'stuck', 'conflict') or state = 'ready' and wanted_hash <> sent_hash)"


@dataclass(frozen=True, slots=True)
class Conflict:
    """What a person changed or removed (`gone`) on a remote; `task`: of an offer that was accepted.

    `former`: where the configuration no longer leads.
    """

    gone: bool
    task: bool
    former: bool

    @classmethod
    def of(cls, key: str, reason: str, *, former: bool) -> Conflict:
        """The conflict of an outbox row."""
        return cls(reason == GONE, key.startswith(PREFIX), former)


class Places:
    """Rows of `outbox` by their place, and of `folder`; the caller holds the transaction."""

    def __init__(self, connection: apsw.Connection) -> None:
        self._db = connection

    # ---------------------------------------------------------------- which folder lies at a target

    def mark(self, target: str) -> str:
        """The mark of the folder that was met there last; '' for none."""
        row = self._db.execute("select mark from folder where target=?", (target,)).fetchone()
        return str(row[0]) if row else ""

    def remember(self, target: str, mark: str) -> None:
        """The folder with this mark lies there."""
        self._db.execute(
            "insert into folder values (?,?) on conflict (target) do update set mark=excluded.mark",
            (target, mark),
        )

    def forget_mark(self, target: str) -> None:
        """Whatever folder is met there next is taken for the right one."""
        self._db.execute("delete from folder where target=?", (target,))

    # ---------------------------------------------------------------- where folders were before

    def lose_sight(self, place: Place, mark: str) -> None:
        """The folder with this mark was met elsewhere, nothing lay here: it moved, or this one is away."""
        self._db.execute("insert or replace into moved_from values (?,?,?)", (*place, mark))

    def out_of_sight(self) -> list[tuple[Place, str]]:
        """Each such place with the mark of its folder."""
        rows = self._db.execute("select remote, target, mark from moved_from order by remote, target")
        return [((str(remote), str(target)), str(mark)) for remote, target, mark in rows]

    def settle_sight(self, place: Place) -> None:
        """Nothing is to be watched for there any more."""
        self._db.execute("delete from moved_from where remote=? and target=?", place)

    # ---------------------------------------------------------------- rows of one place

    def holds(self, target: str) -> bool:
        """Whether something of ours is known to lie at that target."""
        sql = "select 1 from outbox where target=? and ref <> '' limit 1"
        return self._db.execute(sql, (target,)).fetchone() is not None

    def is_due(self, place: Place, keys: Collection[str] | None = None) -> bool:
        """Whether something waits there, of these keys (None: any): for a push, or for a person's word."""
        return self.waiting(place, keys) > 0

    def waiting(self, place: Place, keys: Collection[str] | None = None) -> int:
        """How many rows of a place wait for a push, or for a person's word on what was refused or edited."""
        (n,) = self._db.execute(
            f"select count(*) from outbox where remote=?1 and target=?2 and {_WAITING} "
            "and (?3 is null or key in (select value from json_each(?3)))",
            (*place, None if keys is None else json.dumps(list(keys))),
        ).fetchall()[0]
        return int(str(n))

    def move(
        self,
        place: Place,
        to: Place,
        keys: Collection[str] | None = None,
        *,
        leave: bool = False,
        addresses: tuple[str, str] = ("", ""),
    ) -> None:
        """What lies at one place lies at the other: each row goes there, with all it knows of its object.

        Where the other place has a row, that one says what is wanted, and all of it once something is known
        to lie there. Of `keys` (None: all) only. `leave`: the former place still holds it as well.
        `addresses` are what those of its objects began with, and begin with now.
        """
        for row in self._at(place):
            if keys is None or row.key in keys:
                url, linked = (_readdressed(address, *addresses) for address in (row.url, row.linked))
                self._move(row, replace(row, remote=to[0], target=to[1], url=url, linked=linked), leave=leave)

    def _move(self, row: Row, moved: Row, *, leave: bool) -> None:
        there = next(iter(self._at((moved.remote, moved.target), row.key)), None)
        if not leave:
            self._delete(row)
        if there is None or not there.ref:
            if there is not None:
                moved = replace(moved, wanted_hash=there.wanted_hash, state=_state(row, there))
            sql = f"insert or replace into outbox ({', '.join(COLUMNS)}) values ({_MARKS})"
            self._db.execute(sql, tuple(getattr(moved, name) for name in COLUMNS))

    def forget(self, place: Place) -> None:
        """Drop every row of a place, whatever lies there."""
        self._db.execute("delete from outbox where remote=? and target=?", place)

    def doubt(self, place: Place) -> None:
        """Nothing is known of what lies there any more: whatever was sent is asked for, and sent again.

        What was given up stays so; of what waits for consent what was agreed to still counts.
        """
        self._db.execute(
            "update outbox set ref='', url='', remote_version='', status='', resolution='', edited=0, "
            "taken='', linked='', link_error='', error='', attempts=0, "
            "started_at=case state when 'dropped' then started_at else ? end, "
            "state=case state when 'dropped' then state else 'sending' end "
            "where remote=? and target=? and (ref <> '' or state = 'sending')",
            (LONG_AGO, *place),
        )

    def _at(self, place: Place, key: str | None = None) -> list[Row]:
        where = "where remote=?1 and target=?2 and (?3 is null or key=?3)"
        return select_rows(self._db, where, (*place, key))

    def _delete(self, row: Row) -> None:
        self._db.execute(
            "delete from outbox where remote=? and target=? and key=?", (row.remote, row.target, row.key)
        )


def _readdressed(address: str, before: str, now: str) -> str:
    return now + address.removeprefix(before) if before and address.startswith(before) else address


def _state(row: Row, there: Row) -> str:
    """The state of a row that meets the wish of another: what is in doubt stays so, a new wish is ready."""
    if "sending" in (row.state, there.state):
        return "sending"
    stays = row.wanted_hash == there.wanted_hash or row.state == "dropped"
    return row.state if stays else "ready"
