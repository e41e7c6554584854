"""The codes beside the global memory: in step with its rows, right about them, seen by nobody who may not."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import numpy as np
import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from orchestrator.config.secret import Secret
from orchestrator.reconcile.migrate import Database
from orchestrator.reconcile.migration_files import shipped
from tests.remotes.contract import unit_vector
from tests.rig.postgres import Postgres
from tests.rig.rig import Rig
from tests.rig.supabase import TABLE, Project

pytestmark = [pytest.mark.rig, pytest.mark.xdist_group("rig")]
CODES = f"{TABLE}_codes"
MIGRATION = "20261127000400"
INDEXES = f"select indexname, indexdef from pg_indexes where tablename in ('{TABLE}', '{CODES}') order by 1"
DIRECTION = """
select array_agg((orchestrator_parts(axis::vector)).along order by i)
from (select i, '[' || repeat('0,', i) || '1' || repeat(',0', 383 - i) || ']' as axis
      from generate_series(0, 383) i) a
"""
PLAIN = f"insert into {TABLE} (content, embedding, category, source_instance, shared, metadata, created_at)"
Vector = NDArray[np.float64]


@pytest.fixture
def group(rig: Rig) -> Project:
    return rig.supabase.group


@pytest.fixture
def fresh(rig: Rig) -> Iterator[str]:
    """A database as a new project has it; its name."""
    cluster = rig.supabase.cluster
    cluster.create_database("codigos")
    yield "codigos"
    cluster.execute("drop database codigos with (force)")


def in_step(cluster: Postgres, database: str) -> None:
    """Each row has its code, worked out here once more, and no code is without a row."""
    u = np.array(cluster.rows(DIRECTION, database=database)[0][0])
    told = (
        "select r.id, c.id, r.embedding::text, c.code::text, c.along, c.spread, r.metadata, c.technologies,"
        " (r.created_at, r.shared, r.category, r.source_instance) is not distinct from"
        " (c.created_at, c.shared, c.category, c.source_instance)"
        f" from {TABLE} r full join {CODES} c using (id)"
    )
    for row, code, vector, bits, along, spread, metadata, technologies, alike in cluster.rows(
        told, database=database
    ):
        assert row == code and alike
        assert technologies == lowered(metadata)
        right_code(np.array(json.loads(vector)), u, bits, along, spread)


def right_code(x: Vector, u: Vector, bits: str, along: float, spread: float) -> None:
    unit = x / (np.linalg.norm(x) or 1)
    assert along == pytest.approx(unit @ u, abs=2e-6)
    rest = unit - along * u
    clear = np.abs(rest) > 1e-6
    assert (np.array(list(bits)) == "1")[clear].tolist() == (rest > 0)[clear].tolist()
    assert spread * np.abs(rest).sum() == pytest.approx(rest @ rest, abs=1e-5)


def lowered(metadata: Any) -> Any:
    """`technologies`, else `technology`, of an object; in small letters."""
    named = metadata if isinstance(metadata, dict) else {}
    listed = named.get("technologies")
    found = named.get("technology") if listed in (None, []) else listed
    return json.loads(json.dumps(found, ensure_ascii=False).lower())


# ---------------------------------------------------------------- what people and pushes do

VECTORS = st.one_of(
    st.integers(0, 5).map(lambda n: list(unit_vector(str(n)))),
    st.sampled_from([0.0, 1e-38, 1e-45, 3e38, -2.5]).map(lambda x: [x] * 384),
    st.integers(0, 383).map(lambda n: [1e-30 if i == n else 0.0 for i in range(384)]),
)
ABOUT = st.sampled_from([{}, {"technologies": ["Java", "Ça"]}, {"technology": "COBOL"}, {"technologies": []}])
KEYS = st.sets(st.integers(0, 3), min_size=1)
WORKS = st.one_of(
    st.tuples(st.just("upsert"), KEYS, VECTORS, ABOUT),
    st.tuples(st.just("vector"), KEYS, VECTORS),
    st.tuples(st.just("shared"), KEYS, st.sampled_from([True, False, None])),
    st.tuples(st.just("renumber"), KEYS),
    st.tuples(st.just("delete"), KEYS),
    st.tuples(st.just("truncate"), KEYS),
)


def work(db: psycopg.Connection[Any], what: str, keys: set[int], *values: Any) -> None:
    """One statement, as the secret key's role where that may do it."""
    names = [f"k{key}" for key in keys]
    db.execute(f"set role {'postgres' if what == 'truncate' else 'service_role'}".encode())
    which = " where orch_key = any(%s)"
    if what == "upsert":
        vector, about = values
        rows = [("x", str(vector), "insight", json.dumps(about | {"orch_key": name})) for name in names]
        many = ", ".join(["(%s, %s, %s, %s)"] * len(rows))
        sql = f"insert into {TABLE} (content, embedding, category, metadata) values {many}"
        replace = "content = excluded.content, embedding = excluded.embedding, metadata = excluded.metadata"
        db.execute(
            f"{sql} on conflict (orch_key) do update set {replace}".encode(), [v for r in rows for v in r]
        )
    elif what in ("vector", "shared"):
        column = "embedding" if what == "vector" else "shared"
        value = str(values[0]) if what == "vector" else values[0]
        db.execute(f"update {TABLE} set {column} = %s{which}".encode(), [value, names])
    elif what == "renumber":
        db.execute(f"update {TABLE} set id = -id, content = content || '.'{which}".encode(), [names])
    elif what == "delete":
        db.execute(f"delete from {TABLE}{which}".encode(), [names])
    else:
        db.execute(f"truncate {TABLE}".encode())


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(works=st.lists(WORKS, min_size=3, max_size=8))
def test_codes_follow_their_rows_whatever_is_done(rig: Rig, group: Project, works: list[Any]) -> None:
    cluster = rig.supabase.cluster
    with psycopg.connect(cluster.uri(database=group.name), autocommit=True) as db:
        db.execute(f"truncate {TABLE}".encode())
        for step in works:
            work(db, *step)
    in_step(cluster, group.name)


