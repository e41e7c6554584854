"""`memory_code`: a row of 88 bytes for every vector, and the same rows in memory to scan them.

A row is the item's number, its marks (see `search_filters`) and its code (see `vector_code`). What is
in memory bears the token of the table's state, a random number that every write replaces: a process
whose token is another reads the table again, also after a transaction that was rolled back.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Any

import apsw

from orchestrator.lexical import Filters
from orchestrator.store.search_filters import MARK_WORDS, admitted
from orchestrator.store.vector_code import CODE_WORDS, estimates

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy import bool_, int64
    from numpy.typing import NDArray

WORDS = 1 + MARK_WORDS + CODE_WORDS
ROW_BYTES = 8 * WORDS
_MARKS = slice(1, 1 + MARK_WORDS)
_CODE = slice(1 + MARK_WORDS, WORDS)
_ROWS_A_READ = 8_192
_SPARSE = 0.6  # of all: when fewer are admitted, gathering them first is cheaper than scanning all

MIGRATION = """
create table memory_code (rowid integer primary key, entry blob not null) strict;
create table memory_code_state (
  model   text not null,      -- the vectors' model
  vectors integer not null,   -- how many rows there are
  sampled integer not null,   -- how many there were when the mean was taken
  mean    blob not null,      -- float32
  token   integer not null
) strict;
insert into memory_code_state values ('', 0, 0, x'', 0);
drop table memory_vector_state;
"""


def entry(rowid: int, marks: bytes, code: bytes) -> bytes:
    """A row's bytes."""
    return struct.pack("<q", rowid) + marks + code


class Codes:
    """The rows of `memory_code`, word by word, ordered by number."""

    def __init__(self, connection: apsw.Connection, token: int) -> None:
        """Read all of them: 100,000 are 9 MB."""
        import numpy as np

        self.token = token
        blobs = list(pages(connection))
        size = sum(map(len, blobs)) // ROW_BYTES
        columns, at = np.empty((WORDS, size), "<u8"), 0
        for blob in blobs:  # a part at a time: it lies in the processor's cache while it is turned
            rows = np.frombuffer(blob, "<u8").reshape(-1, WORDS)
            columns[:, at : at + len(rows)] = rows.T
            at += len(rows)
        if not (columns[0, 1:] > columns[0, :-1]).all():
            columns = np.array(columns[:, columns[0].argsort()], order="C")
        self._columns = columns
        self._size = size

    def __len__(self) -> int:
        return self._size

    def put(self, rowid: int, row: bytes) -> bool:
        """Take over one row as it was written; False when it can only be read anew."""
        import numpy as np

        numbers = self._columns[0, : self._size]
        at = int(np.searchsorted(numbers, np.uint64(rowid)))
        if at == self._size:
            self._grow()
            self._size += 1
        elif numbers[at] != rowid:
            return False
        self._columns[:, at] = np.frombuffer(row, "<u8")
        return True

    def _grow(self) -> None:
        import numpy as np

        if self._size == self._columns.shape[1]:
            larger = np.empty((WORDS, max(1_024, self._size * 5 // 4)), "<u8")
            larger[:, : self._size] = self._columns
            self._columns = larger

    def ranking(
        self, question: Sequence[float], mean: Any, filters: Filters, among: Sequence[int] | None
    ) -> Ranking:
        """Everything that the filters' marks admit, by the estimated cosine.

        `among` narrows further, to these numbers.
        """
        import numpy as np

        columns = self._columns[:, : self._size]
        kept = admitted(columns[_MARKS], filters)
        if among is not None:
            named = np.isin(columns[0], np.asarray(among, "<u8"))
            kept = named if kept is None else kept & named
        return Ranking(columns, kept, question, mean)


def pages(connection: apsw.Connection) -> Iterator[bytes]:
    """All rows by number, thousands in a blob: SQLite joins them faster than Python could fetch them.

    A page is so many numbers, not so many rows: grouped or limited, SQLite would sort or copy them first.
    """
    sql = "select cast(group_concat(entry, '') as blob) from memory_code where rowid between ? and ?"
    last = -(2**63)
    while True:
        ((first,),) = connection.execute("select min(rowid) from memory_code where rowid > ?", (last,))
        if first is None:
            return
        last = int(str(first)) + _ROWS_A_READ - 1
        ((blob,),) = connection.execute(sql, (first, last))
        yield bytes(blob)


class Ranking:
    """Numbers in the order of their estimates, as many as are asked for."""

    def __init__(
        self, columns: Any, kept: NDArray[bool_] | None, question: Sequence[float], mean: Any
    ) -> None:
        import numpy as np

        self._question, self._mean = question, mean
        self._estimates: Any = None
        dense = kept is not None and kept.mean() > _SPARSE
        self._excluded = ~kept if kept is not None and dense else None
        self._numbers, self._codes = columns[0], columns[_CODE]
        if kept is not None and not dense:
            at = np.flatnonzero(kept)
            self._numbers, self._codes = self._numbers[at], self._codes.take(at, axis=1)
        self.size = len(self._numbers) - (int(self._excluded.sum()) if self._excluded is not None else 0)

    def best(self, count: int) -> list[int]:
        """The numbers of the `count` best, in no order; of all of them when there are no more."""
        import numpy as np

        if count < self.size:
            values = self._values()
            chosen = np.argpartition(values, len(values) - count)[len(values) - count :]
            return [int(n) for n in self._numbers[chosen]]
        numbers = self._numbers if self._excluded is None else self._numbers[~self._excluded]
        return [int(n) for n in numbers]

    def _values(self) -> NDArray[Any]:
        import numpy as np

        if self._estimates is None:
            self._estimates = estimates(self._codes, self._question, self._mean)
            if self._excluded is not None:
                self._estimates[self._excluded] = -np.inf
        found: NDArray[int64] = self._estimates
        return found
