"""Supabase as orch meets it: real Postgres + pgvector, real PostgREST, the shipped migrations, a gateway.

Three projects, each with its own database, URL and keys: the group's and two companies'.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.rig.binaries import REPOSITORY, postgrest
from tests.rig.gateway import Gateway
from tests.rig.httpd import Server
from tests.rig.postgres import ROLES, Postgres
from tests.rig.postgrest import PostgREST, keys_of
from tests.rig.violations import Violations
from tests.rig.weather import Weather

MIGRATIONS = REPOSITORY / "supabase" / "migrations"
OWN_MIGRATIONS = REPOSITORY / "supabase" / "company" / "migrations"
TABLE = "orchestrator_global_memory"
COMPANIES = ("empresa-a", "empresa-b")


def migrations(*, own: bool = False) -> list[str]:
    """The SQL of every shipped migration of the group's project, or of a company's `own`, in order."""
    files = [*MIGRATIONS.glob("*.sql"), *(OWN_MIGRATIONS.glob("*.sql") if own else ())]
    return [path.read_text(encoding="utf-8") for path in sorted(files, key=lambda path: path.name)]


class Project:
    """One Supabase project. `url` and `key` are what the configuration and the environment want."""

    def __init__(
        self,
        cluster: Postgres,
        name: str,
        rest: PostgREST,
        elsewhere: str = "",
        violations: Violations | None = None,
    ) -> None:
        self.name, self.table = name, TABLE
        self.keys = keys_of(name)
        self.key = self.keys.secret
        self._cluster, self._rest = cluster, rest
        self.gateway = Gateway(rest.connection, self.keys, violations or Violations())
        self.server = Server(self.gateway, elsewhere=elsewhere)
        self.url = self.server.url

    @property
    def weather(self) -> Weather:
        """The faults to come."""
        return self.gateway.weather

    def sql(self, query: str, *parameters: object) -> list[tuple[Any, ...]]:
        """Rows as the superuser sees them."""
        return self._cluster.rows(query, *parameters, database=self.name)

    def execute(self, statements: str) -> None:
        """Run statements as the superuser."""
        self._cluster.execute(statements, database=self.name)

    def rows(self) -> list[dict[str, Any]]:
        """The memory's rows by id, as a person with a SQL console would see them."""
        columns = "id, content, source_instance, category, shared, metadata, orch_key, embedding::text"
        names = [name.strip().partition("::")[0] for name in columns.split(",")]
        found = self.sql(f"select {columns} from public.{TABLE} order by id")
        return [dict(zip(names, row, strict=True)) for row in found]

    def share(self, orch_key: str, shared: bool = True) -> None:
        """A person (un)marks a row as shared in the table editor."""
        value = "true" if shared else "false"
        quoted = orch_key.replace("'", "''")
        self.execute(f"update public.{TABLE} set shared = {value} where orch_key = '{quoted}'")

    def save(self, name: str) -> None:
        """Keep the rows as they are now, for `restore`; a name that is taken is given anew."""
        self.execute(
            f"create schema if not exists saved; drop table if exists saved.{name}; "
            f"create table saved.{name} as select * from public.{TABLE}"
        )

    def restore(self, name: str) -> None:
        """Back to what `save` kept."""
        find = (
            "select string_agg(quote_ident(attname::text), ', ') from pg_attribute "
            f"where attrelid = 'public.{TABLE}'::regclass and attnum > 0 and attgenerated = '' "
            "and not attisdropped"
        )
        ((columns,),) = self.sql(find)
        copied = f"insert into public.{TABLE} ({columns}) select {columns} from saved.{name}"
        self.execute(f"truncate public.{TABLE}; {copied}")

    def reset(self) -> None:
        """Empty tables, fine weather, no memory of requests."""
        self.weather.clear()
        self.gateway.strict = True
        self.server.clear()
        self.execute(f"truncate public.{TABLE} restart identity")

    def stop(self) -> None:
        """End the gateway and PostgREST."""
        self.server.stop()
        self._rest.stop()


class Supabase:
    """The cluster and its projects: `rig.supabase` itself speaks for the group's project."""

    def __init__(self, violations: Violations, elsewhere: str = "", place: Path | None = None) -> None:
        self._violations = violations
        program = postgrest()
        self._stops: list[Callable[[], None]] = []
        try:
            self.cluster = Postgres(place)
            self._stops.append(self.cluster.stop)
            self.cluster.execute(ROLES)
            started = [(name, self._begin(name, program)) for name in ("group", *COMPANIES)]
            projects = {name: self._finish(name, rest, elsewhere) for name, rest in started}
        except BaseException:
            self.stop()
            raise
        self.group = projects.pop("group")
        self.companies = projects
        self.url, self.key, self.table = self.group.url, self.group.key, TABLE

    @property
    def projects(self) -> list[Project]:
        """The group's project, then the companies'."""
        return [self.group, *self.companies.values()]

    def reset(self) -> None:
        """Empty every project."""
        for project in self.projects:
            project.reset()

    def stop(self) -> None:
        """End everything, the last started first."""
        while self._stops:
            self._stops.pop()()

    def _begin(self, name: str, program: Any) -> PostgREST:
        self.cluster.create_database(name)
        for sql in migrations(own=name in COMPANIES):
            self.cluster.execute(sql, database=name)
        uri = self.cluster.uri(user="authenticator", database=name)
        rest = PostgREST(program, uri, keys_of(name).jwt_secret, self.cluster.base, name)
        self._stops.append(rest.stop)
        return rest

    def _finish(self, name: str, rest: PostgREST, elsewhere: str) -> Project:
        rest.wait()
        project = Project(self.cluster, name, rest, elsewhere, self._violations)
        self._stops.append(project.server.stop)
        return project
