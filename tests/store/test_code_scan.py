"""The best estimates by the graph are those by numpy, to the bit."""

from __future__ import annotations

import sys
from array import array
from pathlib import Path
from typing import Any

import apsw
import numpy as np
import onnx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestrator import inference
from orchestrator.lexical import Filters
from orchestrator.store import code_scan, code_table, vector_table
from orchestrator.store.code_scan import GRAPH, Scan
from orchestrator.store.code_table import Codes, entry
from orchestrator.store.search_index import SearchIndex
from orchestrator.store.vector_code import encode, estimates
from tests.store.test_search_index import MODEL, item, open_index, unit

sys.path.insert(0, str(Path(__file__).parents[2] / "scripts"))
import scan_graph


def vectors(count: int, seed: int) -> Any:
    found = np.random.default_rng(seed).normal(0.2, 1, (count, 384))
    return (found / np.linalg.norm(found, axis=1, keepdims=True)).astype(np.float32)


def filled(rows: Any, mean: Any) -> apsw.Connection:
    """A store with the codes of these vectors, numbered 10, 20, …"""
    connection, _index = open_index()
    codes = encode(rows, mean)
    entries = [(10 * n, entry(10 * n, bytes(24), code.tobytes())) for n, code in enumerate(codes, start=1)]
    connection.executemany("insert into memory_code values (?, ?)", entries)
    connection.execute("update memory_code_state set mean = ?, vectors = ?", (mean.tobytes(), len(rows)))
    return connection


def test_the_file_is_what_the_script_writes() -> None:
    assert onnx.load(GRAPH) == scan_graph.graph(), "run python scripts/scan_graph.py"


@given(count=st.integers(1, 60), seed=st.integers(0, 2**32), scale=st.sampled_from([0.0, 0.01, 1.0, 30.0]))
@settings(max_examples=60, deadline=None)
def test_the_same_bits_as_numpy(count: int, seed: int, scale: float) -> None:
    rows, question = vectors(count, seed), vectors(1, seed + 1)[0]
    mean = (scale * vectors(1, seed + 2)[0]).astype(np.float32)
    codes = encode(rows, mean)
    wanted = estimates(np.ascontiguousarray(codes.T), question, mean)
    page = b"".join(entry(n, bytes(24), code.tobytes()) for n, code in enumerate(codes))
    asked = code_scan._asked(array("f", question.tobytes()), array("f", mean.tobytes()))
    nothing = {"best_numbers": array("q"), "best_values": array("f"), "count": array("q", [count])}
    numbers, values = code_scan._session().run(
        {
            **asked,
            **{
                name: inference.Tensor.of(values.typecode, values.tobytes(), (len(values),))
                for name, values in nothing.items()
            },
            "bytes": inference.Tensor.of("B", page, (count, 88)),
            "floats": inference.Tensor.of("f", page, (count, 22)),
            "words": inference.Tensor.of("q", page, (count, 11)),
        },
        ["numbers", "values"],
    )
    found = np.empty(count, np.float32)
    found[numbers.read("q").tolist()] = np.array(values.read("f"))
    assert found.tobytes() == wanted.tobytes()


@pytest.mark.parametrize("rows_a_read", [7, 100, 8_192])
@pytest.mark.parametrize("count", [1, 30, 100, 1_000])
def test_the_same_candidates_whatever_the_pages(
    monkeypatch: pytest.MonkeyPatch, rows_a_read: int, count: int
) -> None:
    mean = vectors(1, 5)[0] * np.float32(0.3)
    question = vectors(1, 6)[0]
    connection = filled(vectors(300, 4), mean)
    monkeypatch.setattr(code_table, "_ROWS_A_READ", rows_a_read)
    scan = Scan(connection, array("f", question.tobytes()), 300)
    ranking = Codes(connection, 0).ranking(question, mean, Filters(), None)
    assert sorted(scan.best(count)) == sorted(ranking.best(count))
    assert len(scan.best(count)) == min(count, 300)


def test_of_no_codes_there_is_none_best() -> None:
    connection = filled(vectors(1, 1)[:0], np.zeros(384, np.float32))
    assert Scan(connection, unit(1), 0).best(5) == []


def test_the_first_question_and_the_later_ones_find_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vector_table, "EXACT", 0)
    asked = []
    monkeypatch.setattr(Scan, "best", lambda self, n, best=Scan.best: asked.append(n) or best(self, n))
    connection, index = open_index()
    index.put(item(n) for n in range(200))
    first, later = (index.nearest(unit(7), 12, model=MODEL) for _time in range(2))
    assert first == later and first[0][0] == "r7" and len(first) == 12
    assert asked == [500], "the first one only"
    narrowed = SearchIndex(connection).nearest(unit(7), 12, model=MODEL, kind="solution")
    assert narrowed == index.nearest(unit(7), 12, model=MODEL, kind="solution") and asked == [500]


def no_memory(*_given: object) -> None:
    raise inference.InferenceError("not enough memory")


@pytest.mark.parametrize("missing", ["library", "graph", "a graph that it takes", "memory"])
def test_where_it_cannot_be_asked_numpy_answers(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, missing: str
) -> None:
    monkeypatch.setattr(vector_table, "EXACT", 0)
    connection, index = open_index()
    index.put(item(n) for n in range(50))
    wanted = index.nearest(unit(7), 5, model=MODEL)
    if missing == "library":
        monkeypatch.setattr(inference, "libraries", list)
    elif missing == "memory":
        monkeypatch.setattr(inference.Session, "run", no_memory)
    else:
        monkeypatch.setattr(code_scan, "GRAPH", tmp_path / "code_scan.onnx")
        if missing != "graph":
            (tmp_path / "code_scan.onnx").write_bytes(b"of another version")
    caches = (inference._interface, code_scan._session)
    for cache in caches:
        cache.cache_clear()
    try:
        with pytest.raises(inference.InferenceError):
            Scan(connection, unit(7), 50).best(5)
        assert SearchIndex(connection).nearest(unit(7), 5, model=MODEL) == wanted
    finally:
        monkeypatch.undo()
        for cache in caches:
            cache.cache_clear()
