"""The files behind an insight as they were when it was last said, and how much of each is gone since."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import NamedTuple

import apsw

MIGRATION = """
create table cited (
  insight_id text not null references insight (id),
  path       text not null,
  blob       text not null,
  said_at    text not null,
  now        text not null default '?',  -- the blob that lies there now; '' when none does, '?' not asked yet
  gone       real not null default 0,    -- share of the lines that are not there any more
  primary key (insight_id, path)
) strict, without rowid;
create index cited_path on cited (path);
create index cited_unasked on cited (insight_id) where now = '?';
"""
STALE = 0.5
"""Share of the cited files, each by its lines, from which an insight is to be reviewed (ADR 0019)."""

_STALE = (
    "select c.insight_id from cited c join insight i on i.id = c.insight_id where i.state = 'active' "
    "and not exists (select 1 from twin t where t.insight_id = i.id) "
    f"group by c.insight_id having avg(c.gone) >= {STALE}"
)


class Citation(NamedTuple):
    """A file that an insight cites, as it was then."""

    insight: str
    path: str
    blob: str


class Cited:
    """Rows of `cited`; the caller holds the transaction."""

    def __init__(self, connection: apsw.Connection) -> None:
        self._db = connection

    def put(self, insight_id: str, said_at: str, files: Mapping[str, str]) -> None:
        """Remember path → blob of what an insight is about; who says it last counts."""
        self._db.executemany(
            "insert into cited (insight_id, path, blob, said_at) values (?,?,?,?) "
            "on conflict do update set blob=excluded.blob, said_at=excluded.said_at, now='?', gone=0 "
            "where excluded.said_at >= said_at and excluded.blob <> blob",
            [(insight_id, path, blob, said_at) for path, blob in files.items()],
        )

    def follow(self, changed: Mapping[str, str]) -> None:
        """These paths lie elsewhere now, or hold something else, or nothing: ask again."""
        paths = json.dumps(list(changed))
        sql = "select distinct path from cited where path in (select value from json_each(?))"
        for path in [str(r[0]) for r in self._db.execute(sql, (paths,))]:
            now = changed[path] or path
            self._db.execute("update or ignore cited set path=?, now='?' where path=?", (now, path))

    def unasked(self, *, everything: bool = False) -> list[Citation]:
        """What has to be compared with what lies there now."""
        where = "" if everything else "where now = '?'"
        return [
            Citation(*map(str, r))
            for r in self._db.execute(f"select insight_id, path, blob from cited {where}")
        ]

    def commits(self, insights: Iterable[str]) -> dict[str, set[str]]:
        """The commits that say each of these insights; those that none says are left out."""
        sql = (
            "select distinct insight_id, commit_id from evidence "
            "where insight_id in (select value from json_each(?))"
        )
        found: dict[str, set[str]] = {}
        for insight, commit in self._db.execute(sql, (json.dumps(list(insights)),)):
            found.setdefault(str(insight), set()).add(str(commit))
        return found

    def set_now(self, citation: Citation, now: str, gone: float, *, spared: bool = False) -> None:
        """Remember what lies there now ('' for nothing), and how much is gone, 0 to 1.

        `spared` says that nothing more is gone than was before.
        """
        more = "min(gone, ?)" if spared else "?"
        sql = f"update cited set now=?, gone={more} where insight_id=? and path=?"
        self._db.execute(sql, (now, gone, citation.insight, citation.path))

    def renew(self, insight_id: str) -> None:
        """A person looked: what lies there now is what the insight is about."""
        self._db.execute("delete from cited where insight_id=? and now=''", (insight_id,))
        self._db.execute("update cited set blob=now, gone=0 where insight_id=? and now<>'?'", (insight_id,))

    def gone(self, insight_id: str) -> float:
        """How much of its files is gone, 0 to 1."""
        row = self._db.execute("select avg(gone) from cited where insight_id=?", (insight_id,)).fetchone()
        return float(row[0] or 0) if row else 0.0

    def changed(self, insight_id: str) -> list[tuple[str, float]]:
        """(path, share of its lines that is gone) of the files of which something is."""
        sql = "select path, gone from cited where insight_id=? and gone > 0 order by gone desc, path"
        return [(str(path), float(gone)) for path, gone in self._db.execute(sql, (insight_id,))]

    def stale(self) -> list[str]:
        """Active insights of whose files much is gone."""
        return [str(r[0]) for r in self._db.execute(_STALE)]
