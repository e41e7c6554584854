"""The best estimates of a first question, without numpy and without keeping the codes in memory.

`code_table.Ranking` scans 100,000 codes in 3 ms, after numpy's import, which takes 50, and after the codes
were put word by word. For one question ONNX Runtime, which has made its vector, does the same on the rows
as they are stored, in 6 ms, by the graph beside this file (made by scripts/scan_graph.py). Both compute
the very same numbers: each step is exact, or rounded as double precision rounds it.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import apsw

from orchestrator.inference import Session, Tensor
from orchestrator.store.code_table import ROW_BYTES, WORDS, pages
from orchestrator.store.vector_code import levels

GRAPH = Path(__file__).with_name("code_scan.onnx")
SHIFT = 8_192  # of a sum of levels, which is less, and a count of bits times this: both in one number
_BITS = 8  # a byte of a code at a time


class Scan:
    """As `code_table.Ranking`, of all codes, which are read as often as `best` is asked."""

    def __init__(self, connection: apsw.Connection, question: Sequence[float], size: int) -> None:
        self._db, self._question, self.size = connection, question, size

    def best(self, count: int) -> list[int]:
        """The numbers of the `count` best, in no order; of all of them when there are no more.

        Raises InferenceError where ONNX Runtime cannot be asked without numpy, or not this.
        """
        numbers, values, found = _tensor("q", []), _tensor("f", []), 0
        with self._db:  # one state of the store, whoever writes meanwhile
            ((mean,),) = self._db.execute("select mean from memory_code_state")
            asked = _asked(self._question, array("f", bytes(mean)))
            for page in pages(self._db):
                rows = len(page) // ROW_BYTES
                found = min(count, found + rows)
                parts = {
                    "bytes": Tensor.of("B", page, (rows, ROW_BYTES)),
                    "floats": Tensor.of("f", page, (rows, 2 * WORDS)),
                    "words": Tensor.of("q", page, (rows, WORDS)),
                    "best_numbers": numbers,
                    "best_values": values,
                    "count": _tensor("q", [found]),
                }
                numbers, values = _session().run(asked | parts, ["numbers", "values"])
        return numbers.read("q").tolist() if found else []


def _asked(question: Sequence[float], mean: Sequence[float]) -> dict[str, Tensor]:
    """What the graph needs of a question: see `vector_code.estimates`."""
    low, step, rounded = levels(question, mean)
    count = len(rounded) // _BITS
    weights = [float(rounded[byte * _BITS + bit] + SHIFT) for bit in range(_BITS) for byte in range(count)]
    total = step * sum(rounded) + low * len(rounded)
    numbers = {"step": step, "low": low, "total": total}
    return {
        "weights": Tensor.of("f", array("f", weights).tobytes(), (_BITS, count)),
        **{name: _tensor("d", [number]) for name, number in numbers.items()},
    }


def _tensor(kind: str, values: list[Any]) -> Tensor:
    return Tensor.of(kind, array(kind, values).tobytes(), (len(values),))


@cache
def _session() -> Session:
    return Session(GRAPH, optimise=False)