def test_a_statement_that_fails_leaves_the_codes(rig: Rig, group: Project) -> None:
    with psycopg.connect(rig.supabase.cluster.uri(database=group.name)) as db:
        work(db, "upsert", {1, 2}, unit_vector("a"), {})
        db.commit()
        work(db, "delete", {1})
        work(db, "vector", {2}, unit_vector("b"))
        db.rollback()
    assert group.sql(f"select count(*) from {CODES}") == [(2,)]
    in_step(rig.supabase.cluster, group.name)


# ---------------------------------------------------------------- a project that had rows before


def test_rows_that_were_there_get_their_codes_once(rig: Rig, fresh: str) -> None:
    cluster = rig.supabase.cluster
    before = [m for m in shipped() if m.version < MIGRATION]
    with Database(Secret(cluster.uri(database=fresh)), "X") as database:
        assert all(done for _m, done in database.apply(before))
        for n in range(7):
            values = [f"texto {n}", str(list(unit_vector(str(n)))), json.dumps({"technologies": [f"T{n}"]})]
            sql = f"{PLAIN} values (%s, %s, 'insight', 'empresa-a', true, %s, now()) returning id"
            with psycopg.connect(cluster.uri(database=fresh)) as db:
                db.execute(sql.encode(), values)
        rows = cluster.rows(f"select * from {TABLE} order by id", database=fresh)
        applied = [m.version for m, done in database.apply(shipped()) if done]
        assert applied == [m.version for m in shipped() if m.version >= MIGRATION]
    assert cluster.rows(f"select * from {TABLE} order by id", database=fresh) == rows
    assert cluster.rows(f"select count(*) from {CODES}", database=fresh) == [(7,)]
    in_step(cluster, fresh)
    codes = f"select xmin::text, * from {CODES} order by id"
    made = cluster.rows(codes, database=fresh), cluster.rows(INDEXES, database=fresh)
    for migration in shipped():  # by hand, as into the dashboard's editor
        cluster.execute(migration.sql, database=fresh)
    assert (cluster.rows(codes, database=fresh), cluster.rows(INDEXES, database=fresh)) == made
    mend = f"select orchestrator_encode(array(select id from {TABLE}))"  # as supabase/README.md says
    spoil = f"delete from {CODES} where id % 2 = 0; update {CODES} set code = ~code"
    cluster.execute(f"{spoil}; {mend}", database=fresh)
    in_step(cluster, fresh)


# ---------------------------------------------------------------- more rows than are compared one by one

FAMILIES = 152
MADE = f"""
alter table {TABLE} disable trigger {TABLE}_touch, set (autovacuum_enabled = false);
{PLAIN}
  select 'x', l2_normalize(a.v + h.v - g.v), 'insight',
         case when a.n < 138 then 'empresa-a' else 'empresa-b' end, a.n < 138,
         jsonb_build_object('technologies', array[case when a.n < 2 then 'COBOL' else 'Go' end]), now()
  from base a, half h, half g where g.n = (7 * a.n + 13 * h.n) % {FAMILIES};
analyze {TABLE}
"""


