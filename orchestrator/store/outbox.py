"""The outbox: what each remote should hold, and what is known to be there.

A row is a wish, not a message. It is due while `wanted_hash != sent_hash`; an empty
`wanted_hash` wishes for absence. A newer version of an insight overwrites the wish; retrying is a
matter of the row being due still. There is no second mechanism.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

import apsw

if TYPE_CHECKING:
    from orchestrator.remote import Observed

GONE = "gone"  # the conflict with whoever removed an object: it should be there, and is not shown
LONG_AGO = "1970-01-01T00:00:00Z"  # since when what nobody knows of is in doubt: no remote can still hide it
_THIS = "remote=? and target=? and key=?"
# A request went out, nobody knows whether something lies there, and nothing was settled since: a row that was
# set aside with that unknown stays so, and is asked for before it is given up.
_UNKNOWN = "outbox.sent_hash = '' and outbox.started_at <> ''"
_OPEN = f"case when outbox.state = 'sending' or {_UNKNOWN} then 'sending' else 'ready' end"
_NOTHING_THERE = f"sent_hash = '' and state <> 'sending' and not ({_UNKNOWN})"


@dataclass(frozen=True, slots=True)
class Row:
    """One wish: columns of `outbox`. Times are UTC ISO 8601 or ''.

    `edited` is 1 where a person wrote there after us, `taken` the words of theirs (`Observed.words`) that
    may be written over since a person agreed; `linked` the address that the object links to.
    """

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
    resolution: str = ""
    seen_at: str = ""
    edited: int = 0
    taken: str = ""
    linked: str = ""
    link_error: str = ""

    @property
    def only_asked(self) -> bool:
        """It was taken back, and no remote is known to have heard of it: the next push only asks there."""
        sent = self.wanted_hash or self.sent_hash or self.started_at != LONG_AGO
        return self.state == "sending" and not sent


COLUMNS = tuple(column.name for column in fields(Row))


def select_rows(connection: apsw.Connection, where: str, values: Sequence[str | None]) -> list[Row]:
    """The rows of a condition."""
    return [Row(*r) for r in connection.execute(f"select {', '.join(COLUMNS)} from outbox {where}", values)]


class Outbox:
    """Rows of `outbox`; the caller holds the transaction."""

    def __init__(self, connection: apsw.Connection) -> None:
        self._db = connection

    def want(self, key: str, wanted: dict[tuple[str, str], str]) -> None:
        """Set what is wanted for `key`: {(remote, target): hash}; in every other place: absence.

        Each place has a row of its own: what was sent to a former target stays known until it is
        taken away there. A row that was set aside becomes ready again when its wish changes.
        """
        for (remote, target), wanted_hash in wanted.items():
            self._db.execute(
                "insert into outbox (remote, target, key, wanted_hash) values (?,?,?,?) "
                "on conflict (remote, target, key) do update set "
                "state = case when outbox.wanted_hash <> excluded.wanted_hash "
                f"  and outbox.state in ('stuck', 'conflict', 'dropped') then {_OPEN} else outbox.state end, "
                "attempts = case when outbox.wanted_hash <> excluded.wanted_hash then 0 else attempts end, "
                "wanted_hash = excluded.wanted_hash",
                (remote, target, key, wanted_hash),
            )
        keep = json.dumps([list(place) for place in wanted])
        others = (
            "key = ? and not exists (select 1 from json_each(?) where value ->> 0 = remote "
            "and value ->> 1 = target)"
        )
        self._db.execute(f"delete from outbox where {others} and {_NOTHING_THERE}", (key, keep))
        self._db.execute(
            "update outbox set state = case when state = 'dropped' and wanted_hash = '' "
            f"then state else {_OPEN} end, wanted_hash = '' where {others}",
            (key, keep),
        )

    def take_away(self, key: str, places: Iterable[tuple[str, str]]) -> None:
        """Wish for absence at these (remote, target) places although nothing is known to be there.

        Another clone may have put it there: the row is in doubt since long ago, so the next push asks. What
        was given up before is wished for again: whoever gave it up left it lying there.
        """
        self._db.execute("update outbox set state='ready', error='' where key=? and state='dropped'", (key,))
        self.doubt(key, places)

    def doubt(self, key: str, places: Iterable[tuple[str, str]]) -> None:
        """Wish for absence at those of these (remote, target) places that have no row, and ask first."""
        self._db.executemany(
            "insert into outbox (remote, target, key, wanted_hash, state, started_at) "
            "values (?,?,?,'','sending',?) on conflict do nothing",
            [(remote, target, key, LONG_AGO) for remote, target in places],
        )

    def forget_unsent(self, key: str) -> None:
        """Drop the wishes for `key` that no remote has heard of; what lies somewhere stays."""
        self._db.execute(f"delete from outbox where key = ? and {_NOTHING_THERE}", (key,))

    def forget(self, row: Row) -> None:
        """Drop a row whatever lies at its place, because a person says so."""
        self._db.execute(f"delete from outbox where {_THIS}", _place(row))

    def rename(self, row: Row, key: str) -> None:
        """Give a row another key; where that has one at this place, the row is forgotten."""
        self._db.execute(f"update or ignore outbox set key = ? where {_THIS}", (key, *_place(row)))
        self.forget(row)

    def due(
        self,
        remote: str,
        target: str | None = None,
        *,
        keys: Sequence[str] | None = None,
        forced: Iterable[str] = (),
    ) -> list[Row]:
        """Rows of a place that differ from what was sent and are not set aside; oldest key first.

        Of `forced` keys a person's conflict is due too, and what nothing is known to have changed.
        """
        return select_rows(
            self._db,
            "where remote = ?1 and (?2 is null or target = ?2) "
            "and (?3 is null or key in (select value from json_each(?3))) "
            "and (state in ('ready', 'sending') "
            "  or state = 'conflict' and key in (select value from json_each(?4))) "
            "and (wanted_hash <> sent_hash or state <> 'ready' or key in (select value from json_each(?4))) "
            "order by key, target",
            (remote, target, None if keys is None else json.dumps(list(keys)), json.dumps(list(forced))),
        )

    def sent(self, remote: str, target: str | None = None) -> list[Row]:
        """Rows of a place that hold something there."""
        return select_rows(
            self._db,
            "where remote = ?1 and (?2 is null or target = ?2) and ref <> '' order by key, target",
            (remote, target),
        )

    def of(self, key: str) -> list[Row]:
        """Every row of an insight; of one remote the place that is wanted comes first."""
        return select_rows(self._db, "where key = ? order by remote, wanted_hash = '', target", (key,))

    def reread(self, row: Row) -> Row | None:
        """The same row as it is now; None where its wish is gone."""
        return next(iter(select_rows(self._db, f"where {_THIS}", _place(row))), None)

    def places(self) -> list[tuple[str, str]]:
        """Every (remote, target) that has rows."""
        rows = self._db.execute("select distinct remote, target from outbox order by remote, target")
        return [(str(remote), str(target)) for remote, target in rows]

    def at(self, remote: str, target: str) -> list[Row]:
        """Every row of one place."""
        return select_rows(self._db, "where remote = ? and target = ? order by key", (remote, target))

    def again(self, row: Row) -> None:
        """Make a row that was set aside ready again, and its link."""
        self._db.execute(
            f"update outbox set state={_OPEN}, error='', attempts=0, link_error='' where {_THIS}",
            _place(row),
        )

    def sending(self, rows: Iterable[Row], at: str) -> None:
        """Write down, before a request goes out, that its outcome is unknown from now on."""
        self._db.executemany(
            f"update outbox set state='sending', started_at=?, attempts=attempts+1 where {_THIS}",
            [(at, *_place(r)) for r in rows],
        )

    def settle(self, row: Row, sent_hash: str, observed: Observed | None, at: str) -> None:
        """A remote holds `observed` with `sent_hash` ('' and None: nothing any more).

        A row that was fulfilled by absence is forgotten, unless its wish changed meanwhile.
        """
        if observed is None:
            self._db.execute(
                "update outbox set state='ready', sent_hash='', ref='', remote_version='', status='', "
                "url='', error='', resolution='', edited=0, taken='', linked='', link_error='', "
                f"started_at='', settled_at=? where {_THIS}",
                (at, *_place(row)),
            )
            self._db.execute(
                f"delete from outbox where {_THIS} and wanted_hash in ('', ?)",
                (*_place(row), row.wanted_hash),
            )
            return
        self._db.execute(
            "update outbox set state='ready', sent_hash=?, ref=?, error='', attempts=0, taken='', "
            f"settled_at=? where {_THIS}",
            (sent_hash, observed.ref, at, *_place(row)),
        )
        self.observe(row, observed, at)

    def mark(self, row: Row, state: str, error: str) -> None:
        """Set a row aside (stuck, conflict) or make it ready again, with the reason."""
        self._about_the_wish(row, "state=?, error=?", (state, error))

    def lose(self, row: Row, why: str) -> None:
        """What is to go is not shown there, as `Hiding` says: it is in doubt, and every push asks for it."""
        self._about_the_wish(row, "state='sending', sent_hash='', started_at=?, error=?", (LONG_AGO, why))

    def release(self, row: Row, error: str) -> None:
        """The remote surely did nothing: the row is as it was before `sending`, in doubt if it was so."""
        self._about_the_wish(row, "state=?, started_at=?, error=?", (row.state, row.started_at, error))

    def _about_the_wish(self, row: Row, told: str, values: tuple[str, ...]) -> None:
        """Write what became of the wish that was seen; one that came in its place meanwhile is due.

        Nobody has said anything of that one yet, and where nothing is known to lie there the next push asks
        first. What a person gave up meanwhile stays so.
        """
        here = f"{_THIS} and state <> 'dropped' and wanted_hash"
        self._db.execute(
            f"update outbox set {told} where {here} = ?", (*values, *_place(row), row.wanted_hash)
        )
        in_doubt = row.state == "sending" or not row.sent_hash
        state, since = ("sending", row.started_at or LONG_AGO) if in_doubt else ("ready", row.started_at)
        self._db.execute(
            f"update outbox set state=?, started_at=?, error='' where {here} <> ?",
            (state, since, *_place(row), row.wanted_hash),
        )

    def observe(self, row: Row, observed: Observed, at: str) -> None:
        """Take over what a remote says of an object that is there: status, address, version, its link.

        What was missed there is no more.
        """
        told = (observed.status, observed.url, observed.version, observed.resolution, int(observed.edited))
        self._db.execute(
            "update outbox set status=?, url=?, remote_version=?, resolution=?, edited=?, "
            f"linked=coalesce(?, linked), seen_at=? where {_THIS}",
            (*told, observed.link, at, *_place(row)),
        )
        self._db.execute(
            f"update outbox set state='ready', error='' where {_THIS} and state='conflict' and error=?",
            (*_place(row), GONE),
        )

    def miss(self, row: Row) -> None:
        """What was in step is shown no more: a person decides whether it is written again."""
        self._db.execute(
            f"update outbox set state='conflict', error=? where {_THIS} and state='ready' "
            "and wanted_hash <> '' and wanted_hash = sent_hash",
            (GONE, *_place(row)),
        )

    def take(self, row: Row, words: str) -> None:
        """Agree that these words of a person, and no others, may be written over; the row is open again."""
        self._db.execute(
            f"update outbox set taken=?, state={_OPEN}, error='' where {_THIS}", (words, *_place(row))
        )


def _place(row: Row) -> tuple[str, str, str]:
    return row.remote, row.target, row.key
