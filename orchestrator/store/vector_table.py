"""`memory_vector`: the sqlite-vec table derived from `memory_item`, brute force, cosine.

It holds the vectors of one model. It may be missing or behind, for example when sqlite-vec was
not installed for a while, or still hold a former model: the next write rebuilds it, and until
then `nearest` compares with `memory_item` itself, slower and with the same result.
"""

from __future__ import annotations

import importlib.util
import math
from array import array
from collections.abc import Sequence
from operator import mul
from pathlib import Path

import apsw

from orchestrator.errors import OrchError
from orchestrator.i18n import _
from orchestrator.model import VECTOR_DIMENSIONS

Vector = Sequence[float]
Hits = list[tuple[str, float]]
MAX_K = 4096  # vec0's own limit
NORM_TOLERANCE = 1e-3


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


def blob_of(vector: Vector) -> bytes:
    """A vector as sqlite-vec stores it: 384 float32.

    Raises OrchError unless it is finite and of length 1: vec0 would store NaN and zero vectors.
    """
    values = array("f", vector)
    if len(values) != VECTOR_DIMENSIONS:
        raise OrchError(
            _("a vector has {count} dimensions instead of {wanted}").format(
                count=len(values), wanted=VECTOR_DIMENSIONS
            )
        )
    norm = math.sqrt(dot(values, values))
    if not abs(norm - 1) <= NORM_TOLERANCE:  # also true for NaN
        raise OrchError(_("a vector must be finite and of length 1, this one has {norm}").format(norm=norm))
    return values.tobytes()


def dot(a: Sequence[float], b: Sequence[float]) -> float:
    """The inner product: the cosine of two unit vectors."""
    return float(sum(map(mul, a, b)))


class VectorTable:
    """Keeps `memory_vector` in step with `memory_item` and searches it."""

    def __init__(self, connection: apsw.Connection) -> None:
        self._db = connection
        self._loaded: bool | None = None

    @property
    def available(self) -> bool:
        """False where sqlite-vec cannot be loaded."""
        if self._loaded is None:
            self._loaded = load_vec(self._db)
        return self._loaded

    def put(self, rowid: int, model: str, blob: bytes) -> None:
        """Index one vector, already stored in `memory_item`; another model replaces the former."""
        if not self.available:
            self._set_state(self._state()[0], behind=1)
        elif self._state() != (model, 0):
            self.rebuild(model)
        else:  # neither OR REPLACE nor upsert works on vec0
            self._db.execute("delete from memory_vector where rowid = ?", (rowid,))
            self._db.execute("insert into memory_vector(rowid, embedding) values (?, ?)", (rowid, blob))

    def drop(self, rowid: int) -> None:
        """Forget one vector."""
        model, behind = self._state()
        if behind:
            return  # whatever is there will be rebuilt
        if self.available:
            self._db.execute("delete from memory_vector where rowid = ?", (rowid,))
        else:
            self._set_state(model, behind=1)

    def rebuild(self, model: str = "") -> None:
        """Make the table anew with every vector of `model` (default: of the model it had)."""
        model = model or self._state()[0]
        if not self.available:
            self._set_state(model, behind=1)
            return
        self._db.execute("drop table if exists memory_vector")
        self._db.execute(
            f"create virtual table memory_vector using vec0(embedding float[{VECTOR_DIMENSIONS}]"
            " distance_metric=cosine)"
        )
        self._db.execute(
            "insert into memory_vector(rowid, embedding)"
            " select rowid, embedding from memory_item where model = ? and embedding is not null",
            (model,),
        )
        self._set_state(model, behind=0)

    def nearest(self, blob: bytes, k: int, model: str, where: str, values: Sequence[object]) -> Hits:
        """(ref, similarity), best first. `where` is a condition on `memory_item`, its values bound."""
        if not self.available:
            return []
        k = max(1, min(k, MAX_K))
        if self._state() == (model, 0):
            sql, bound = self._by_table(where, bool(values)), (blob, k, *values)
        else:
            sql = (
                "select ref, 1 - vec_distance_cosine(embedding, ?) as similarity from memory_item"
                f" where model = ? and {where} order by similarity desc, ref limit ?"
            )
            bound = (blob, model, *values, k)
        return [(str(ref), float(similarity)) for ref, similarity in self._db.execute(sql, bound)]

    @staticmethod
    def _by_table(where: str, filtered: bool) -> str:
        subset = f" and rowid in (select rowid from memory_item where {where})" if filtered else ""
        return (
            "select ref, 1 - distance from (select rowid as id, distance from memory_vector"
            f" where embedding match ? and k = ?{subset})"
            " join memory_item on memory_item.rowid = id order by distance, ref"
        )

    def _state(self) -> tuple[str, int]:
        row = self._db.execute("select model, behind from memory_vector_state").fetchone()
        return (str(row[0]), int(str(row[1]))) if row else ("", 1)

    def _set_state(self, model: str, behind: int) -> None:
        self._db.execute("update memory_vector_state set model = ?, behind = ?", (model, behind))
