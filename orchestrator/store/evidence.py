"""Where insights were seen, and what was said there: which commits are evidence of what."""

from __future__ import annotations

import json
from collections.abc import Iterable

import apsw

from orchestrator.model import Evidence


class EvidenceTable:
    """Rows of `evidence`; the caller holds the transaction."""

    def __init__(self, connection: apsw.Connection) -> None:
        self._db = connection

    def of(self, insight_id: str) -> tuple[Evidence, ...]:
        """The evidence of an insight, as it came."""
        rows = self._db.execute(
            "select commit_id, paths, seen_at, said_at, says, anchor from evidence where insight_id=? "
            "order by seen_at, commit_id",
            (insight_id,),
        )
        return tuple(Evidence(c, tuple(json.loads(p)), *when) for c, p, *when in rows)

    def add(self, insight_id: str, evidence: Iterable[Evidence]) -> None:
        """Remember where an insight was seen and what was said there; seen twice is seen once."""
        self._db.executemany(
            "insert into evidence (insight_id, commit_id, paths, seen_at, said_at, says, anchor) "
            "values (?,?,?,?,?,?,?) on conflict do update set paths=excluded.paths, "
            "said_at=excluded.said_at, says=excluded.says, anchor=excluded.anchor",
            [
                (insight_id, e.commit, json.dumps(e.paths), e.seen_at, e.said_at, e.says, e.anchor)
                for e in evidence
            ],
        )

    def set_anchor(self, insight_id: str, commit: str, anchor: str) -> None:
        """Remember where in its commit an insight was said."""
        sql = "update evidence set anchor=? where insight_id=? and commit_id=?"
        self._db.execute(sql, (anchor, insight_id, commit))

    def of_several(self) -> set[str]:
        """The commits that say what another one says, too."""
        sql = (
            "select distinct commit_id from evidence where insight_id in "
            "(select insight_id from evidence group by insight_id having count(*) > 1)"
        )
        return {str(row[0]) for row in self._db.execute(sql)}

    def first_said(self, insight_id: str) -> str:
        """The earliest author time of its evidence; '' when there is none."""
        sql = "select min(said_at) from evidence where insight_id=? and said_at <> ''"
        row = self._db.execute(sql, (insight_id,)).fetchone()
        return str(row[0] or "") if row else ""

    def forget_commits(self, commits: Iterable[str]) -> list[str]:
        """Drop evidence of commits that left history; return the insights it belonged to."""
        gone = json.dumps(list(commits))
        rows = self._db.execute(
            "delete from evidence where commit_id in (select value from json_each(?)) returning insight_id",
            (gone,),
        ).fetchall()
        return sorted({str(r[0]) for r in rows})

    def behind_any(self, commits: Iterable[str]) -> set[str]:
        """Those of these commits that are evidence of something."""
        sql = "select distinct commit_id from evidence where commit_id in (select value from json_each(?))"
        return {str(row[0]) for row in self._db.execute(sql, (json.dumps(list(commits)),))}

    def commits(self) -> set[str]:
        """Every commit that is evidence of something."""
        return {str(r[0]) for r in self._db.execute("select distinct commit_id from evidence")}

    def unsaid(self, gone: Iterable[str]) -> dict[str, tuple[str, str]]:
        """Insights whose words go with `gone`, while other evidence stays: id → (commit, what it says).

        The commit is the one whose words count from then on: the first that says it, of a document the
        last. A person's own words are nobody else's, and those of what was withdrawn stay as they were.
        """
        rows = self._db.execute(
            "with gone as (select value as commit_id from json_each(?)), "
            "hit as (select distinct insight_id from evidence join gone using (commit_id)), "
            "stay as (select e.*, row_number() over (partition by insight_id order by "
            "  case when detector = 'decisions' then said_at end desc, said_at, commit_id) as place "
            "  from evidence e join hit using (insight_id) join insight i on i.id = e.insight_id "
            "  where commit_id not in (select commit_id from gone)) "
            "select i.id, s.commit_id, s.says from insight i "
            "join stay s on s.insight_id = i.id and s.place = 1 "
            "where i.detector <> 'person' and i.state <> 'withdrawn' and not exists "
            "  (select 1 from decision d where d.insight_id = i.id and d.action = 'edit') "
            "and case when i.detector = 'decisions' then s.says <> i.version else not exists "
            "  (select 1 from stay t where t.insight_id = i.id and t.says = i.version) end",
            (json.dumps(list(gone)),),
        )
        return {str(i): (str(commit), str(says)) for i, commit, says in rows}

    def forget_said(self, insight_id: str, commit: str) -> None:
        """The commit teaches this no more."""
        sql = "delete from evidence where insight_id=? and commit_id=?"
        self._db.execute(sql, (insight_id, commit))
