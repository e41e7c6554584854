"""The shipped migration: safe twice, grants and row-level security as promised, read by a second client."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest

from tests.rig.rig import Rig
from tests.rig.supabase import TABLE, Project, migrations
from tests.rig.test_supabase import keep, row, vector

pytestmark = pytest.mark.rig
GRANTS = """
select grantee, string_agg(privilege_type, ',' order by privilege_type)
from information_schema.role_table_grants
where table_name = %s and grantee in ('anon', 'authenticated', 'service_role')
group by grantee order by grantee
"""
SHAPE = """
select column_name, udt_name, is_nullable, column_default
from information_schema.columns where table_name = %s
"""


@pytest.fixture
def group(rig: Rig) -> Project:
    return rig.supabase.group


def test_the_table_is_as_specified(group: Project) -> None:
    columns = {name: (kind, nullable) for name, kind, nullable, _ in group.sql(SHAPE, TABLE)}
    assert columns == {
        "id": ("int8", "NO"),
        "content": ("text", "NO"),
        "embedding": ("vector", "NO"),
        "source_instance": ("text", "YES"),
        "category": ("text", "NO"),
        "shared": ("bool", "YES"),
        "metadata": ("jsonb", "YES"),
        "created_at": ("timestamptz", "YES"),
        "orch_key": ("text", "YES"),
        "updated_at": ("timestamptz", "NO"),
    }
    assert group.sql("select format_type(atttypid, atttypmod) from pg_attribute where attname = 'embedding'")[
        0
    ] == ("vector(384)",)


def test_twice_changes_nothing(group: Project) -> None:
    keep(group, row("a"))
    before = group.sql(SHAPE, TABLE), group.sql(GRANTS, TABLE), group.rows()
    for sql in migrations():
        group.execute(sql)
    assert (group.sql(SHAPE, TABLE), group.sql(GRANTS, TABLE), group.rows()) == before


def test_it_adopts_a_table_that_people_made_before(rig: Rig) -> None:
    cluster, name = rig.supabase.cluster, "anterior"
    cluster.create_database(name)
    try:
        cluster.execute(
            "create extension vector with schema extensions; create table public.orchestrator_global_memory "
            "(id bigserial primary key, content text not null, embedding extensions.vector(384) not null, "
            "source_instance text, category text not null, shared boolean default false, "
            "metadata jsonb default '{}', created_at timestamptz default now()); "
            f"insert into public.orchestrator_global_memory (content, embedding, category) "
            f"values ('antiga', '{vector()}', 'insight')",
            database=name,
        )
        for sql in migrations():
            cluster.execute(sql, database=name)
        assert cluster.rows(f"select content, orch_key from {TABLE}", database=name) == [("antiga", None)]
    finally:
        cluster.execute(f"drop database {name} with (force)")


@pytest.mark.parametrize("table", [TABLE, f"{TABLE}_codes"])
def test_grants(group: Project, table: str) -> None:
    assert group.sql(GRANTS, table) == [
        ("anon", "SELECT"),
        ("authenticated", "SELECT"),
        ("service_role", "DELETE,INSERT,SELECT,UPDATE"),
    ]
    assert group.sql("select relrowsecurity from pg_class where relname = %s", table) == [(True,)]
    sequence = f"{TABLE}_id_seq"
    assert group.sql("select has_sequence_privilege('anon', %s, 'USAGE')", sequence) == [(False,)]
    assert group.sql("select has_sequence_privilege('service_role', %s, 'USAGE')", sequence) == [(True,)]


@pytest.mark.parametrize("role", ["anon", "authenticated"])
def test_others_see_shared_rows_and_write_nothing(rig: Rig, group: Project, role: str) -> None:
    keep(group, row("a"), row("b"), row("c"))
    group.share("b")
    group.execute(f"update {TABLE} set shared = null where orch_key = 'c'")
    with psycopg.connect(rig.supabase.cluster.uri(database="group"), autocommit=True) as connection:
        connection.execute(f"set role {role}".encode())
        assert connection.execute(f"select orch_key from {TABLE}".encode()).fetchall() == [("b",)]
        found = connection.execute("select orch_key from match_global_memory(%s)", [vector()]).fetchall()
        assert found == [("b",)]
        for statement in (
            f"insert into {TABLE} (content, embedding, category) values ('x', '{vector()}', 'y')",
            f"update {TABLE} set content = 'x'",
            f"delete from {TABLE}",
            f"truncate {TABLE}",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(statement.encode())


def test_an_unchanged_row_is_not_written_again(group: Project) -> None:
    keep(group, row("a"))
    stamp = "select xmin::text, updated_at from orchestrator_global_memory"
    before = group.sql(stamp)
    keep(group, row("a"))
    assert group.sql(stamp) == before
    keep(group, row("a", content="Outro"))
    assert group.sql(stamp)[0][1] > before[0][1]


@pytest.fixture
def _quiet_client() -> Iterator[None]:
    """The official client's own deprecations are not ours to mend."""
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


@pytest.mark.usefixtures("_quiet_client")
def test_the_official_client_reads_what_we_wrote(group: Project) -> None:
    from supabase import create_client

    keep(group, row("a"), row("b"))
    group.share("a")
    group.gateway.strict = False  # this client always sends the key as bearer too
    service, anyone = create_client(group.url, group.key), create_client(group.url, group.keys.publishable)
    try:
        found = service.table(TABLE).select("orch_key, metadata", count="exact").order("id").execute()
        assert [r["orch_key"] for r in found.data] == ["a", "b"]
        assert found.count == 2
        near = service.rpc("match_global_memory", {"query_embedding": vector(), "match_count": 5}).execute()
        assert {r["orch_key"] for r in near.data} == {"a", "b"}
        assert [r["orch_key"] for r in anyone.table(TABLE).select("orch_key").execute().data] == ["a"]
    finally:
        for client in (service, anyone):
            client.postgrest.session.close()
