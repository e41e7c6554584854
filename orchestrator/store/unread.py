"""The commits that orch could not read because of a mistake of its own, and what may leave all the same."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import NamedTuple

import apsw

_SETTING = "unread"


class Unread(NamedTuple):
    """The commits that are to be read again (none: the mistake was of none of them), the mistake's kind, the
    file that says where in orch it was made, and a mark of the orch that made it.
    """

    commits: tuple[str, ...]
    kind: str = ""
    file: str = ""
    program: str = ""


class UnreadTable:
    """One row of `setting`; the caller holds the transaction."""

    def __init__(self, connection: apsw.Connection) -> None:
        self._db = connection

    def of(self) -> Unread | None:
        """What the last drain could not read; None when it read everything."""
        row = self._db.execute("select value from setting where name=?", (_SETTING,)).fetchone()
        if row is None:
            return None
        commits, *more = json.loads(str(row[0]))
        return Unread(tuple(commits), *more)

    def commits(self) -> tuple[str, ...]:
        """The commits that are to be read again."""
        found = self.of()
        return found.commits if found else ()

    def put(self, unread: Unread | None) -> None:
        """Remember what a drain could not read, None that it read everything."""
        self._db.execute("delete from setting where name=?", (_SETTING,))
        if unread:
            self._db.execute("insert into setting values (?,?)", (_SETTING, json.dumps(unread)))

    def keep(self, commits: Iterable[str]) -> None:
        """Remember these commits, together with the refs that move on above them; `put` says the rest."""
        known, asked = self.of(), tuple(commits)
        if asked != (known.commits if known else ()):
            self.put(Unread(asked) if asked else None)

    def unconcerned(self) -> list[str]:
        """Keys of the outbox about which no commit has a word: what people took back or refused, documents,
        tasks of offers.
        """
        rows = self._db.execute(
            "select distinct key from outbox o where not exists (select 1 from insight i "
            "  where i.id = o.key and i.kind <> 'document' and i.state <> 'withdrawn') "
            "or (select d.action from decision d where d.insight_id = o.key and d.action <> 'edit' "
            "  order by d.seq desc limit 1) in ('refuse', 'withdraw') order by key"
        )
        return [str(row[0]) for row in rows]
