"""Which commits touched a company's code, which the code that all share, and which speak to nobody.

Those speak to orch by their trailers and touch no company's code, so that nothing is learnt from them.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass

import apsw

from orchestrator.model import Commit

OWN, SHARED, UNHEARD = "own", "shared", "unheard"

MIGRATION = """
create table touched (
  whose     text not null check (whose in ('own', 'shared')),
  commit_id text not null,
  at        text not null,
  primary key (whose, commit_id)
) strict, without rowid;
create index touched_newest on touched (whose, at);
"""
WITH_UNHEARD = """
create table touched_by (
  whose     text not null check (whose in ('own', 'shared', 'unheard')),
  commit_id text not null,
  at        text not null,
  primary key (whose, commit_id)
) strict, without rowid;
insert into touched_by select whose, commit_id, at from touched;
drop table touched;
alter table touched_by rename to touched;
create index touched_newest on touched (whose, at);
"""


@dataclass(frozen=True, slots=True)
class Extent:
    """How many commits there are; id and time (UTC ISO 8601) of the newest, '' for none."""

    commits: int = 0
    last: str = ""
    at: str = ""


class Touched:
    """Rows of `touched`; the caller holds the transaction.

    Shared code is everybody's: each company's store may know which commits touched it.
    """

    def __init__(self, connection: apsw.Connection) -> None:
        self._db = connection

    def add(self, whose: str, commits: Iterable[Commit]) -> None:
        """Remember commits; remembered twice is remembered once. `whose` is OWN, SHARED or UNHEARD."""
        self._db.executemany(
            "insert into touched values (?,?,?) on conflict do nothing",
            [(whose, c.id, c.committed_at) for c in commits],
        )

    def commits(self) -> set[str]:
        """All of them, the company's and those of shared code."""
        return {str(r[0]) for r in self._db.execute("select commit_id from touched")}

    def forget(self, commits: Iterable[str]) -> None:
        """Drop commits that left history."""
        self._db.execute(
            "delete from touched where commit_id in (select value from json_each(?))",
            (json.dumps(list(commits)),),
        )

    def clear(self) -> None:
        """Drop all: what counts as this company's is read anew."""
        self._db.execute("delete from touched")

    def extent(self, whose: str, since: str = "") -> Extent:
        """Count and newest commit; a scan of one index, no row is fetched for the count.

        Of those since a time (UTC ISO 8601), where one is given.
        """
        sql = "select count(*) from touched where whose=? and at >= ?"
        count = self._db.execute(sql, (whose, since)).fetchone()
        if not count or not count[0]:
            return Extent()
        newest = self._db.execute(
            "select commit_id, at from touched where whose=? order by at desc limit 1", (whose,)
        ).fetchone()
        return Extent(int(count[0]), *(map(str, newest) if newest else ("", "")))
