"""Vectors found by their codes: what all of them compared would find, whatever was written before."""

from __future__ import annotations

import math
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import apsw
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestrator.lexical import Filters
from orchestrator.store import vector_table
from orchestrator.store.migrations import STEPS, migrate
from orchestrator.store.search_filters import lines
from orchestrator.store.search_index import Item, SearchIndex
from orchestrator.store.unit_vector import blob_of
from orchestrator.store.vector_code import encode, estimates
from tests.store.test_search_index import MODEL, brute, item, open_index, unit

KINDS, TECHNOLOGIES = ("insight", "solution"), ("Redis", "python", "Ação", "c++", "\ud800")
TIMES = ("", "1999-01-01T00:00:00Z", "2026-01-01T00:00:00Z", "2026-01-01T09:00:00Z", "2026-01-02", "x")


@pytest.fixture(autouse=True)
def by_codes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vector_table, "EXACT", 0)


def agree(connection: apsw.Connection) -> None:
    """Every vector of the model has its code and nothing else has one."""
    ((model, vectors),) = connection.execute("select model, vectors from memory_code_state")
    coded = connection.execute("select rowid from memory_code order by 1").fetchall()
    sql = "select rowid from memory_item where model = ? and embedding is not null order by 1"
    assert coded == connection.execute(sql, (model,)).fetchall()
    assert vectors == len(coded)


def squeezed(count: int, seed: int) -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
    """Unit vectors as e5 makes them: a large part in common, neighbourhoods, two random ones at 0.8."""
    rng = np.random.default_rng(seed)
    common = np.random.default_rng(0).normal(size=384)
    topics = np.random.default_rng(1).normal(size=(40, 384)) * 0.6
    parts = topics[rng.integers(0, 40, count)] + rng.normal(size=(count, 384)) * 0.5
    vectors = common * 1.6 + parts
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


def test_codes_name_the_nearest_of_many() -> None:
    """recall@10 of 10,000 by the 500 best estimates; by signs alone it is much lower."""
    vectors, questions = squeezed(10_000, 2), squeezed(40, 3)
    mean = vectors[:5_000].mean(axis=0)
    codes = np.ascontiguousarray(encode(vectors, mean).T)
    found = 0
    for question in questions:
        nearest = np.argpartition(-(vectors @ question), 10)[:10]
        named = np.argpartition(-estimates(codes, question, mean), 500)[:500]
        found += len(np.intersect1d(nearest, named))
    assert found / 400 >= 0.99


def test_an_estimate_is_near_the_cosine() -> None:
    vectors, question = squeezed(2_000, 4), squeezed(1, 5)[0]
    mean = vectors.mean(axis=0)
    estimated = estimates(np.ascontiguousarray(encode(vectors, mean).T), question, mean) + question @ mean
    error = estimated - vectors @ question
    assert abs(float(error.mean())) < 0.002
    lengths = np.linalg.norm(question - mean) * np.linalg.norm(vectors - mean, axis=1).mean()
    expected = lengths * math.sqrt((math.pi / 2 - 1) / 384)  # of random directions, by their signs
    assert float(error.std()) < 1.1 * expected  # the question's 4 bits add a little


filters = st.fixed_dictionaries(
    {},
    optional={
        "kind": st.sampled_from(KINDS),
        "scope": st.sampled_from(["own", "shared"]),
        "company": st.sampled_from(["empresa-a", "empresa-b"]),
        "technology": st.sampled_from(TECHNOLOGIES),
        "since": st.sampled_from(TIMES),
        "shared": st.booleans(),
        "path": st.sampled_from(["src", "src/*.py", "src/a.py", "[", "*"]),
    },
)
items = st.builds(
    Item,
    ref=st.integers(0, 30).map("r{}".format),
    scope=st.sampled_from(["own", "shared"]),
    company=st.sampled_from(["empresa-a", "empresa-b"]),
    kind=st.sampled_from(KINDS),
    title=st.just("t"),
    text=st.just("texto"),
    technologies=st.lists(st.sampled_from(TECHNOLOGIES), max_size=3).map(tuple),
    shared=st.booleans(),
    created_at=st.sampled_from(TIMES),
    model=st.just(MODEL),
    vector=st.integers(0, 50).map(unit),
)


