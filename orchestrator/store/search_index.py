"""The search index in a company's store: texts, vectors, full text, in the store's own transactions.

`memory_item` is the truth: text, model id and float32 vector. Two tables are derived from it and
can be rebuilt without embedding anything: `memory_fts` (FTS5: stems and unstemmed words) and
`memory_code` (see `vector_table`). Without sqlite-vec everything but `nearest` works.
"""

from __future__ import annotations

import json
from array import array
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Unpack

import apsw

from orchestrator.lexical import Filters, Phrase, printable, stems, words
from orchestrator.model import digest
from orchestrator.store.full_text import FullText, Held
from orchestrator.store.search_filters import conditions, lines
from orchestrator.store.unit_vector import Vector, blob_of, dot
from orchestrator.store.vector_table import Hits, VectorTable
from orchestrator.transaction import transaction

MIGRATION = """
create table memory_item (
  rowid        integer primary key,
  ref          text not null unique,
  scope        text not null check (scope in ('own', 'shared')),
  company      text not null,
  kind         text not null,
  title        text not null,
  text         text not null,
  technologies text not null,  -- a line each, lower case, with a line feed at both ends
  shared       integer not null,
  created_at   text not null,
  text_hash    text not null,
  model        text not null default '',
  embedding    blob
) strict;
create index memory_item_filter on memory_item (kind, company, scope, shared, created_at, technologies);
create index memory_item_model on memory_item (model);
create virtual table memory_fts using fts5(stems, words, content='', contentless_delete=1);
create table memory_vector_state (model text not null, behind integer not null) strict;
insert into memory_vector_state values ('', 1);
"""


@dataclass(frozen=True, slots=True)
class Item:
    """One searchable text. `scope` is `own` or `shared`; `vector` None means: embed later."""

    ref: str
    scope: str
    company: str
    kind: str
    title: str
    text: str
    technologies: tuple[str, ...] = ()
    shared: bool = False
    created_at: str = ""
    model: str = ""
    vector: Vector | None = None


