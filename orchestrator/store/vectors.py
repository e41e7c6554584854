"""Which model a store's vectors are of, and how they are all replaced by another model's.

A store answers with one model: a trigger refuses a second. The vectors of a new model are laid beside
the old ones, in `memory_next`, a batch a transaction; while that lasts, and whenever it is cut short,
the old ones answer. When none is missing they change places in one transaction.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import apsw

from orchestrator.store.unit_vector import Vector, blob_of
from orchestrator.store.vector_table import VectorTable
from orchestrator.transaction import transaction

ONE_MODEL = "a store holds the vectors of one model"
MIGRATION = f"""
create table memory_engine (model text primary key, engine text not null) strict, without rowid;
insert into memory_engine select distinct model, 'onnx' from memory_item where model > '';
create table memory_next (
  rowid     integer primary key,  -- of memory_item
  model     text not null,
  text_hash text not null,        -- of the text that the vector is of
  embedding blob not null
) strict;
create trigger memory_item_has_one_model before update of model on memory_item
  when new.model <> '' and exists (
    select 1 from memory_item where model > '' and model < new.model
    union all select 1 from memory_item where model > new.model)
  begin select raise(abort, '{ONE_MODEL}'); end;
"""
_PAGE = 1_000


@dataclass(frozen=True, slots=True)
class Unembedded:
    """An item that has no vector of the new model yet, with the hash of the text to embed."""

    rowid: int
    text_hash: str
    title: str
    text: str


class Vectors:
    """The vectors of a store as a whole; each item's own is written by `SearchIndex.set_vector`."""

    def __init__(self, connection: apsw.Connection) -> None:
        self._db = connection

    def model(self) -> str:
        """The id of the model that the store's vectors are of; '' when it never had one.

        As the codes' state says it: to decide on an insight, no item need be readable.
        """
        row = self._db.execute("select model from memory_code_state").fetchone()
        return str(row[0]) if row else ""

    def engine(self) -> str:
        """What opens that model, as it was remembered; '' when nothing was."""
        sql = "select engine from memory_engine where model = ?"
        row = self._db.execute(sql, (self.model(),)).fetchone()
        return str(row[0]) if row else ""

    def remember(self, model: str, engine: str) -> None:
        """What opens a model (see `memory.engine`), to be asked before any vector of it is written."""
        sql = "insert into memory_engine values (?, ?) on conflict do update set engine = excluded.engine"
        self._db.execute(sql + " where engine <> excluded.engine", (model, engine))

    # ---------------------------------------------------------------- another model

    def count_left(self, model: str) -> int:
        """How many items have no vector of that model, neither in use nor beside."""
        ((count,),) = self._db.execute(f"select count(*) {_LEFT}", (model, 0))
        return int(str(count))

    def left(self, model: str) -> Iterator[Unembedded]:
        """Those items, in the order they were written, without holding the store meanwhile."""
        after = 0
        while True:
            sql = f"select item.rowid, item.text_hash, title, text {_LEFT} order by item.rowid limit {_PAGE}"
            rows = self._db.execute(sql, (model, after)).fetchall()
            if not rows:
                return
            for rowid, text_hash, title, text in rows:
                yield Unembedded(int(str(rowid)), str(text_hash), str(title), str(text))
            after = int(str(rows[-1][0]))

    def lay_beside(self, model: str, found: Iterable[tuple[Unembedded, Vector]]) -> None:
        """Keep new vectors beside those in use, in one transaction.

        Raises OrchError for a vector that is not finite and of length 1.
        """
        rows = [(item.rowid, model, item.text_hash, blob_of(vector)) for item, vector in found]
        with transaction(self._db):
            self._db.execute("delete from memory_next where model <> ?", (model,))  # a change of mind
            self._db.executemany("insert or replace into memory_next values (?, ?, ?, ?)", rows)

    def change_over(self, model: str) -> bool:
        """Use the vectors of that model from now on; False, and nothing done, while one is missing."""
        with transaction(self._db):
            if self.count_left(model):
                return False
            if self.model() not in ("", model):
                self._db.execute("update memory_item set model = '', embedding = null where model > ''")
            sql = (
                "update memory_item set model = next.model, embedding = next.embedding"
                " from memory_next as next where next.rowid = memory_item.rowid and next.model = ?"
                " and next.text_hash = memory_item.text_hash and memory_item.model = ''"
            )
            self._db.execute(sql, (model,))
            self._db.execute("delete from memory_next")
            self._db.execute("delete from memory_engine where model <> ?", (model,))
            VectorTable(self._db).rebuild(model)
        return True


_LEFT = (
    "from memory_item as item where item.model <> ?1 and item.rowid > ?2 and not exists ("
    "select 1 from memory_next as next where next.rowid = item.rowid and next.model = ?1"
    " and next.text_hash = item.text_hash)"
)
