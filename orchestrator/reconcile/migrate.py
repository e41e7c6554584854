"""Bring one Supabase database up to date, as the official command line does, so that both agree.

What was applied is in `supabase_migrations.schema_migrations` (version, statements, name). Each
migration and its record are one transaction, under an advisory lock that ends with the transaction:
a pooler in transaction mode keeps no other.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from orchestrator.config.secret import Secret
from orchestrator.errors import UserError
from orchestrator.i18n import _
from orchestrator.reconcile.migrate_faults import driver, explained
from orchestrator.reconcile.migration_files import Migration

if TYPE_CHECKING:
    import psycopg

LOCK = 7_041_915_238  # ours alone; any number does
CONNECT_SECONDS = 10
LOCK_WAIT = "30s"
OLDEST_PGVECTOR = (0, 8)  # the first with iterative index scans
TABLE = "public.orchestrator_global_memory"
COLUMNS = {  # as the specification has them; what orch adds follows from these
    "id": "bigint",
    "content": "text",
    "embedding": "vector(384)",
    "source_instance": "text",
    "category": "text",
    "shared": "boolean",
    "metadata": "jsonb",
    "created_at": "timestamp with time zone",
}
HISTORY = """
create schema if not exists supabase_migrations;
create table if not exists supabase_migrations.schema_migrations (version text not null primary key);
alter table supabase_migrations.schema_migrations add column if not exists statements text[];
alter table supabase_migrations.schema_migrations add column if not exists name text;
"""
RECORD = "insert into supabase_migrations.schema_migrations (version, statements, name) values (%s, %s, %s)"


class Database:
    """One project's database through its connection string; use as `with Database(...) as database:`.

    Raises UserError without the driver or for a string that is none, CredentialsError for a wrong password,
    TransientError where it cannot be reached, PermanentError with the server's words for the rest.
    """

    def __init__(self, address: Secret, variable: str) -> None:
        self._driver = driver()
        with explained(variable):
            self._db: psycopg.Connection[Any] = self._driver.connect(
                address.reveal(),
                connect_timeout=CONNECT_SECONDS,
                prepare_threshold=None,  # a pooler in transaction mode knows no prepared statements
                application_name="orch",
                **_encrypted(self._driver, address),
            )
        self._variable = variable

    def __enter__(self) -> Database:
        return self

    def __exit__(self, *_raised: object) -> None:
        self._db.close()

    @property
    def label(self) -> str:
        """Host and database, for people; never the user's password."""
        return f"{self._db.info.host}/{self._db.info.dbname}"

    def applied(self) -> dict[str, str]:
        """{version: name} of what anybody applied, oldest first; the name may be ''. Writes nothing."""
        with explained(self._variable), self._db.transaction():
            self._db.execute("set transaction read only")
            return self._versions()

    def check(self) -> None:
        """Raises UserError where the migrations cannot work: no pgvector 0.8, or a table of another shape."""
        with explained(self._variable), self._db.transaction():
            self._db.execute("set transaction read only")
            self._check_pgvector()
            self._check_table()

    def apply(self, migrations: Sequence[Migration]) -> Iterator[tuple[Migration, bool]]:
        """Apply what is missing, in order; (migration, whether it was applied just now)."""
        for migration in migrations:
            with explained(self._variable):
                done = self._apply(migration)
            yield migration, done

    # ---------------------------------------------------------------- inner workings

    def _apply(self, migration: Migration) -> bool:
        with self._locked():
            if has(self._versions(), migration, self.label):
                return False
            self._db.execute(migration.sql.encode())
            self._db.execute("reset all")  # what the file set for its own session
            self._db.execute(RECORD, (migration.version, [migration.sql], migration.name))
            return True

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """One transaction, one migrating process at a time."""
        with self._db.transaction():
            self._db.execute(f"set local lock_timeout = '{LOCK_WAIT}'; set local statement_timeout = 0")
            self._db.execute("select pg_advisory_xact_lock(%s)", (LOCK,))
            self._db.execute(HISTORY)
            yield

    def _versions(self) -> dict[str, str]:
        (there,) = self._row("select to_regclass('supabase_migrations.schema_migrations')")
        if there is None:
            return {}
        rows = self._db.execute(  # a history that an older command line began has no column for names
            "select version, to_jsonb(m) ->> 'name' from supabase_migrations.schema_migrations m order by 1"
        )
        return {str(version): str(name or "") for version, name in rows}

    def _check_pgvector(self) -> None:
        found = self._db.execute(
            "select coalesce(installed_version, default_version) from pg_available_extensions"
            " where name = 'vector'"
        ).fetchone()
        number = tuple(int(part) for part in found[0].split(".")[:2]) if found else ()
        if number < OLDEST_PGVECTOR:
            has = _("pgvector {version}").format(version=found[0]) if found else _("no pgvector")
            raise UserError(
                _("{database} has {found}; pgvector 0.8 or newer is needed").format(
                    database=self.label, found=has
                ),
                _("on Supabase: update the project (Settings > Infrastructure); elsewhere install pgvector"),
            )

    def _check_table(self) -> None:
        """A table of that name with other columns: nothing would fail before the first push or search."""
        rows = self._db.execute(
            "select a.attname, format_type(a.atttypid, a.atttypmod) from pg_attribute a"
            " where a.attrelid = to_regclass(%s) and a.attnum > 0 and not a.attisdropped",
            (TABLE,),
        ).fetchall()
        there = {str(name): str(kind).rpartition(".")[2] for name, kind in rows}
        wrong = {name: there.get(name, _("nothing")) for name in COLUMNS if there.get(name) != COLUMNS[name]}
        if there and wrong:
            name, kind = next(iter(wrong.items()))
            words = _("{table} is there already, with {type} in place of {column} {wanted}")
            hint = _("rename that table: alter table … rename to …; then run this again")
            raise UserError(words.format(table=TABLE, type=kind, column=name, wanted=COLUMNS[name]), hint)

    def _row(self, sql: str) -> tuple[Any, ...]:
        row = self._db.execute(sql.encode()).fetchone()
        assert row is not None  # noqa: S101 - a select without a table answers one row
        return tuple(row)


def has(applied: Mapping[str, str], migration: Migration, where: str) -> bool:
    """Whether that migration is among the applied; a version without a name is taken for it.

    Raises UserError where one of the project's own has its version: the history holds each version once.
    """
    name = applied.get(migration.version)
    if name and name != migration.name:
        words = _("{database} has a migration {other} of its own with the version of orch's {ours}")
        other = f"{migration.version}_{name}"
        raise UserError(
            words.format(database=where, other=other, ours=migration.file.removesuffix(".sql")),
            _(
                "give yours another version: rename its file, then `supabase migration repair --status "
                "reverted {version}`, and `--status applied` for the new one; then run this again"
            ).format(version=migration.version),
        )
    return name is not None


def _encrypted(driver: Any, address: Secret) -> dict[str, str]:
    """TLS is required unless the string says otherwise, or the server is on this machine."""
    given = driver.conninfo.conninfo_to_dict(address.reveal())
    host = str(given.get("host") or given.get("hostaddr") or "")
    local = not host or host.startswith("/") or host in ("localhost", "127.0.0.1", "::1")
    return {} if "sslmode" in given or local else {"sslmode": "require"}
