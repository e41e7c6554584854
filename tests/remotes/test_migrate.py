"""`orch supabase migrate` on real databases: once, twice, at once, interrupted, refused."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import psycopg
import pytest

from orchestrator.app import supabase as app
from orchestrator.config.secret import Secret
from orchestrator.errors import (
    ConfigError,
    LockedError,
    OrchError,
    PermanentError,
    TransientError,
    UserError,
)
from orchestrator.reconcile import migrate
from orchestrator.reconcile.migrate import Database
from orchestrator.reconcile.migration_files import Migration, newest, shipped
from orchestrator.reconcile.postgrest import Postgrest
from orchestrator.reconcile.remotes.supabase import SupabaseMemory
from tests.flow.group import GroupRepository, new_group
from tests.rig.postgres import Postgres
from tests.rig.rig import Rig
from tests.rig.supabase import TABLE, Project

pytestmark = [pytest.mark.rig, pytest.mark.xdist_group("rig")]
VARIABLE = "ORCH_SUPABASE_DB_URL"
RECORDED = "select version, name, statements from supabase_migrations.schema_migrations order by 1"
EVERYTHING = (
    "select oid::text, relname from pg_class where relnamespace > 16384 or relname like 'orch%' order by 1"
)
Asked = Callable[[str], str]


@pytest.fixture
def cluster(rig: Rig) -> Postgres:
    return rig.supabase.cluster


@pytest.fixture
def fresh(cluster: Postgres) -> Iterator[str]:
    """A database as a new project has it; its name."""
    cluster.create_database("novo")
    yield "novo"
    cluster.execute("drop database novo with (force)")


@pytest.fixture
def group(
    rig: Rig,
    cluster: Postgres,
    fresh: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> GroupRepository:
    """The rig's configuration; the group's connection string leads to the fresh database."""
    monkeypatch.setenv(VARIABLE, cluster.uri(database=fresh))
    return new_group(tmp_path, monkeypatch, capsys, rig.config_toml())


def opened(address: str) -> Database:
    return Database(Secret(address), VARIABLE)


def states(ran: Any) -> set[str]:
    return {m["state"] for project in ran.data for m in project["migrations"]}


def test_a_dry_run_writes_nothing_then_it_is_applied_once(
    group: GroupRepository, cluster: Postgres, fresh: str
) -> None:
    before = cluster.rows(EVERYTHING, database=fresh)
    dry = group.orch("supabase", "migrate", "--group", "--dry-run", "--json")
    assert states(dry) == {"missing"} and cluster.rows(EVERYTHING, database=fresh) == before
    assert states(group.orch("supabase", "status", "--group", "--json", expect=3)) == {"missing"}

    assert states(group.orch("supabase", "migrate", "--group", "--json")) == {"now"}
    recorded = cluster.rows(RECORDED, database=fresh)
    assert recorded == [(m.version, m.name, [m.sql]) for m in shipped()]
    assert cluster.rows("select orchestrator_memory_version()", database=fresh) == [(newest(),)]

    after = cluster.rows(EVERYTHING, database=fresh)
    assert states(group.orch("supabase", "migrate", "--group", "--json")) == {"applied"}
    assert cluster.rows(EVERYTHING, database=fresh) == after
    assert states(group.orch("supabase", "status", "--group", "--json")) == {"applied"}
    assert newest() in group.orch("supabase", "status", "--group").out


def test_one_project_that_cannot_be_asked_stops_no_other(group: GroupRepository, monkeypatch: Any) -> None:
    ran = group.orch("supabase", "migrate", "--json", expect=12)
    first, *others = ran.data
    assert first["owner"] == "group" and first["error"] is None
    assert [(o["owner"], o["error"]["code"]) for o in others] == [
        ("empresa-a", "credentials"),
        ("empresa-b", "credentials"),
    ]
    assert "ORCH_EMPRESA_A_SUPABASE_DB_URL" in others[0]["error"]["hint"]


def test_the_files_for_the_official_command_line(group: GroupRepository, tmp_path: Path) -> None:
    ran = group.orch("supabase", "migrate", "--to", str(tmp_path / "x"), "--dry-run")
    assert not (tmp_path / "x").exists()
    told = [line.partition("  # ")[2] for line in ran.out.splitlines() if "db push" in line]
    assert told == ["grupo", "empresa-a", "empresa-b"]  # which command is whose
    group.orch("supabase", "migrate", "--to", str(tmp_path / "x"))
    written = sorted((tmp_path / "x/supabase/migrations").iterdir())
    assert [(p.name, p.read_text()) for p in written] == [(m.file, m.sql) for m in shipped()]
    own = sorted((tmp_path / "x/company/supabase/migrations").iterdir())
    assert [(p.name, p.read_text()) for p in own] == [(m.file, m.sql) for m in shipped(own=True)]
    assert ["/company --remote" in line for line in ran.out.splitlines() if "db push" in line] == [0, 1, 1]
    assert group.orch("supabase", "migrate", "--to", str(tmp_path / "x"), "--json").data["files"] == []
    written[0].write_text("-- nosso")
    group.orch("supabase", "migrate", "--to", str(tmp_path / "x"), expect=1)
    assert written[0].read_text() == "-- nosso"


def test_four_at_once_apply_each_migration_once(cluster: Postgres, fresh: str) -> None:
    def one(_n: int) -> list[bool]:
        with opened(cluster.uri(database=fresh)) as database:
            return [done for _migration, done in database.apply(shipped())]

    with ThreadPoolExecutor(4) as pool:
        told = list(pool.map(one, range(4)))
    assert [sum(done) for done in zip(*told, strict=True)] == [1] * len(shipped())
    assert len(cluster.rows(RECORDED, database=fresh)) == len(shipped())


def test_a_migration_that_fails_leaves_nothing_of_itself(cluster: Postgres, fresh: str) -> None:
    good = Migration("1", "um", "create table public.um (a int)")
    bad = Migration("2", "dois", "create table public.dois (a int); select 1/0")
    with opened(cluster.uri(database=fresh)) as database:
        with pytest.raises(PermanentError, match="division by zero"):
            list(database.apply([good, bad]))
        assert database.applied() == {"1": "um"}
    tables = cluster.rows(
        "select to_regclass('public.um')::text, to_regclass('public.dois')::text", database=fresh
    )
    assert tables == [("um", None)]


def test_a_migration_of_the_projects_own_is_not_taken_for_ours(
    cluster: Postgres, fresh: str, group: GroupRepository
) -> None:
    first = shipped()[0]
    with opened(cluster.uri(database=fresh)) as database:
        list(database.apply([Migration(first.version, "init", "create table public.deles (a int)")]))
        with pytest.raises(UserError, match=f"{first.version}_init"):
            list(database.apply(shipped()))
    for flag in ("--dry-run", ""):
        ran = group.orch("supabase", "migrate", "--group", *filter(None, [flag]), "--json", expect=1)
        assert f"{first.version}_init" in ran.data[0]["error"]["message"]
        assert f"--status reverted {first.version}" in ran.data[0]["error"]["hint"]
    assert [v for v, _n, _s in cluster.rows(RECORDED, database=fresh)] == [first.version]

    cluster.execute("update supabase_migrations.schema_migrations set version = '1'", database=fresh)
    assert states(group.orch("supabase", "migrate", "--group", "--json")) == {"now"}


def test_a_history_without_names_is_taken_as_it_is(cluster: Postgres, fresh: str) -> None:
    with opened(cluster.uri(database=fresh)) as database:
        list(database.apply(shipped()))
        cluster.execute("alter table supabase_migrations.schema_migrations drop name", database=fresh)
        assert database.applied() == {m.version: "" for m in shipped()}
        assert not any(done for _migration, done in database.apply(shipped()))


def test_the_settings_of_one_file_do_not_reach_the_next(cluster: Postgres, fresh: str) -> None:
    files = [
        Migration("1", "um", "set search_path = extensions"),
        Migration("2", "dois", "create table onde (a int)"),
    ]
    with opened(cluster.uri(database=fresh)) as database:
        list(database.apply(files))
    assert cluster.rows("select to_regclass('public.onde')::text", database=fresh) == [("onde",)]


def test_a_project_that_was_made_by_hand_is_taken_over(cluster: Postgres, fresh: str) -> None:
    for migration in shipped()[:2]:
        cluster.execute(migration.sql, database=fresh)  # pasted into the SQL editor: recorded nowhere
    with opened(cluster.uri(database=fresh)) as database:
        database.check()
        assert all(done for _migration, done in database.apply(shipped()))


def test_an_owner_who_is_no_superuser_can_apply_them(cluster: Postgres, fresh: str) -> None:
    """As Supabase's `postgres` is none; there the extension is there, or its server lets it be made."""
    cluster.execute("create role dono login")
    try:
        cluster.execute(
            "grant create on database novo to dono; grant all on schema public, extensions to dono;"
            "create extension vector with schema extensions",
            database=fresh,
        )
        with opened(cluster.uri(user="dono", database=fresh)) as database:
            assert all(done for _migration, done in database.apply(shipped()))
    finally:
        cluster.execute("drop owned by dono", database=fresh)
        cluster.execute("drop role dono")


