"""Which insights say the same: each twin with the one that speaks for it, and what a person said of it.

`twin` is derived: from the texts, their times and `apart`. What may have changed it waits in `unplaced`,
put there by triggers, so that no way of writing an insight can forget to. (`or ignore` would not do in
them: the policy of the statement that fires a trigger wins, and an upsert's is to fail.)
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import NamedTuple

import apsw

MIGRATION = """
create table twin (
  insight_id text primary key references insight (id),
  canonical  text not null references insight (id)
) strict, without rowid;
create index twin_canonical on twin (canonical);
create table apart (
  one     text not null,
  other   text not null,
  who     text not null,
  said_at text not null,
  primary key (one, other)
) strict, without rowid;
create table unplaced (insight_id text primary key) strict, without rowid;
insert into unplaced select id from insight where state = 'active';

create trigger unplaced_when_learnt after insert on insight
  begin insert into unplaced select new.id where new.id not in unplaced; end;
create trigger unplaced_when_changed after update of state, version, created_at on insight
  when (old.state, old.version, old.created_at) is not (new.state, new.version, new.created_at)
  begin insert into unplaced select new.id where new.id not in unplaced; end;
create trigger unplaced_when_judged after insert on verdict
  begin insert into unplaced select new.insight_id where new.insight_id not in unplaced; end;
create trigger unplaced_when_judged_anew after update of outcome on verdict
  when (old.outcome = 'block') <> (new.outcome = 'block')
  begin insert into unplaced select new.insight_id where new.insight_id not in unplaced; end;
create trigger unplaced_when_embedded after update of embedding on memory_item
  when new.embedding is not null and new.scope = 'own'
  begin insert into unplaced select id from insight where id = new.ref and id not in unplaced; end;
"""

LOOKED_AT_AGAIN = "insert into unplaced select insight_id from twin where insight_id not in unplaced"
"""A migration: what was a twin may say the contrary (ADR 0049). Who spoke for itself goes on to."""


class Standing(NamedTuple):
    """An insight that may have twins: when it was first said, its kind, who speaks for it ('' itself)."""

    said_at: str
    id: str
    kind: str
    canonical: str


class Twins:
    """Rows of `twin`, `apart` and `unplaced`; the caller holds the transaction."""

    def __init__(self, connection: apsw.Connection) -> None:
        self._db = connection

    def canonical(self, insight_id: str) -> str:
        """Which insight speaks for this one; '' when it speaks for itself."""
        row = self._db.execute("select canonical from twin where insight_id=?", (insight_id,)).fetchone()
        return str(row[0]) if row else ""

    def of(self, canonical: str) -> list[str]:
        """The twins that an insight speaks for, by id."""
        sql = "select insight_id from twin where canonical=? order by insight_id"
        return [str(r[0]) for r in self._db.execute(sql, (canonical,))]

    def put(self, insight_id: str, canonical: str) -> None:
        """Remember who speaks for an insight; '' for itself."""
        self._db.execute("delete from twin where insight_id=?", (insight_id,))
        if canonical:
            self._db.execute("insert into twin values (?,?)", (insight_id, canonical))

    def standing(self, ids: Iterable[str]) -> list[Standing]:
        """Those of these insights that may have twins, the one said first leading.

        Not what is blocked, which never leaves anyway and must not silence a clean text; nor components,
        technologies and documents, which are known by name.
        """
        rows = self._db.execute(
            "select i.created_at, i.id, i.kind, coalesce(t.canonical, '') from insight i "
            "join json_each(?) asked on asked.value = i.id "
            "join verdict v on v.insight_id = i.id and v.version = i.version and v.outcome <> 'block' "
            "left join twin t on t.insight_id = i.id "
            "where i.state = 'active' and i.kind not in ('component', 'document') "
            "and i.detector not in ('adoption', 'folder') order by i.created_at, i.id",
            (json.dumps(list(ids)),),
        )
        return [Standing(*map(str, row)) for row in rows]

    def withdrawn(self, ids: Iterable[str]) -> list[str]:
        """Those of these insights that a person took back, the one said first leading."""
        rows = self._db.execute(
            "select id from insight where state = 'withdrawn' and id in (select value from json_each(?)) "
            "order by created_at, id",
            (json.dumps(list(ids)),),
        )
        return [str(row[0]) for row in rows]

    # ---------------------------------------------------------------- what a person said

    def set_apart(self, one: str, other: str, who: str, at: str) -> None:
        """A person says that these two are not the same."""
        self._db.execute(
            "insert into apart values (?,?,?,?) on conflict do nothing", (*sorted((one, other)), who, at)
        )
        self.unplace((one, other))

    def rejoin(self, insight_id: str) -> list[str]:
        """Forget what was said of an insight; the ids that it was set apart from."""
        rows = self._db.execute(
            "delete from apart where ?1 in (one, other) returning one, other", (insight_id,)
        ).fetchall()
        others = sorted({str(i) for row in rows for i in row} - {insight_id})
        self.unplace((insight_id, *others))
        return others

    def apart_from(self, insight_id: str) -> set[str]:
        """The insights that a person said are not the same as this one."""
        rows = self._db.execute("select one, other from apart where ? in (one, other)", (insight_id,))
        return {str(i) for row in rows for i in row} - {insight_id}

    # ---------------------------------------------------------------- what is to be looked at

    def unplaced(self) -> list[str]:
        """Insights whose place may have changed."""
        return [str(r[0]) for r in self._db.execute("select insight_id from unplaced")]

    def unplace(self, ids: Iterable[str]) -> None:
        """Look at these again."""
        self._db.executemany("insert into unplaced values (?) on conflict do nothing", [(i,) for i in ids])

    def placed(self, ids: Iterable[str]) -> None:
        """These have been looked at."""
        self._db.executemany("delete from unplaced where insight_id=?", [(i,) for i in ids])
