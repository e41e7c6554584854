"""Which commits touch a confidential file, by the glob that says so: what they taught needs a look."""

from __future__ import annotations

import json
from collections.abc import Iterable

import apsw

MIGRATION = """
create table confidential_commit (
  commit_id text not null,
  glob      text not null,
  globs     text not null,  -- hash of the whole list: what an earlier list said goes once all is read anew
  primary key (commit_id, glob)
) strict, without rowid;
"""
CHANGED = "confidential_changed"  # the setting that says: verdicts may be out of step with these rows


class ConfidentialCommits:
    """Rows of `confidential_commit`; the caller holds the transaction.

    Whatever changes them is noted in the same transaction, until the verdicts were looked at.
    """

    def __init__(self, connection: apsw.Connection) -> None:
        self._db = connection

    def add(self, rows: Iterable[tuple[str, str]], globs: str) -> None:
        """Remember (commit, glob), as the list of globs with that hash has it."""
        added = [(commit, glob, globs) for commit, glob in rows]
        self._db.executemany(
            "insert into confidential_commit values (?,?,?) "
            "on conflict (commit_id, glob) do update set globs=excluded.globs",
            added,
        )
        self._note(bool(added))

    def forget(self, commits: Iterable[str]) -> None:
        """Drop commits that left history."""
        sql = "delete from confidential_commit where commit_id in (select value from json_each(?))"
        self._db.execute(sql, (json.dumps(list(commits)),))
        self._note(self._db.changes() > 0)

    def keep_only(self, globs: str) -> None:
        """Drop what only an earlier list of globs said."""
        self._db.execute("delete from confidential_commit where globs <> ?", (globs,))
        self._note(self._db.changes() > 0)

    def globs(self, insight: str, commits: Iterable[str]) -> set[str]:
        """The globs that commits behind an insight touch: those of its evidence, and these."""
        rows = self._db.execute(
            "select distinct glob from confidential_commit where commit_id in "
            "(select value from json_each(?2) union all select commit_id from evidence where insight_id=?1)",
            (insight, json.dumps(list(commits))),
        )
        return {str(row[0]) for row in rows}

    def changed(self) -> bool:
        """Whether verdicts may be out of step with these rows."""
        sql = "select 1 from setting where name=? and value='yes'"
        return self._db.execute(sql, (CHANGED,)).fetchone() is not None

    def told(self) -> dict[str, set[str]]:
        """{insight: globs that commits behind it touch}."""
        found: dict[str, set[str]] = {}
        for insight, glob in self._db.execute(
            "select insight_id, glob from evidence join confidential_commit using (commit_id)"
        ):
            found.setdefault(str(insight), set()).add(str(glob))
        return found

    def settled(self) -> None:
        """The verdicts are in step."""
        self._db.execute("delete from setting where name=?", (CHANGED,))

    def _note(self, changed: bool) -> None:
        if changed:
            self._db.execute("insert or replace into setting values (?, 'yes')", (CHANGED,))
