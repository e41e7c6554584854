"""Which commits touch what makes a look necessary: a confidential file, or another company's paths."""

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
LOOKS = """
create table look (
  commit_id text not null,
  rule      text not null,
  name      text not null,  -- the glob, or the company
  mark      text not null,  -- hash of what decides: what was said before goes once all is read anew
  primary key (commit_id, rule, name)
) strict, without rowid;
insert into look select commit_id, 'confidential.file', glob, globs from confidential_commit;
drop table confidential_commit;
"""
HEARD = "refusals_heard"  # the setting that says by which noes of others the verdicts were made
CHANGED = "confidential_changed"  # the setting that says: verdicts may be out of step with these rows


class Looks:
    """Rows of `look`; the caller holds the transaction.

    Whatever changes them is noted in the same transaction, until the verdicts were looked at.
    """

    def __init__(self, connection: apsw.Connection) -> None:
        self._db = connection

    def add(self, rows: Iterable[tuple[str, str, str]], mark: str) -> None:
        """Remember (commit, rule, name), as the configuration with that hash has it."""
        added = [(commit, rule, name, mark) for commit, rule, name in rows]
        self._db.executemany(
            "insert into look values (?,?,?,?) "
            "on conflict (commit_id, rule, name) do update set mark=excluded.mark",
            added,
        )
        self._note(bool(added))

    def forget(self, commits: Iterable[str]) -> None:
        """Drop commits that left history."""
        sql = "delete from look where commit_id in (select value from json_each(?))"
        self._db.execute(sql, (json.dumps(list(commits)),))
        self._note(self._db.changes() > 0)

    def keep_only(self, mark: str) -> None:
        """Drop what only an earlier configuration said."""
        self._db.execute("delete from look where mark <> ?", (mark,))
        self._note(self._db.changes() > 0)

    def behind(self, insight: str, commits: Iterable[str]) -> set[tuple[str, str]]:
        """(rule, name) of what commits behind an insight touch: those of its evidence, and these."""
        rows = self._db.execute(
            "select distinct rule, name from look where commit_id in "
            "(select value from json_each(?2) union all select commit_id from evidence where insight_id=?1)",
            (insight, json.dumps(list(commits))),
        )
        return {(str(rule), str(name)) for rule, name in rows}

    def refused(self, rule: str, besides: str) -> set[str]:
        """Anchors of what the last word on is a no, of commits that touch something by that rule.

        What `besides` said does not count.
        """
        rows = self._db.execute(
            "with said as (select i.id, i.anchor as first, e.anchor as again from insight i "
            "  join evidence e on e.insight_id = i.id join look l using (commit_id) where l.rule = ?2 "
            "  and i.id in (select insight_id from decision where action in ('refuse', 'withdraw')) "
            "  and (select action from decision where insight_id = i.id and action <> 'edit' "
            "    and who <> ?1 order by seq desc limit 1) in ('refuse', 'withdraw')) "
            "select first from said where first <> '' union select again from said where again <> ''",
            (besides, rule),
        )
        return {str(row[0]) for row in rows}

    def changed(self) -> bool:
        """Whether verdicts may be out of step with these rows."""
        sql = "select 1 from setting where name=? and value='yes'"
        return self._db.execute(sql, (CHANGED,)).fetchone() is not None

    def told(self) -> dict[str, set[tuple[str, str]]]:
        """{insight: (rule, name) of what commits behind it touch}."""
        found: dict[str, set[tuple[str, str]]] = {}
        for insight, rule, name in self._db.execute(
            "select insight_id, rule, name from evidence join look using (commit_id)"
        ):
            found.setdefault(str(insight), set()).add((str(rule), str(name)))
        return found

    def settled(self) -> None:
        """The verdicts are in step."""
        self._db.execute("delete from setting where name=?", (CHANGED,))

    def _note(self, changed: bool) -> None:
        if changed:
            self._db.execute("insert or replace into setting values (?, 'yes')", (CHANGED,))
