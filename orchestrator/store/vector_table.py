"""The nearest vectors: all of them compared when they are few, else those that their codes name.

`memory_item` holds the vectors; `memory_code` (see `code_table`) is derived from it, holds the codes of
one model, and is written in the same transaction. It may hold a former model's: the next vector that is
written makes it anew, and until then every vector is compared, slower and with the same result.
"""

from __future__ import annotations

import importlib.util
import json
import os
from array import array
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import apsw

from orchestrator.inference import InferenceError
from orchestrator.lexical import Filters
from orchestrator.model import VECTOR_DIMENSIONS
from orchestrator.store.code_scan import Scan
from orchestrator.store.code_table import Codes, Ranking, entry
from orchestrator.store.search_filters import conditions, marks, unmarked
from orchestrator.store.vector_code import encode

Hits = list[tuple[str, float]]
EXACT = 1_000  # vectors: as many are simply compared
CANDIDATES = 500  # compared of those that the codes name; more for more than 50 hits
ONE_OF = 500  # or one of so many of them: in a million 500 miss two of a hundred neighbours, 2,000 none
WIDER = 8  # times as many when too few of them pass the filters
SAMPLE = 50_000  # vectors: their mean moves no more
GROWTH = 4  # times as many vectors as the mean was taken of: take it anew
_BATCH = 4_096


def load_vec(connection: apsw.Connection) -> bool:
    """Load sqlite-vec into a connection; False when it is not installed or does not load.

    By path, because importing the package would import numpy (0.2 s).
    """
    spec = importlib.util.find_spec("sqlite_vec")
    if spec is None or spec.origin is None:
        return False
    connection.enable_load_extension(True)
    try:
        connection.load_extension(str(Path(spec.origin).parent / "vec0"), "sqlite3_vec_init")
    except apsw.ExtensionLoadingError:
        return False
    finally:
        connection.enable_load_extension(False)
    return True


@dataclass(frozen=True, slots=True)
class State:
    """What `memory_code` holds; see `code_table.MIGRATION`."""

    model: str
    vectors: int
    sampled: int
    mean: bytes
    token: int


