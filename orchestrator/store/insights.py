"""Insights in the company store."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import apsw

from orchestrator.model import Insight, Kind, Record
from orchestrator.store.evidence import EvidenceTable

UNSCANNED = "unscanned"  # the setting that says: a scanner failed on some text, judge it again
_COLUMNS = (
    "id, kind, title, content, technologies, gain, component, score, reasons, detector, anchor, "
    "share, state, created_at, updated_at"
)

_SPEAKS = "and insight.id not in (select insight_id from twin)"


class Insights:
    """Rows of `insight`, each with its evidence; the caller holds the transaction."""

    def __init__(self, connection: apsw.Connection, company: str) -> None:
        self._db = connection
        self._company, self._evidence = company, EvidenceTable(connection)

    def get(self, insight_id: str) -> Insight | None:
        """The insight of that id, with its evidence."""
        return next(self._select("where id = ?", (insight_id,)), None)

    def superseded(self, ids: Iterable[str]) -> set[str]:
        """Those of these ids whose insight something newer took the place of."""
        sql = "select id from insight where state = 'superseded' and id in (select value from json_each(?))"
        return {str(row[0]) for row in self._db.execute(sql, (json.dumps(list(ids)),))}

    def matching(self, prefix: str) -> list[Insight]:
        """Insights whose id starts with `prefix` (with or without its `i1-`)."""
        where = "where substr(id, 1, length(?1)) = ?1 or substr(id, 1, length(?2)) = ?2 order by id"
        return list(self._select(where, (prefix, "i1-" + prefix)))

    def said_at_any(self, anchors: Iterable[str]) -> list[Insight]:
        """Active insights that were said at any of these anchors, the first time or again; by id."""
        return list(
            self._select(
                "where state = 'active' and (anchor in (select value from json_each(?1)) or id in (select "
                "insight_id from evidence where anchor in (select value from json_each(?1)))) order by id",
                (json.dumps(sorted(anchors)),),
            )
        )

    def taught_at(
        self, anchors: Iterable[str], commits: Iterable[str], versions: Iterable[str]
    ) -> list[Insight]:
        """Insights that were said at any of these anchors (author, time, detector, slot), the first time or
        again, of which any of these commits is evidence, or whose words have one of these versions, also
        where a person put others in their place; by id.
        """
        return list(
            self._select(
                "where anchor in (select value from json_each(?1)) "
                "or version in (select value from json_each(?3)) or id in (select insight_id from evidence "
                "where anchor in (select value from json_each(?1)) "
                "or commit_id in (select value from json_each(?2))) "
                "or id in (select insight_id from decision d where action = 'edit' and exists ("
                "select 1 from evidence e where e.insight_id = d.insight_id "
                "and says in (select value from json_each(?3)))) order by id",
                tuple(json.dumps(sorted(asked)) for asked in (anchors, commits, versions)),
            )
        )

    def taught_by(self, commit: str) -> list[Insight]:
        """Insights of which the commit is evidence, by id."""
        where = "where id in (select insight_id from evidence where commit_id = ?) order by id"
        return list(self._select(where, (commit,)))

    def refused_at(self, said_at: str) -> list[Insight]:
        """Insights that were said at that author's time and were refused or withdrawn at some time, by id."""
        where = (
            "where id in (select insight_id from decision where action in ('refuse', 'withdraw'))"
            " and (created_at = ?1 or id in (select insight_id from evidence where said_at = ?1)) order by id"
        )
        return list(self._select(where, (said_at,)))

    def refused_of(self, commits: Iterable[str]) -> list[Insight]:
        """Insights that these commits are evidence of and that were refused or withdrawn at some time."""
        where = (
            "where id in (select insight_id from decision where action in ('refuse', 'withdraw')) "
            "and id in (select insight_id from evidence where commit_id in (select value from json_each(?)))"
        )
        return list(self._select(where, (json.dumps(list(commits)),)))

    def listing(
        self,
        *,
        kinds: Sequence[Kind] = (),
        states: Sequence[str] = ("active",),
        limit: int = -1,
        newest_first: bool = True,
        twins: bool = True,
    ) -> Iterator[Insight]:
        """Insights by time of learning; no kind given means every kind but documents.

        `twins` False leaves out those that another one speaks for.
        """
        wanted = tuple(k.value for k in kinds) or tuple(k.value for k in Kind if k is not Kind.DOCUMENT)
        where = (
            "where kind in (select value from json_each(?)) and state in (select value from json_each(?)) "
            f"{'' if twins else _SPEAKS} "
            f"order by created_at {'desc' if newest_first else 'asc'}, id limit ?"
        )
        return self._select(where, (json.dumps(wanted), json.dumps(list(states)), limit))

    def put(self, insight: Insight) -> None:
        """Insert or replace an insight by id and add its evidence."""
        r = insight.record
        self._db.execute(
            f"insert into insight ({_COLUMNS}, version) values (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?) "
            "on conflict (id) do update set kind=excluded.kind, title=excluded.title, "
            "content=excluded.content, technologies=excluded.technologies, gain=excluded.gain, "
            "component=excluded.component, version=excluded.version, score=excluded.score, "
            "reasons=excluded.reasons, detector=excluded.detector, anchor=excluded.anchor, "
            "share=excluded.share, state=excluded.state, updated_at=excluded.updated_at",
            (
                insight.id,
                r.kind.value,
                r.title,
                r.content,
                json.dumps(r.technologies),
                r.gain,
                r.component,
                insight.score,
                json.dumps(insight.reasons),
                insight.detector,
                insight.anchor,
                insight.share,
                insight.state,
                insight.created_at,
                insight.updated_at,
                insight.version,
            ),
        )
        self._evidence.add(insight.id, insight.evidence)

    def set_created(self, insight_id: str, at: str) -> None:
        """Remember when an insight was first said."""
        self._db.execute("update insight set created_at=? where id=?", (at, insight_id))

    def only_of(self, commits: Iterable[str]) -> list[Insight]:
        """Active insights of which all evidence is of these commits."""
        return list(
            self._select(
                "where state='active' and id in (select insight_id from evidence "
                "  where commit_id in (select value from json_each(?1))) and not exists "
                "  (select 1 from evidence where insight_id = insight.id "
                "   and commit_id not in (select value from json_each(?1))) order by id",
                (json.dumps(list(commits)),),
            )
        )

    def elsewhere(self) -> list[Insight]:
        """Active insights of commits that touched the company's paths of before, and not those of now."""
        return list(
            self._select(
                "where state='active' and detector not in ('person', 'document', 'folder') "
                "and exists (select 1 from evidence where insight_id = insight.id) "
                "and not exists (select 1 from evidence e join touched t on t.whose = 'own' "
                "  and t.commit_id = e.commit_id where e.insight_id = insight.id) order by id",
                (),
            )
        )

    def without_evidence(self) -> list[Insight]:
        """Active insights that came from commits of which none is left; added ones and documents stay."""
        return list(
            self._select(
                "where state='active' and detector not in ('person', 'document', 'folder') "
                "and not exists (select 1 from evidence where insight_id = insight.id)",
                (),
            )
        )

    def parents(self) -> dict[str, str]:
        """{id: id of what it lies under} of documents and their folders; the others lie under nothing."""
        rows = self._db.execute("select id, component from insight where kind='document' and component <> ''")
        return {str(key): str(parent) for key, parent in rows}

    def set_share(self, insight_id: str, share: str) -> None:
        """Remember what the commits say of sharing: yes, ask, no or ''."""
        self._db.execute("update insight set share=? where id=?", (share, insight_id))

    def set_state(self, insight_id: str, state: str, at: str) -> None:
        """Set an insight's state: active, superseded or withdrawn."""
        self._db.execute("update insight set state=?, updated_at=? where id=?", (state, at, insight_id))

    def technologies(self, *, twins: bool = True) -> dict[str, int]:
        """How many active learnings name each technology, in the newest learning's spelling; most first.

        `twins` False leaves out those that another one speaks for.
        """
        rows = self._db.execute(
            "select value, count(*) from insight, json_each(technologies) where state='active' "
            f"and kind <> 'document' {'' if twins else _SPEAKS} "
            "group by value order by max(created_at) desc, value"
        )
        found: dict[str, tuple[str, int]] = {}
        for name, n in rows:
            spelling, before = found.get(str(name).casefold(), (str(name), 0))
            found[str(name).casefold()] = spelling, before + int(n)
        return dict(sorted(found.values(), key=lambda named: -named[1]))

    def other_documents(self, ids: Iterable[str]) -> dict[str, str]:
        """{id: title} of the documents that are none of these, newest first."""
        rows = self._db.execute(
            "select id, title from insight where kind='document' and state='active' "
            "and id not in (select value from json_each(?)) order by created_at desc, id",
            (json.dumps(list(ids)),),
        )
        return {str(key): str(title) for key, title in rows}

    def counts(self) -> dict[str, int]:
        """How many active insights there are of each kind."""
        rows = self._db.execute(
            "select kind, count(*) from insight where state='active' and detector <> 'folder' "
            f"{_SPEAKS} group by kind"
        )
        return {str(kind): int(n) for kind, n in rows}

    def ids(self) -> list[str]:
        """Those of all there ever were, whatever became of them."""
        return [str(row[0]) for row in self._db.execute("select id from insight order by id")]

    def put_away(self, kinds: Sequence[Kind] = ()) -> int:
        """How many are withdrawn or superseded. Kinds as `listing` has them."""
        wanted = tuple(k.value for k in kinds) or tuple(k.value for k in Kind if k is not Kind.DOCUMENT)
        row = self._db.execute(
            "select count(*) from insight where state <> 'active' and detector <> 'folder' "
            "and kind in (select value from json_each(?))",
            (json.dumps(wanted),),
        ).fetchone()
        return int(row[0]) if row else 0

    def _select(self, where: str, values: tuple[Any, ...]) -> Iterator[Insight]:
        for row in self._db.execute(f"select {_COLUMNS} from insight {where}", values).fetchall():
            yield self._insight(row)

    def _insight(self, row: tuple[Any, ...]) -> Insight:
        technologies = tuple(json.loads(row[4]))
        record = Record(Kind(row[1]), row[2], row[3], technologies, gain=row[5], component=row[6])
        return Insight(
            id=row[0],
            company=self._company,
            record=record,
            score=row[7],
            reasons=tuple(json.loads(row[8])),
            evidence=self._evidence.of(row[0]),
            detector=row[9],
            anchor=row[10],
            share=row[11],
            state=row[12],
            created_at=row[13],
            updated_at=row[14],
        )
