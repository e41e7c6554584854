"""The index in a company's store: derived tables never lie, writes are all or nothing."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import apsw
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestrator.errors import OrchError
from orchestrator.lexical import Phrase
from orchestrator.store import vector_table
from orchestrator.store.code_table import MIGRATION as CODES
from orchestrator.store.search_index import MIGRATION, Item, SearchIndex

MODEL = "model-1"


def open_index(path: str = ":memory:") -> tuple[apsw.Connection, SearchIndex]:
    connection = apsw.Connection(path)
    if not connection.execute("select 1 from sqlite_master where name = 'memory_item'").fetchall():
        for _row in connection.execute(MIGRATION + CODES):
            continue
    return connection, SearchIndex(connection)


@pytest.fixture
def index() -> Iterator[SearchIndex]:
    connection, index = open_index()
    yield index
    connection.close()


@cache
def unit(seed: int) -> list[float]:
    rng = random.Random(seed)
    values = [rng.gauss(0.3, 1) for _n in range(384)]
    norm = math.sqrt(sum(x * x for x in values))
    return [x / norm for x in values]


def item(n: int, **changes: object) -> Item:
    values: dict[str, object] = {
        "ref": f"r{n}",
        "scope": ("own", "shared")[n % 2],
        "company": f"empresa-{n % 3}",
        "kind": ("insight", "solution")[n % 2],
        "title": f"Título {n}",
        "text": f"texto número {n}",
        "technologies": ("Redis", "Python") if n % 4 == 0 else (),
        "shared": n % 2 == 1,
        "created_at": f"2026-01-{n + 1:02d}T00:00:00Z",
        "model": MODEL,
        "vector": unit(n),
    }
    return Item(**{**values, **changes})  # type: ignore[arg-type]  # values of the right types above


def brute(vector: list[float], numbers: list[int]) -> list[str]:
    scored = sorted(numbers, key=lambda n: -sum(a * b for a, b in zip(vector, unit(n), strict=True)))
    return [f"r{n}" for n in scored]


def test_nearest_is_exact_and_ordered(index: SearchIndex) -> None:
    index.put(item(n) for n in range(20))
    found = index.nearest(unit(7), 5, model=MODEL)
    assert [ref for ref, _s in found] == brute(unit(7), list(range(20)))[:5]
    assert found[0][1] == pytest.approx(1, abs=1e-5)
    assert index.similarities(unit(7), ["r7", "r8", "none"], model=MODEL).keys() == {"r7", "r8"}


@pytest.mark.parametrize(
    ("filters", "numbers"),
    [
        ({"kind": "solution"}, [n for n in range(20) if n % 2]),
        ({"scope": "own"}, [n for n in range(20) if n % 2 == 0]),
        ({"company": "empresa-1"}, [n for n in range(20) if n % 3 == 1]),
        ({"technology": "redis"}, [n for n in range(20) if n % 4 == 0]),
        ({"technology": "red"}, []),
        ({"since": "2026-01-15"}, list(range(14, 20))),
        ({"shared": False}, [n for n in range(20) if n % 2 == 0]),
        ({"kind": "solution", "company": "empresa-1"}, [1, 7, 13, 19]),
        ({"kind": "", "scope": None}, list(range(20))),
        ({"kind": "' or 1=1 --"}, []),
    ],
)
def test_filters_narrow_both_searches_before_k(
    index: SearchIndex, filters: dict[str, str], numbers: list[int]
) -> None:
    index.put(item(n) for n in range(20))
    assert [r for r, _s in index.nearest(unit(3), 4, model=MODEL, **filters)] == brute(unit(3), numbers)[:4]  # type: ignore[misc]  # parametrised
    assert {r for r, _s in index.lexical([Phrase("stems", "text")], 99, **filters)} == {
        f"r{n}" for n in numbers
    }  # type: ignore[misc]  # parametrised


def test_put_replaces_and_keeps_the_vector_of_an_unchanged_text(index: SearchIndex) -> None:
    index.put([item(1), item(2)])
    index.put([item(1, vector=None, kind="pattern")])
    assert index.rows(["r1"])["r1"].kind == "pattern"
    assert index.vector("r1", MODEL) is not None
    index.put([item(1, vector=None, text="outro texto")])
    assert index.vector("r1", MODEL) is None
    assert [ref for ref, _s in index.nearest(unit(1), 5, model=MODEL)] == ["r2"]
    assert index.missing_vectors(MODEL) == [("r1", "Título 1", "outro texto")]
    assert [ref for ref, _s in index.lexical([Phrase("stems", "outr")], 9)] == ["r1"]
    assert [ref for ref, _s in index.lexical([Phrase("stems", "numer")], 9)] == ["r2"]


def test_nothing_missing_costs_no_reading_of_all_items() -> None:
    connection, index = open_index()
    index.put(item(n) for n in range(3))
    told: list[str] = []
    connection.exec_trace = lambda _cursor, sql, _values: told.append(sql) is None
    assert index.missing_vectors(MODEL) == []
    connection.exec_trace = None
    plan = [str(row[3]) for row in connection.execute(f"explain query plan {told[-1]}", (MODEL,))]
    assert any("memory_item_model" in step for step in plan)
    assert not any(step.startswith("SCAN") for step in plan)


def test_removed_items_are_found_nowhere(index: SearchIndex) -> None:
    index.put(item(n) for n in range(4))
    index.remove(["r1", "unknown"])
    assert "r1" not in dict(index.nearest(unit(1), 9, model=MODEL))
    assert "r1" not in dict(index.lexical([Phrase("stems", "text")], 9))
    assert index.rows(["r1"]) == {}


def test_a_vector_of_a_text_that_changed_meanwhile_is_not_taken(index: SearchIndex) -> None:
    index.put([item(1, vector=None, text="antes")])
    ((ref, title, text),) = index.missing_vectors(MODEL)
    index.put([item(1, vector=None, text="depois")])  # another process, while the first embeds
    index.set_vector(ref, MODEL, unit(1), of=(title, text))
    assert index.vector("r1", MODEL) is None
    assert index.nearest(unit(1), 9, model=MODEL) == []
    assert index.missing_vectors(MODEL) == [("r1", "Título 1", "depois")]


def test_only_vectors_of_the_same_model_are_compared(index: SearchIndex) -> None:
    index.put(item(n) for n in range(4))
    assert index.nearest(unit(1), 9, model="model-2") == []
    assert len(index.missing_vectors("model-2")) == 4
    index.set_vector("r2", "model-2", unit(2))
    assert [ref for ref, _s in index.nearest(unit(1), 9, model="model-2")] == ["r2"]
    assert [ref for ref, _s in index.nearest(unit(1), 9, model=MODEL)] == ["r1", *brute(unit(1), [0, 3])]
    assert [row[0] for row in index.missing_vectors("model-2")] == ["r0", "r1", "r3"]
    index.set_vector("r0", MODEL, unit(0))  # and back: the table follows what is written
    assert len(index.nearest(unit(1), 9, model=MODEL)) == 3


@pytest.mark.parametrize("bad", [[math.nan] * 384, [0.0] * 384, [math.inf] + [0.0] * 383, [1.0] * 384, [1.0]])
def test_a_vector_that_is_none_is_refused(index: SearchIndex, bad: list[float]) -> None:
    index.put([item(1)])
    with pytest.raises(OrchError):
        index.set_vector("r1", MODEL, bad)
    with pytest.raises(OrchError):
        index.nearest(bad, 3, model=MODEL)
    with pytest.raises(OrchError):
        index.put([item(2), item(3, vector=bad)])
    assert index.rows(["r2", "r3"]) == {}  # all or nothing
    assert [ref for ref, _s in index.nearest(unit(1), 9, model=MODEL)] == ["r1"]


def test_writes_belong_to_the_callers_transaction(tmp_path: Path) -> None:
    connection, index = open_index(str(tmp_path / "store.db"))
    index.put([item(0)])
    connection.execute("begin immediate")
    index.put([item(1)])
    index.set_vector("r0", "model-2", unit(5))
    index.remove(["r0"])
    connection.execute("rollback")
    assert [ref for ref, _s in index.nearest(unit(0), 9, model=MODEL)] == ["r0"]
    assert [ref for ref, _s in index.lexical([Phrase("stems", "text")], 9)] == ["r0"]
    connection.close()


def test_without_sqlite_vec_words_work_and_the_vectors_are_caught_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = str(tmp_path / "store.db")
    connection, index = open_index(path)
    index.put(item(n) for n in range(3))
    connection.close()
    with monkeypatch.context() as patch:
        patch.setattr(vector_table, "load_vec", lambda _connection: False)
        connection, index = open_index(path)
        assert not index.has_vectors
        index.remove(["r0"])
        index.put([item(3)])
        assert index.nearest(unit(3), 5, model=MODEL) == []
        assert len(index.lexical([Phrase("stems", "text")], 9)) == 3
        connection.close()
    connection, index = open_index(path)
    assert [r for r, _s in index.nearest(unit(3), 5, model=MODEL)] == brute(unit(3), [1, 2, 3])
    index.put([item(4)])
    assert [r for r, _s in index.nearest(unit(3), 9, model=MODEL)] == brute(unit(3), [1, 2, 3, 4])
    assert connection.execute("select count(*) from memory_code").fetchall() == [(4,)]
    connection.close()


def test_what_was_removed_without_sqlite_vec_takes_no_place_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = str(tmp_path / "store.db")
    connection, index = open_index(path)
    index.put(item(n) for n in range(3))
    connection.close()
    with monkeypatch.context() as patch:
        patch.setattr(vector_table, "load_vec", lambda _connection: False)
        connection, index = open_index(path)
        index.remove(["r2"])
        connection.close()
    connection, index = open_index(path)
    assert [r for r, _s in index.nearest(unit(2), 1, model=MODEL)] == brute(unit(2), [0, 1])[:1]
    connection.close()


def test_loading_vectors_does_not_import_their_package() -> None:
    import sys

    connection, index = open_index()
    assert index.has_vectors
    assert "sqlite_vec" not in sys.modules
    with pytest.raises(apsw.Error):  # nobody else may load anything into this connection
        connection.load_extension("/tmp/anything")
    connection.close()


def test_rebuild_gives_the_same_answers(index: SearchIndex) -> None:
    index.put(item(n) for n in range(12))
    either = [Phrase("stems", "text"), Phrase("words", "redis")]
    before = (
        index.nearest(unit(3), 9, model=MODEL),
        index.lexical(either, 99),
    )
    index.rebuild()
    assert (
        index.nearest(unit(3), 9, model=MODEL),
        index.lexical(either, 99),
    ) == before


def test_hostile_text_is_stored_and_found(index: SearchIndex) -> None:
    index.put(
        [item(1, title="\ud800 a\0b", text="\udfff' \" ; drop table \ufdfa", technologies=("a\nb", "\ud800"))]
    )
    assert [ref for ref, _s in index.lexical([Phrase("stems", "drop")], 9)] == ["r1"]
    index.rows(["r1"])["r1"].text.encode()


operations = st.lists(
    st.tuples(st.sampled_from(["put", "plain", "retext", "remove", "vector"]), st.integers(0, 5)), max_size=25
)


@settings(max_examples=40, deadline=None)
@given(operations)
def test_derived_tables_always_agree_with_the_items(steps: list[tuple[str, int]]) -> None:
    connection, index = open_index()
    expected: dict[int, int | None] = {}  # item -> seed of its vector
    for step, (name, n) in enumerate(steps):
        if name == "remove":
            index.remove([f"r{n}"])
            expected.pop(n, None)
        elif name == "vector":
            index.set_vector(f"r{n}", MODEL, unit(100 + step))
            expected.update({n: 100 + step} if n in expected else {})
        elif name == "put":
            index.put([item(n)])
            expected[n] = n
        elif name == "plain":
            unchanged = n in expected and index.rows([f"r{n}"])[f"r{n}"].text == item(n).text
            index.put([item(n, vector=None)])
            expected[n] = expected[n] if unchanged else None
        else:
            index.put([item(n, vector=None, text=f"texto reescrito {step}")])
            expected[n] = None
    found = dict(index.nearest(unit(0), 99, model=MODEL))
    assert found.keys() == {f"r{n}" for n, seed in expected.items() if seed is not None}
    for n, seed in expected.items():
        if seed is not None:
            assert found[f"r{n}"] == pytest.approx(
                sum(a * b for a, b in zip(unit(0), unit(seed), strict=True)), abs=1e-4
            )
    assert {r for r, _s in index.lexical([Phrase("stems", "text")], 99)} == {f"r{n}" for n in expected}
    assert len(index.missing_vectors(MODEL)) == sum(seed is None for seed in expected.values())
    connection.close()