@settings(max_examples=40, deadline=None)
@given(st.lists(items, max_size=25), filters, st.integers(1, 6))
def test_a_filter_admits_the_same_by_marks_and_by_the_database(
    stored: list[Item], narrowed: Filters, k: int
) -> None:
    connection = apsw.Connection(":memory:")
    migrate(connection)
    index = SearchIndex(connection)
    index.put(stored)
    connection.execute(
        "insert into evidence (insight_id, commit_id, paths, seen_at)"
        " select ref, 'c', '[\"src/a.py\"]', '' from memory_item limit 9"
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(vector_table, "CANDIDATES", 1)  # so that it has to look wider
        found = index.nearest(unit(3), k, model=MODEL, **narrowed)
        patch.setattr(vector_table, "EXACT", 99)
        expected = index.nearest(unit(3), k, model=MODEL, **narrowed)
    assert len(found) == len(expected)
    everything = dict(index.nearest(unit(3), 99, model=MODEL, **narrowed))
    assert dict(found).items() <= everything.items()
    assert {r for r, _s in index.nearest(unit(3), 99, model=MODEL, **narrowed)} == set(everything)
    connection.close()


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from(["put", "plain", "remove", "model", "undo"]), st.integers(0, 5)),
        max_size=20,
    )
)
def test_what_is_in_memory_is_what_is_stored(steps: list[tuple[str, int]]) -> None:
    """Asked after every step, so that what it keeps between two questions must be right."""
    connection, index = open_index()
    for step, (name, n) in enumerate(steps):
        connection.execute("savepoint step")
        if name == "remove":
            index.remove([f"r{n}"])
        elif name == "model":
            index.set_vector(f"r{n}", f"model-{step % 2}", unit(step))
        elif name == "plain":
            index.put([item(n, vector=None, kind=KINDS[step % 2])])
        else:
            index.put([item(n, vector=unit(step))])
            index.nearest(unit(0), 9, model=MODEL)
        if name == "undo":
            connection.execute("rollback to step")
        connection.execute("release step")
        agree(connection)
        ((model,),) = connection.execute("select model from memory_code_state")
        if model:
            with pytest.MonkeyPatch.context() as patch:
                narrowed: Filters = {"kind": "solution"}
                found = [index.nearest(unit(0), 9, model=str(model), **f) for f in ({}, narrowed)]  # type: ignore[typeddict-item]  # none
                patch.setattr(vector_table, "EXACT", 99)
                assert found == [index.nearest(unit(0), 9, model=str(model), **f) for f in ({}, narrowed)]  # type: ignore[typeddict-item]  # none
    connection.close()


def test_another_process_writes_meanwhile(tmp_path: Path) -> None:
    path = str(tmp_path / "store.db")
    (one, index), (two, other) = open_index(path), open_index(path)
    index.put(item(n) for n in range(6))
    assert [r for r, _s in other.nearest(unit(7), 9, model=MODEL)] == brute(unit(7), list(range(6)))
    index.put([item(7)])
    index.remove(["r0"])
    assert [r for r, _s in other.nearest(unit(7), 9, model=MODEL)] == brute(unit(7), [1, 2, 3, 4, 5, 7])
    one.close()
    two.close()


KILLED = """
import sys
from tests.store.test_search_index import item, open_index, unit
from orchestrator.transaction import transaction
connection, index = open_index(sys.argv[1])
for n in range(100_000):
    with transaction(connection):
        index.put([item(n % 40, vector=unit(n % 50)), item(n * 7 % 40, vector=None, text=str(n))])
        index.remove([f"r{(n * 3 + 2) % 40}"])
    print(n, flush=True)
"""