def test_who_may_not_is_told_what_to_use(cluster: Postgres, fresh: str) -> None:
    with opened(cluster.uri(user="authenticator", database=fresh)) as database:
        with pytest.raises(PermanentError, match="permission denied") as refused:
            list(database.apply(shipped()))
        assert "postgres" in refused.value.hint
        assert database.applied() == {}


def test_a_wrong_password_is_named_and_never_shown(
    cluster: Postgres, group: GroupRepository, monkeypatch: Any
) -> None:
    hba = cluster.data / "pg_hba.conf"
    before = hba.read_text()
    cluster.execute("create role guardado login password 'certa'")
    hba.write_text("local all guardado scram-sha-256\n" + before)
    cluster.execute("select pg_reload_conf()")
    wrong = f"postgresql://guardado:segredo-errado@/novo?host={cluster.socket}"
    monkeypatch.setenv(VARIABLE, wrong)
    try:
        ran = group.orch("supabase", "migrate", "--group", expect=12)
        assert VARIABLE in ran.err and "segredo-errado" not in ran.out + ran.err
    finally:
        hba.write_text(before)
        cluster.execute("select pg_reload_conf(); drop role guardado")


@pytest.fixture
def no_tls() -> Iterator[int]:
    """A server on this machine's other address that has no TLS: it answers the driver's question with no."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(5)

        def answer() -> None:
            try:
                connection, _address = server.accept()
            except OSError:
                return
            with connection:
                connection.recv(8)
                connection.sendall(b"N")

        thread = threading.Thread(target=answer)
        thread.start()
        yield server.getsockname()[1]
        thread.join()


def test_another_machine_needs_tls(no_tls: int) -> None:
    with pytest.raises(PermanentError, match="TLS"):
        opened(f"postgresql://postgres:x@127.0.0.2:{no_tls}/postgres?hostaddr=127.0.0.1")


@pytest.mark.parametrize(
    ("address", "kind"),
    [
        ("postgresql://postgres:x@127.0.0.1:1/postgres", TransientError),
        ("isto não é um endereço", UserError),
        ("postgresql://postgres:x@127.0.0.1:porta/postgres", UserError),
    ],
)
def test_addresses_that_lead_nowhere(address: str, kind: type[OrchError]) -> None:
    with pytest.raises(kind) as refused:
        opened(address)
    assert address not in refused.value.message + refused.value.hint and refused.value.hint


def test_an_old_pgvector_and_another_table_are_seen_before_anything_is_written(
    cluster: Postgres, fresh: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with opened(cluster.uri(database=fresh)) as database:
        database.check()
        cluster.execute(
            "create extension vector with schema extensions;"
            f"create table public.{TABLE} (id bigint, embedding extensions.vector(1536))",
            database=fresh,
        )
        with pytest.raises(UserError, match="content text"):
            database.check()
        other = {
            "embedding extensions.vector(1536)": "vector.1536", "metadata json": "metadata jsonb",
            "id uuid": "uuid", "created_at timestamp": "created_at", "content varchar(200)": "content text",
            "other text": "shared boolean",
        }  # fmt: skip
        for column, told in other.items():
            columns = {
                n: f"{n} {t.replace('vector', 'extensions.vector')}" for n, t in migrate.COLUMNS.items()
            }
            name = column.split()[0]
            columns.pop("shared" if name == "other" else name)
            cluster.execute(
                f"drop table public.{TABLE}; create table public.{TABLE} "
                f"({', '.join([*columns.values(), column])})",
                database=fresh,
            )
            with pytest.raises(UserError, match=told):
                database.check()
        monkeypatch.setattr(migrate, "OLDEST_PGVECTOR", (99, 0))
        with pytest.raises(UserError, match="pgvector"):
            database.check()


def test_a_lock_that_is_held_is_waited_for_only_so_long(
    cluster: Postgres, fresh: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(migrate, "LOCK_WAIT", "50ms")
    with (
        psycopg.connect(cluster.uri(database=fresh)) as other,
        opened(cluster.uri(database=fresh)) as database,
    ):
        other.execute("select pg_advisory_xact_lock(%s)", (migrate.LOCK,))
        with pytest.raises(LockedError):
            list(database.apply(shipped()))


def test_without_the_driver_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "psycopg", None)
    with pytest.raises(UserError) as missing:
        opened("postgresql://x")
    assert "orch[supabase]" in missing.value.hint


REF, OTHER = "abcdefghijklmnopqrst", "zzzzzzzzzzzzzzzzzzzz"


@pytest.mark.parametrize(
    ("address", "fits"),
    [
        (f"postgresql://postgres:x@db.{REF}.supabase.co:5432/postgres", True),
        (f"postgresql://postgres.{REF}:x@aws-0-sa-east-1.pooler.supabase.com:6543/postgres", True),
        ("postgresql://postgres:x@tunnel.example:5432/postgres", True),  # whose it is cannot be told
        (f"postgresql://postgres:x@db.{OTHER}.supabase.co:5432/postgres", False),
        (f"postgresql://postgres.{OTHER}:x@aws-0-sa-east-1.pooler.supabase.com:6543/postgres", False),
    ],
)
def test_the_address_of_another_project_is_refused(
    address: str, fits: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    from orchestrator.config.group import RemoteConfig

    monkeypatch.setenv("ORCH_EMPRESA_A_SUPABASE_DB_URL", address)
    project = app.Project("empresa-a", RemoteConfig("supabase", f"https://{REF}.supabase.co"))
    if fits:
        assert app._address(project)[0].reveal() == address
    else:
        with pytest.raises(UserError, match=OTHER):
            app._address(project)


def test_one_credential_never_stands_in_for_another(group: GroupRepository, monkeypatch: Any) -> None:
    """The group's address is not tried for a company, nor a key that git's helper keeps for the same host."""
    monkeypatch.setattr(app, "git_fill", lambda: lambda request: request + "password=chave\n")
    ran = group.orch("supabase", "status", "--company", "empresa-a", "--json", expect=None)
    assert ran.data[0]["error"]["code"] != "credentials"  # the helper was asked for the database's own path
    monkeypatch.setattr(app, "git_fill", lambda: lambda _request: "path=orch/empresa-a\npassword=chave\n")
    ran = group.orch("supabase", "status", "--company", "empresa-a", "--json", expect=12)
    assert ran.data[0]["error"]["code"] == "credentials"


def test_a_group_without_supabase_is_told_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    plain = new_group(tmp_path, monkeypatch, capsys)
    assert plain.orch("supabase", "status", "--json", expect=1).error["code"] == ConfigError.code
    assert plain.orch("supabase", "migrate", "--json", expect=1).error["code"] == ConfigError.code
    ran = plain.orch("supabase", "migrate", "--to", str(tmp_path / "x"))  # asks no server: needs none
    assert list((tmp_path / "x").rglob("*.sql")) and "nenhum projeto Supabase" in ran.err
    assert f"--workdir {tmp_path / 'x'} --remote=postgresql://…" in ran.out


@contextmanager
def renamed(project: Project) -> Iterator[None]:
    """A project without the function that tells its version, as it was before the later migrations."""
    change = "alter function public.{} rename to {}; notify pgrst, 'reload schema'"
    project.execute(change.format("orchestrator_memory_version()", "away"))
    try:
        yield
    finally:
        project.execute(change.format("away()", "orchestrator_memory_version"))
        until(lambda: not client(project).outdated())


def client(project: Project) -> SupabaseMemory:
    return SupabaseMemory(Postgrest(project.url, project.key, variable=VARIABLE), name="global.memory")


def until(holds: Callable[[], bool]) -> None:
    """PostgREST learns of a changed function within half a second."""
    for _try in range(100):
        try:
            if holds():
                return
        except PermanentError:
            pass
        time.sleep(0.05)
    raise AssertionError


def _with(newer: Migration, *, own: bool) -> tuple[Migration, ...]:
    return *shipped(own=own), newer


def test_the_doctor_says_what_a_project_lacks(
    rig: Rig, group: GroupRepository, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in rig.environment().items():
        monkeypatch.setenv(name, value)

    def told() -> list[tuple[str, str]]:
        found = group.orch("doctor", "--online", "--json", expect=None).data
        return [(c["detail"], c["mend"]) for c in found if c["name"] == "global.memory" and not c["ok"]]

    assert told() == []
    newer = Migration("20990101000000", "depois", "")
    with monkeypatch.context() as patch:
        more = partial(_with, newer)
        patch.setattr("orchestrator.reconcile.remotes.supabase.shipped", more)
        ((detail, mend),) = told()
        assert "20990101000000" in detail and newest() not in detail and "orch supabase migrate" in mend
    with renamed(rig.supabase.group):
        until(
            lambda: any(
                "orchestrator_memory_version" in d and "orch supabase migrate" in m for d, m in told()
            )
        )