@pytest.fixture
def crowded(rig: Rig, fresh: str) -> Iterator[psycopg.Connection[Any]]:
    """23,104 rows in families; company a's 20,976 are shared. All lean, more or less, in one direction."""
    cluster = rig.supabase.cluster
    for migration in shipped():
        cluster.execute(migration.sql, database=fresh)
    dice = np.random.default_rng(5)
    u = np.array(cluster.rows(DIRECTION, database=fresh)[0][0])
    base = dice.normal(size=(FAMILIES, 384)) + dice.uniform(20, 60, (FAMILIES, 1)) * u
    base /= np.linalg.norm(base, axis=1, keepdims=True)
    db = psycopg.connect(cluster.uri(database=fresh), autocommit=True)
    db.execute(f"drop index {TABLE}_embedding_hnsw; drop index {TABLE}_words_idx".encode())  # slow to fill
    for name, vectors in (("base", base), ("half", base / 2)):
        db.execute(f"create temp table {name} (n int, v vector(384))".encode())
        db.cursor().executemany(
            f"insert into {name} values (%s, %s)".encode(),
            [(n, str(v.tolist())) for n, v in enumerate(vectors)],
        )
    db.execute(MADE.encode())
    yield db
    db.close()


def recall(db: psycopg.Connection[Any], role: str, asked: str = "embedding", **filters: Any) -> float:
    """Of the ten nearest that an exact search finds, how many `nearest_global_memory` finds; 7 questions."""
    by = {"filter_source": "source_instance = %s", "filter_technology": "metadata->'technologies' ? %s"}
    where = " and ".join(["true", *(by[name] for name in filters)])
    exact = f"select id from {TABLE} where {where} order by (embedding <=> %s) + 0, id limit 10"
    named = "".join(f", {name} => %s" for name in filters)
    ask = f"select id from nearest_global_memory(query_embedding => %s{named})"
    asked = f"select ({asked})::text from {TABLE} where id % 3407 = 5 order by id"
    db.execute("set role postgres")
    questions = [vector for (vector,) in db.execute(asked.encode())]
    db.execute(f"set role {role}".encode())
    found = 0
    for vector in questions:
        right = {i for (i,) in db.execute(exact.encode(), [*filters.values(), vector])}
        answer = [i for (i,) in db.execute(ask.encode(), [vector, *filters.values()])]
        assert len(answer) == len(right) == 10
        found += len(right & set(answer))
    return found / 10 / len(questions)


def test_nothing_is_lost_among_more_rows_than_are_compared(crowded: psycopg.Connection[Any]) -> None:
    assert recall(crowded, "service_role") == 1
    assert recall(crowded, "service_role", filter_source="empresa-a") > 0.97
    assert recall(crowded, "service_role", filter_technology="Go") > 0.97
    assert recall(crowded, "anon") > 0.97
    assert recall(crowded, "anon", filter_technology="Go") > 0.97
    assert recall(crowded, "anon", filter_technology="COBOL") == 1
    crowded.execute("set role postgres")
    crowded.execute(f"update {CODES} set code = ~code".encode())  # all wrong: few rows do not ask them
    assert recall(crowded, "service_role", filter_source="empresa-b") == 1
    assert recall(crowded, "service_role", filter_technology="COBOL") == 1
    assert recall(crowded, "anon", filter_technology="Go") < 0.5
    assert recall(crowded, "anon") < 0.5
    larger = f"update pg_class set reltuples = 600000 where oid = '{TABLE}'::regclass"
    crowded.execute(f"set role postgres; {larger}".encode())
    turned = (
        "embedding - embedding - embedding"  # as another model's, which leans elsewhere: more are compared
    )
    assert recall(crowded, "anon", turned, filter_technology="Go") == 1
    assert recall(crowded, "anon", filter_technology="Go") < 0.5
    assert recall(crowded, "service_role") == 1  # nor where nothing is hidden: that is the graph's
    crowded.execute("set role postgres")
    crowded.execute(f"update {TABLE} set shared = true where not shared; analyze {TABLE}".encode())
    assert recall(crowded, "anon") == 1
    crowded.execute(
        f"set role postgres; drop index {TABLE}_shared_idx".encode()
    )  # what tells how many are shared
    assert recall(crowded, "anon") < 0.5
