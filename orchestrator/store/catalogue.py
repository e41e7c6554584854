"""The components that commits of a company made: where, what their learning is about, and which have left."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from typing import NamedTuple

import apsw

from orchestrator.model import Kind, insight_id, normalise
from orchestrator.plain_name import bare_name

MIGRATION = """
alter table component add column topic text not null default '?';  -- of before: by its name; '' for none
alter table component add column left_by text not null default '';  -- the commit that took its last manifest
"""


class Seen(NamedTuple):
    """`here`: folders of components that are there. `topics`: folder → topic of every one that taught
    something, also of those that left: each has its own for good.
    """

    here: frozenset[str] = frozenset()
    topics: Mapping[str, str] = {}


class Catalogue:
    """Rows of `component`; the caller holds the transaction."""

    def __init__(self, connection: apsw.Connection, company: str) -> None:
        self._db, self._company = connection, company

    def seen(self, without: AbstractSet[str] = frozenset()) -> Seen:
        """What was seen, as if these commits had not been read; the topics that they gave stay."""
        rows = self._db.execute("select folder, commit_id, left_by, topic, name from component").fetchall()
        here = (f for f, made, left, *_rest in rows if made not in without and (not left or left in without))
        topics = {
            str(f): normalise(bare_name(str(n))) if t == "?" else str(t) for f, _made, _left, t, n in rows
        }
        return Seen(frozenset(map(str, here)), {folder: topic for folder, topic in topics.items() if topic})

    def names(self) -> dict[str, str]:
        """Folder → name of every component that was seen, also of those that left."""
        return {str(f): str(n) for f, n in self._db.execute("select folder, name from component")}

    def births(self) -> dict[str, tuple[str, str]]:
        """Folder → name, and the commit that made it, of every component that was seen."""
        rows = self._db.execute("select folder, name, commit_id from component")
        return {str(folder): (str(name), str(commit)) for folder, name, commit in rows}

    def forget(self, commits: AbstractSet[str]) -> None:
        """What these commits alone made is new again, and what they took away has not left."""
        rows = self._db.execute("select folder, commit_id, left_by from component").fetchall()
        topics = self.seen().topics if commits else {}
        for folder in (str(folder) for folder, commit, _left in rows if commit in commits):
            if maker := self._maker(topics.get(folder, ""), commits):
                self._db.execute("update component set commit_id=? where folder=?", (maker, folder))
            else:
                self._db.execute("delete from component where folder=?", (folder,))
        back = [(folder,) for folder, _commit, left in rows if left in commits]
        self._db.executemany("update component set left_by='' where folder=?", back)

    def _maker(self, topic: str, without: AbstractSet[str]) -> str:
        """The first commit but for these that teaches a component of that topic; '' for none."""
        sql = "select commit_id from evidence where insight_id=? order by said_at, commit_id"
        rows = self._db.execute(sql, (insight_id(self._company, Kind.COMPONENT, topic),)) if topic else ()
        return next((str(commit) for (commit,) in rows if commit not in without), "")

    def put(self, folder: str, name: str, topic: str, commit: str) -> None:
        """Remember a component; its first commit stays, and its topic. One that had left is new."""
        self._db.execute(
            "insert into component (folder, name, topic, commit_id) values (?,?,?,?) "
            "on conflict (folder) do update set name=excluded.name, left_by='', "
            "topic=case when topic in ('', '?') and excluded.topic <> '' then excluded.topic else topic end, "
            "commit_id=case when left_by='' then commit_id else excluded.commit_id end",
            (folder, name, topic, commit),
        )

    def leave(self, folders: Iterable[str], commit: str) -> None:
        """Remember that this commit took away the last manifest of these folders."""
        sql = "update component set left_by=? where folder=?"
        self._db.executemany(sql, [(commit, folder) for folder in folders])