class SearchIndex:
    """Put, remove and find texts. Writes join the caller's transaction, or are atomic alone."""

    def __init__(self, connection: apsw.Connection) -> None:
        self._db = connection
        self._vectors = VectorTable(connection)
        self._text = FullText(connection)

    @property
    def has_vectors(self) -> bool:
        """False where sqlite-vec cannot be loaded; full text goes on working."""
        return self._vectors.available

    # ---------------------------------------------------------------- writing

    def put(self, items: Iterable[Item]) -> None:
        """Insert or replace by `ref`. A former vector stays while the text does and none is given.

        Raises OrchError for a vector that is not finite and of length 1; then nothing is written.
        """
        with transaction(self._db):
            self._vectors.take([self._put(item) for item in items])

    def set_vector(self, ref: str, model: str, vector: Vector, of: tuple[str, str] | None = None) -> None:
        """Give an item its vector; with `of`, only while its title and text are still those.

        Embedding takes time, and another process may write a newer text meanwhile. Raises OrchError for
        a vector that is not finite and of length 1.
        """
        blob = blob_of(vector)
        with transaction(self._db):
            still = " and title = ? and text = ?" if of else ""
            sql = f"update memory_item set model = ?, embedding = ? where ref = ?{still} returning rowid"
            found = self._db.execute(sql, (model, blob, ref, *(of or ()))).fetchall()
            self._vectors.take([int(str(rowid)) for (rowid,) in found])

    def remove(self, refs: Iterable[str]) -> None:
        """Forget these items; unknown refs are passed over."""
        with transaction(self._db):
            for ref in refs:
                sql = "delete from memory_item where ref = ? returning rowid"
                for (rowid,) in self._db.execute(sql, (ref,)).fetchall():
                    self._db.execute("delete from memory_fts where rowid = ?", (rowid,))
                    self._vectors.drop(int(str(rowid)))

    def rebuild(self) -> None:
        """Make both derived tables anew, without embedding anything."""
        with transaction(self._db):
            self._db.execute("delete from memory_fts")
            after = -1
            sql = f"select rowid, {_COLUMNS} from memory_item where rowid > ? order by rowid limit {_PAGE}"
            while rows := self._db.execute(sql, (after,)).fetchall():
                for rowid, *row in rows:
                    after = int(str(rowid))
                    self._index_words(_item(row), after)
            self._vectors.rebuild()

    # ---------------------------------------------------------------- finding

    def nearest(self, vector: Vector, k: int, *, model: str, **filters: Unpack[Filters]) -> Hits:
        """(ref, cosine similarity), best first, among vectors of this model; [] without sqlite-vec.

        Raises OrchError for a vector that is not finite and of length 1.
        """
        return self._vectors.nearest(blob_of(vector), k, model, filters)

    def similarities(self, vector: Vector, refs: Iterable[str], *, model: str) -> dict[str, float]:
        """Cosine similarity to each of these items that has a vector of this model."""
        found = ((ref, self.vector(ref, model)) for ref in refs)
        return {ref: dot(vector, other) for ref, other in found if other is not None}

    def lexical(self, phrases: Sequence[Phrase], k: int, **filters: Unpack[Filters]) -> Hits:
        """(ref, BM25, greater is better), best first, of what has any of the phrases; see `full_text`."""
        return self._text.ranked(phrases, k, filters)

    def holders(
        self, stems: Iterable[str], refs: Iterable[str], written: Mapping[str, str] = {}
    ) -> tuple[int, dict[str, Held]]:
        """About how many items there are; and of each stem, how many hold it and which of these refs do.

        `written`: of a stem the folded word, which a text may hold whole only ("GitHub" has git and hub).
        """
        return self._text.holders(stems, refs, written)

    # ---------------------------------------------------------------- by name

    def taught_by(self, commit: str, limit: int, filters: Filters) -> list[str]:
        """Insights with evidence of the commits whose id begins so."""
        where = "ref in (select insight_id from evidence where commit_id >= ?1 and commit_id < ?2)"
        return self._newest(where, [commit, f"{commit}g"], limit, filters)

    def taught_by_any(self, commits: Iterable[str], limit: int, filters: Filters) -> list[str]:
        """Insights with evidence of one of these commits."""
        where = (
            "ref in (select insight_id from evidence where commit_id in (select value from json_each(?1)))"
        )
        return self._newest(where, [json.dumps(list(commits))], limit, filters)

    def with_id(self, beginning: str, limit: int, filters: Filters) -> list[str]:
        """Items whose ref begins so, with or without its `i1-`."""
        first = "i1-" + beginning.removeprefix("i1-")
        return self._newest("ref >= ?1 and ref < ?2", [first, f"{first}g"], limit, filters)

    def about_path(self, path: str, limit: int, filters: Filters) -> list[str]:
        """Insights with evidence in that file or below that folder, by the name of then or of now.

        A name alone is that of any file.
        """
        folder = path.rstrip("/")
        values = [path, f"{folder}/", f"{folder}0"]  # `0` follows `/`
        at = ["path = ?1", "path > ?2 and path < ?3"]
        if "/" not in path:
            at.append("substr(path, -length(?4)) = ?4")
            values.append(f"/{path}")
        tables = ("evidence_path", "cited")
        refs = " union ".join(f"select insight_id from {t} where {where}" for t in tables for where in at)
        return self._newest(f"ref in ({refs})", values, limit, filters)

    def of_company(self, company: str, limit: int, filters: Filters) -> list[str]:
        """What a company taught."""
        return self._newest("company = ?1", [company], limit, filters)

    def containing(self, signs: str, limit: int, filters: Filters) -> list[str]:
        """The items in whose title or text these signs stand, however they are to be shown."""
        where = "instr(replace(title || char(10) || text, ?1, ''), ?2)"
        asked = printable(signs).replace(_AS_PICTURE, "")
        return self._newest(where, [_AS_PICTURE, asked], limit, filters) if asked else []

    def _newest(self, where: str, values: Sequence[str], limit: int, filters: Filters) -> list[str]:
        """The newest items that a condition of ours names, of those that the filters admit."""
        narrowed, more = conditions(filters)
        sql = (
            f"select ref from memory_item where {where} and {narrowed} order by created_at desc, ref limit ?"
        )
        return [str(r[0]) for r in self._db.execute(sql, (*values, *more, limit))]

    def own_texts(self, most: int) -> int:
        """How many of the items are the company's own, counted up to `most`."""
        sql = "select count(*) from (select 1 from memory_item where scope = 'own' limit ?)"
        ((number,),) = self._db.execute(sql, (most,))
        return int(str(number))

    # ---------------------------------------------------------------- what there is

    def missing_vectors(self, model: str) -> list[tuple[str, str, str]]:
        """(ref, title, text) of every item without a vector of this model; costs what it finds."""
        # a plus: SQLite would read all items in their order to save itself the sorting of these
        sql = "select ref, title, text from memory_item where model < ?1 or model > ?1 order by +rowid"
        return [(str(r), str(t), str(x)) for r, t, x in self._db.execute(sql, (model,))]

    def vector(self, ref: str, model: str) -> array[float] | None:
        """The item's vector of this model, None when it has none."""
        sql = "select embedding from memory_item where ref = ? and model = ?"
        row = self._db.execute(sql, (ref, model)).fetchone()
        return array("f", row[0]) if row and isinstance(row[0], bytes) else None

    def rows(self, refs: Iterable[str]) -> dict[str, Item]:
        """The items of these refs, without their vectors; unknown ones are left out."""
        sql = f"select {_COLUMNS} from memory_item where ref = ?"
        found = (self._db.execute(sql, (ref,)).fetchone() for ref in refs)
        return {str(row[0]): _item(row) for row in found if row}

    # ---------------------------------------------------------------- one item

    def _put(self, item: Item) -> int:
        """Everything but the codes. Returns the rowid."""
        text_hash = digest(item.title, item.text)
        values = (
            *map(printable, (item.ref, item.scope, item.company, item.kind, item.title, item.text)),
            lines(item.technologies),
            item.shared,
            item.created_at,
            text_hash,
        )
        rowid = self._write(item.ref, text_hash, values)
        self._index_words(item, rowid)
        if item.vector is not None:
            sql = "update memory_item set model = ?, embedding = ? where rowid = ?"
            self._db.execute(sql, (item.model, blob_of(item.vector), rowid))
        return rowid

    def _write(self, ref: str, text_hash: str, values: tuple[object, ...]) -> int:
        """Insert or update the row; a vector of another text is taken away. Returns the rowid."""
        known = self._db.execute("select rowid, text_hash from memory_item where ref = ?", (ref,)).fetchone()
        if known is None:
            sql = (
                "insert into memory_item(ref, scope, company, kind, title, text, technologies, shared,"
                " created_at, text_hash) values (?,?,?,?,?,?,?,?,?,?)"
            )
            self._db.execute(sql, values)
            return self._db.last_insert_rowid()
        rowid = int(str(known[0]))
        sql = (
            "update memory_item set (ref, scope, company, kind, title, text, technologies, shared,"
            " created_at, text_hash) = (?,?,?,?,?,?,?,?,?,?) where rowid = ?"
        )
        self._db.execute(sql, (*values, rowid))
        if known[1] != text_hash:
            self._db.execute("update memory_item set model = '', embedding = null where rowid = ?", (rowid,))
            self._vectors.drop(rowid)
        return rowid

    def _index_words(self, item: Item, rowid: int) -> None:
        text = "\n".join((item.title, item.text, *item.technologies))
        plain = "\n".join((item.ref, item.company, text))
        self._db.execute(
            "insert or replace into memory_fts(rowid, stems, words) values (?, ?, ?)",
            (rowid, " ".join(stems(text)), " ".join(words(plain))),
        )


_COLUMNS = "ref, scope, company, kind, title, text, technologies, shared, created_at, model"
_PAGE = 1_000
_AS_PICTURE = "\ufe0f"  # behind a sign: as an emoji; some keyboards write it and others do not


def _item(row: Sequence[object]) -> Item:
    ref, scope, company, kind, title, text, technologies, shared, created_at, model = row
    return Item(
        ref=str(ref),
        scope=str(scope),
        company=str(company),
        kind=str(kind),
        title=str(title),
        text=str(text),
        technologies=tuple(str(technologies).split("\n")[1:-1]),
        shared=bool(shared),
        created_at=str(created_at),
        model=str(model),
    )
