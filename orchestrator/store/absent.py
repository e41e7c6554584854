"""Contents that this clone had not when a commit was read: what they teach is read once they are there."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping

import apsw

MIGRATION = """
create table absent (
  commit_id text not null,
  blob      text not null,
  primary key (commit_id, blob)
) strict, without rowid;
"""


class Absent:
    """Rows of `absent`; the caller holds the transaction."""

    def __init__(self, connection: apsw.Connection) -> None:
        self._db = connection

    def put(self, missing: Mapping[str, Iterable[str]]) -> None:
        """Of each of these commits the blobs that are not here, none when all are."""
        self.forget(missing)
        rows = [(commit, blob) for commit, blobs in missing.items() for blob in blobs]
        self._db.executemany("insert into absent values (?,?) on conflict do nothing", rows)

    def forget(self, commits: Iterable[str]) -> None:
        """Drop commits that left history."""
        self._db.execute(
            "delete from absent where commit_id in (select value from json_each(?))",
            (json.dumps(list(commits)),),
        )

    def waiting(self) -> dict[str, set[str]]:
        """Commit → the blobs that it waits for."""
        found: dict[str, set[str]] = {}
        for commit, blob in self._db.execute("select commit_id, blob from absent"):
            found.setdefault(str(commit), set()).add(str(blob))
        return found

    def blobs(self) -> set[str]:
        """All that is waited for."""
        return {str(row[0]) for row in self._db.execute("select distinct blob from absent")}