class VectorTable:
    """Keeps `memory_code` in step with `memory_item` and searches both."""

    def __init__(self, connection: apsw.Connection) -> None:
        self._db = connection
        self._loaded: bool | None = None
        self._codes: Codes | None = None
        self._asked = False  # a first question was answered

    @property
    def available(self) -> bool:
        """False where sqlite-vec, which compares the vectors, cannot be loaded."""
        if self._loaded is None:
            self._loaded = load_vec(self._db)
        return self._loaded

    # ---------------------------------------------------------------- writing

    def take(self, rowids: Sequence[int]) -> None:
        """Take over the vectors of these items, and what is said of them, as `memory_item` has them.

        A vector of another model than the former ones' makes all codes anew.
        """
        for start in range(0, len(rowids), _BATCH):
            chosen = json.dumps(rowids[start : start + _BATCH])
            among = "embedding is not null and rowid in (select value from json_each(?))"
            sql = f"select model from memory_item where {among} order by rowid desc limit 1"
            newest = self._db.execute(sql, (chosen,)).fetchone()
            if newest and self._is_outgrown(model := str(newest[0])):
                self.rebuild(model)
                return
            sql = f"select rowid, {_MARKED}, embedding from memory_item where {among} and model = ?"
            if newest and (rows := self._db.execute(sql, (chosen, model)).fetchall()):
                self._write(self._state(), rows)

    def _is_outgrown(self, model: str) -> bool:
        state = self._state()
        grown = state.sampled < SAMPLE and state.vectors >= GROWTH * state.sampled
        return state.model != model or grown

    def drop(self, rowid: int) -> None:
        """Forget one vector."""
        self._db.execute("delete from memory_code where rowid = ?", (rowid,))
        self._db.execute(
            "update memory_code_state set vectors = vectors - ?, token = ?", (self._db.changes(), _token())
        )

    def rebuild(self, model: str = "") -> None:
        """Make the codes anew of every vector of `model` (default: of the model they had)."""
        model = model or self._state().model
        self._drop_former()
        self._db.execute("delete from memory_code")
        mean, count = self._mean(model), 0
        for rows in self._batches(model):
            self._db.executemany("insert into memory_code values (?, ?)", _entries(rows, mean))
            count += len(rows)
        self._set_state(State(model, count, count, mean.tobytes(), _token()))

    def _write(self, state: State, rows: Sequence[Any]) -> None:
        entries, token = _entries(rows, _vector(state.mean)), _token()
        sql = "select count(*) from memory_code where rowid in (select value from json_each(?))"
        ((known,),) = self._db.execute(sql, (json.dumps([rowid for rowid, _row in entries]),))
        self._db.executemany("insert or replace into memory_code values (?, ?)", entries)
        self._db.execute(
            "update memory_code_state set vectors = vectors + ?, token = ?",
            (len(entries) - int(str(known)), token),
        )
        if self._codes and self._codes.token == state.token:
            taken = [self._codes.put(rowid, row) for rowid, row in entries]
            self._codes.token = token if all(taken) else -1

    def _mean(self, model: str) -> Any:
        """The mean of at most SAMPLE vectors from everywhere."""
        import numpy as np

        ((newest,),) = self._db.execute("select coalesce(max(rowid), 0) from memory_item")
        sql = "select embedding from memory_item where model = ? and rowid % ? = 0"
        step = int(str(newest)) // SAMPLE + 1
        total, count = np.zeros(VECTOR_DIMENSIONS), 0
        for (blob,) in self._db.execute(sql, (model, step)):
            total += np.frombuffer(blob, "<f4")
            count += 1
        return (total / max(count, 1)).astype("<f4")

    def _batches(self, model: str) -> Iterator[list[Any]]:
        sql = f"select rowid, {_MARKED}, embedding from memory_item where model = ? and rowid > ?"
        after = -1
        while rows := self._db.execute(f"{sql} order by rowid limit {_BATCH}", (model, after)).fetchall():
            yield rows
            after = int(str(rows[-1][0]))

    def _drop_former(self) -> None:
        """Earlier versions kept the vectors in a table of sqlite-vec, which alone can drop it."""
        sql = "select 1 from sqlite_schema where name = 'memory_vector'"
        if self._db.execute(sql).fetchone() and self.available:
            self._db.execute("drop table memory_vector")

    # ---------------------------------------------------------------- finding

    def nearest(self, blob: bytes, k: int, model: str, filters: Filters) -> Hits:
        """(ref, similarity), best first; [] without sqlite-vec."""
        if not self.available or k < 1:
            return []
        state = self._state()
        if state.model != model or state.vectors <= EXACT:
            return self._compare("memory_item", (), blob, k, model, filters)
        first, self._asked = not self._asked, True
        if first and not conditions(filters)[1]:  # one question is not worth numpy's import and the memory
            with suppress(InferenceError):
                scan = Scan(self._db, array("f", blob), state.vectors)
                return self._best(scan, blob, k, model, filters)
        codes, mean = self._current(state)
        ranking = codes.ranking(_vector(blob), mean, filters, self._named(unmarked(filters)))
        return self._best(ranking, blob, k, model, filters)

    def _best(self, ranking: Ranking | Scan, blob: bytes, k: int, model: str, filters: Filters) -> Hits:
        count = max(CANDIDATES, 10 * k, ranking.size // ONE_OF)
        while True:
            chosen = json.dumps(ranking.best(count))
            # cross join: SQLite reads these rows, and no index of what the filters say
            source = "json_each(?) as chosen cross join memory_item on memory_item.rowid = chosen.value"
            found = self._compare(source, (chosen,), blob, k, model, filters)
            if len(found) == k or count >= ranking.size:
                return found
            count *= WIDER

    def _compare(
        self, source: str, values: tuple[str, ...], blob: bytes, k: int, model: str, filters: Filters
    ) -> Hits:
        where, bound = conditions(filters)
        sql = (
            f"select ref, 1 - vec_distance_cosine(embedding, ?) as similarity from {source}"
            f" where model = ? and {where} order by similarity desc, ref limit ?"
        )
        rows = self._db.execute(sql, (blob, *values, model, *bound, k))
        return [(str(ref), float(similarity)) for ref, similarity in rows]

    def _named(self, filters: Filters) -> list[int] | None:
        """The numbers of the items that only the database can tell; None when nothing was asked."""
        if not filters:
            return None
        where, bound = conditions(filters)
        rows = self._db.execute(f"select rowid from memory_item where {where}", bound)
        return [int(str(number)) for (number,) in rows]

    def _current(self, state: State) -> tuple[Codes, Any]:
        """The codes as the database has them, and their mean."""
        while self._codes is None or self._codes.token != state.token:
            self._codes = None  # not both in memory at once
            self._codes = Codes(self._db, state.token)
            state = self._state()  # another process may have written meanwhile
        return self._codes, _vector(state.mean)

    def _state(self) -> State:
        ((*values,),) = self._db.execute("select model, vectors, sampled, mean, token from memory_code_state")
        return State(*values)

    def _set_state(self, state: State) -> None:
        self._db.execute(
            "update memory_code_state set (model, vectors, sampled, mean, token) = (?, ?, ?, ?, ?)",
            (state.model, state.vectors, state.sampled, state.mean, state.token),
        )


def _entries(rows: Sequence[Any], mean: Any) -> list[tuple[int, bytes]]:
    """Of rows of rowid, the columns of `_MARKED`, vector: rowid and row of `memory_code`."""
    codes = encode(_vector(b"".join(row[-1] for row in rows)).reshape(len(rows), -1), mean)
    return [
        (row[0], entry(row[0], marks(*row[1:-1]), code.tobytes()))
        for row, code in zip(rows, codes, strict=True)
    ]


_MARKED = "kind, company, scope, shared, technologies, created_at"


def _vector(blob: bytes) -> Any:
    import numpy as np

    return np.frombuffer(blob, "<f4")


def _token() -> int:
    """Never the same twice, also in a process that was forked."""
    return int.from_bytes(os.urandom(8), "little") >> 1
