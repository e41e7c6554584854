"""What commits say of earlier learnings, and which insights are superseded by it.

`retirement` is what was said, and goes with its commit; `superseded` follows from it and from the
evidence. Insights of which either changed wait in `unsettled`, put there by triggers and by `add`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import NamedTuple

import apsw

from orchestrator.model import Commit, Insight
from orchestrator.retirement import Retirement

MIGRATION = """
create table retirement (
  commit_id text not null,
  what      text not null check (what in ('insight', 'commit')),
  target    text not null,
  why       text not null check (why in ('trailer', 'revert', 'document')),
  successor text not null default '',
  said_at   text not null,
  primary key (commit_id, what, target)
) strict, without rowid;
create index retirement_target on retirement (target);
create table superseded (
  insight_id text primary key references insight (id),
  commit_id  text not null,
  why        text not null,
  successor  text not null default ''
) strict, without rowid;
create table unsettled (insight_id text primary key) strict, without rowid;
create trigger unsettled_when_said after insert on evidence
  begin insert into unsettled select new.insight_id where new.insight_id not in unsettled; end;
create trigger unsettled_when_unsaid after delete on evidence
  begin insert into unsettled select old.insight_id where old.insight_id not in unsettled; end;
"""
LEFT = """
create table retirement_now (
  commit_id text not null,
  what      text not null check (what in ('insight', 'commit')),
  target    text not null,
  why       text not null check (why in ('trailer', 'revert', 'document', 'left')),
  successor text not null default '',
  said_at   text not null,
  primary key (commit_id, what, target)
) strict, without rowid;
insert into retirement_now select * from retirement;
drop table retirement;
alter table retirement_now rename to retirement;
create index retirement_target on retirement (target);
"""
SHORTEST = 7  # digits of a commit's id that name it


class Reason(NamedTuple):
    """Why an insight is superseded: the commit that says so, how, and which insight took its place."""

    commit: str
    why: str
    successor: str


class Superseding:
    """Rows of `retirement`, `superseded` and `unsettled`; the caller holds the transaction."""

    def __init__(self, connection: apsw.Connection) -> None:
        self._db = connection

    def add(self, commit: Commit, said: Iterable[Retirement]) -> None:
        """Remember what a commit says; said twice is said once."""
        for r in said:
            self._db.execute(
                "insert into retirement values (?,?,?,?,?,?) on conflict do nothing",
                (commit.id, r.what, r.target, r.why, r.successor, commit.authored_at),
            )
            self._unsettle(r.what, r.target)

    def forget(self, commits: Iterable[str]) -> None:
        """Drop what commits said that left history."""
        rows = self._db.execute(
            "delete from retirement where commit_id in (select value from json_each(?)) "
            "returning what, target",
            (json.dumps(list(commits)),),
        ).fetchall()
        for what, target in rows:
            self._unsettle(str(what), str(target))

    def _unsettle(self, what: str, target: str) -> None:
        """Look at what is named again: insights, and what a named commit taught or took back itself."""
        self._db.execute(
            "with recursive named (what, target) as (values (?, ?) union "
            "  select r.what, r.target from named n cross join retirement r "
            "  where n.what = 'commit' and r.commit_id >= n.target and r.commit_id < n.target || 'g') "
            "insert or ignore into unsettled "  # 'g' comes after every hexadecimal digit
            "select i.id from named n cross join insight i "
            "  where n.what = 'insight' and i.id >= n.target and i.id < n.target || 'g' union "
            "select e.insight_id from named n cross join evidence e "
            "  where n.what = 'commit' and e.commit_id >= n.target and e.commit_id < n.target || 'g'",
            (what, target),
        )

    def unsettled(self) -> list[str]:
        """Insights whose evidence, or what is said of it, has changed; they are looked at from here on."""
        rows = self._db.execute("delete from unsettled returning insight_id").fetchall()
        return sorted(str(r[0]) for r in rows)

    def unresolved(self, since: str) -> list[tuple[str, str]]:
        """(what a `Supersedes:` names, commit), newest first, where it names no learning of this store.

        `since`: UTC ISO 8601. Bare digits were kept as a commit and as an insight: one of both is enough.
        """
        rows = self._db.execute(
            "select r.commit_id, r.target, case r.what when 'insight' then exists ("
            "  select 1 from insight i where i.id >= r.target and i.id < r.target || 'g') else exists ("
            "  select 1 from evidence e where e.commit_id >= r.target and e.commit_id < r.target || 'g') end "
            "from retirement r where r.why = 'trailer' and r.said_at >= ? "
            "order by r.said_at desc, r.commit_id, r.what",  # 'commit' first: the digits as they were written
            (since,),
        ).fetchall()
        names: dict[tuple[str, str], str] = {}
        there: set[tuple[str, str]] = set()
        for commit, target, found in rows:
            key = str(commit), str(target).removeprefix("i1-")
            names.setdefault(key, str(target))
            there |= {key} if found else set()
        return [(name, key[0]) for key, name in names.items() if key not in there]

    # ---------------------------------------------------------------- what follows

    def of(self, insight_id: str) -> Reason | None:
        """Why an insight is superseded by something, None when it is not."""
        sql = "select commit_id, why, successor from superseded where insight_id=?"
        row = self._db.execute(sql, (insight_id,)).fetchone()
        return Reason(*map(str, row)) if row else None

    def put(self, insight_id: str, reason: Reason | None) -> None:
        """Remember why an insight is superseded, None that it is not."""
        self._db.execute("delete from superseded where insight_id=?", (insight_id,))
        if reason is not None:
            self._db.execute("insert into superseded values (?,?,?,?)", (insight_id, *reason))

    def reason(self, insight: Insight) -> Reason | None:
        """What takes back all evidence of an insight, the last of it; None while some of it stands.

        An insight is taken back as far as it had been said: who says it again later teaches it again.
        """
        if self._db.execute("select 1 from retirement limit 1").fetchone() is None:
            return None
        by_id = self._naming("insight", insight.id)
        if not insight.evidence:
            against = [(at, r) for at, r in by_id if at >= insight.created_at and r.why != "left"]
            return max(against)[1] if against and insight.detector == "person" else None
        last: list[tuple[str, Reason]] = []
        for e in sorted(insight.evidence, key=lambda e: e.said_at, reverse=True):
            against = [(at, r) for at, r in by_id if at >= e.said_at and r.commit != e.commit]
            against += self._naming("commit", e.commit)
            if not against:
                return None
            last.append(max(against))
        return max(last)[1]

    def _naming(self, what: str, name: str) -> list[tuple[str, Reason]]:
        """(when, reason) of everything that stands and names this insight or commit."""
        return [(at, r) for at, r in self._said_of(what, name) if not self._reverted(r.commit)]

    def _said_of(self, what: str, name: str) -> list[tuple[str, Reason]]:
        rows = self._db.execute(
            "select said_at, commit_id, why, successor from retirement "
            "where what = ? and target in (select value from json_each(?))",
            (what, json.dumps([name[:n] for n in range(SHORTEST, len(name) + 1)])),
        ).fetchall()
        return [(str(at), Reason(*map(str, reason))) for at, *reason in rows]

    def _reverted(self, commit: str) -> bool:
        """Whether a revert that stands took the commit back, and with it what the commit said.

        Each commit is looked at once and none inside another's call: a bot's reverts of reverts are long, and
        ids that somebody tried until they fit name each other. Such a circle takes nothing back.
        """
        stands: dict[str, bool] = {}
        entered = {commit}
        path = [(commit, self._reverts_of(commit))]
        while path:
            name, left = path[-1]
            if not left or stands.get(left[-1]):
                stands[name] = not left
                path.pop()
            elif left[-1] in entered:
                left.pop()
            else:
                entered.add(left[-1])
                path.append((left[-1], self._reverts_of(left[-1])))
        return not stands[commit]

    def _reverts_of(self, commit: str) -> list[str]:
        return [reason.commit for _at, reason in self._said_of("commit", commit) if reason.why == "revert"]