def test_killed_while_writing_the_codes_are_in_step(tmp_path: Path) -> None:
    path = str(tmp_path / "store.db")
    for after in (3, 11, 29):
        child = subprocess.Popen([sys.executable, "-c", KILLED, path], stdout=subprocess.PIPE, text=True)
        assert child.stdout is not None
        for _line in range(after):
            child.stdout.readline()
        child.kill()
        child.wait()
        child.stdout.close()
        connection, index = open_index(path)
        agree(connection)
        before = index.nearest(unit(1), 40, model=MODEL)
        assert before
        index.rebuild()
        assert index.nearest(unit(1), 40, model=MODEL) == before
        connection.close()


def test_the_mean_is_taken_anew_while_a_store_grows() -> None:
    connection, index = open_index()
    means = set()
    for n in range(20):
        index.put([item(n)])
        means.add(connection.execute("select sampled, mean from memory_code_state").fetchone())
    assert [sampled for sampled, _mean in sorted(means)] == [1, 5]  # type: ignore[misc]  # rows
    assert len({mean for _sampled, mean in means}) == 2  # type: ignore[misc]  # rows
    connection.close()


@pytest.fixture
def former(tmp_path: Path) -> Iterator[apsw.Connection]:
    """A store as it was before the codes, with its table of sqlite-vec."""
    connection = apsw.Connection(str(tmp_path / "store.db"))
    names = [name for name, _sql in STEPS]
    for _name, sql in STEPS[: names.index("codes_of_vectors")]:
        for _row in connection.execute(sql):
            continue
    connection.pragma("user_version", names.index("codes_of_vectors"))
    vector_table.load_vec(connection)
    connection.execute(
        "create virtual table memory_vector using vec0(embedding float[384] distance_metric=cosine)"
    )
    for n in range(3):
        connection.execute(
            "insert into memory_item values (?,?,'own','e','insight','t','x',?,0,'','h',?,?)",
            (n, f"r{n}", lines(["Redis"]), MODEL, blob_of(unit(n))),
        )
        connection.execute("insert into memory_vector(rowid, embedding) values (?,?)", (n, blob_of(unit(n))))
    connection.execute(
        "insert into insight values ('i','insight','t','c','[]','','','v',1,'[]','d','a','','active','','')"
    )
    connection.execute(
        "insert into evidence (insight_id, commit_id, paths, seen_at)"
        " values ('i', 'c', '[\"src/a.py\", \"src/a.py\", \"b\"]', '')"
    )
    yield connection
    connection.close()


def test_a_store_of_an_earlier_version(former: apsw.Connection) -> None:
    migrate(former)
    index = SearchIndex(former)
    assert [r for r, _s in index.nearest(unit(2), 9, model=MODEL)] == brute(unit(2), [0, 1, 2])
    index.put([item(3)])
    assert [r for r, _s in index.nearest(unit(2), 9, model=MODEL)] == brute(unit(2), [0, 1, 2, 3])
    agree(former)
    assert not former.execute("select name from sqlite_schema where name like 'memory_vector%'").fetchall()
    assert former.execute("select path from evidence_path").fetchall() == [("b",), ("src/a.py",)]
    former.execute("delete from evidence")
    assert former.execute("select path from evidence_path").fetchall() == []


def test_lengths_of_all_kinds() -> None:
    """As many items as fill the room in memory, and more."""
    connection, index = open_index()
    index.put(item(n) for n in range(9))
    index.nearest(unit(0), 3, model=MODEL)
    for n in range(9, 40):
        index.put([item(n, created_at="")])
        assert index.nearest(unit(n), 1, model=MODEL)[0][0] == f"r{n}"
    assert math.isclose(index.nearest(unit(39), 1, model=MODEL)[0][1], 1, abs_tol=1e-5)
    connection.close()
