"""Postgres, PostgREST and the gateway for `supabase.py`: shipped migrations, rows by COPY, then the index."""

from __future__ import annotations

import json
import struct
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import numpy as np

from benchmarks.supabase_corpus import Block, technology_of, written
from orchestrator.reconcile.postgrest import Postgrest
from orchestrator.reconcile.remotes.supabase import SupabaseMemory
from tests.rig.binaries import postgrest
from tests.rig.postgres import ROLES, Postgres
from tests.rig.postgrest import PostgREST, keys_of
from tests.rig.supabase import MIGRATIONS, TABLE, Project

CODES = f"{TABLE}_codes"
HNSW = f"{TABLE}_embedding_hnsw"
TOUCH = f"{TABLE}_touch"
INDEX = (
    f"create index {HNSW} on {TABLE} using hnsw (embedding vector_cosine_ops)"
    " with (m = 16, ef_construction = 64)"
)
COLUMNS = "content, embedding, source_instance, category, shared, metadata, created_at"
POSTGRES_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)


def microseconds(row: int) -> int:
    """`written` as Postgres sends a time."""
    return (written(row) - POSTGRES_EPOCH) // timedelta(microseconds=1)


class Server:
    """Postgres, PostgREST and the gateway on one database with the shipped migrations."""

    def __init__(self, until: str, memory: str) -> None:
        self.cluster = Postgres(
            shared_buffers=memory, max_wal_size="8GB", max_parallel_maintenance_workers="2"
        )
        self.cluster.execute(ROLES)
        self.cluster.create_database("group")
        for path in sorted(MIGRATIONS.glob("*.sql")):
            if not until or path.name <= f"{until}_~":
                self.execute(path.read_text(encoding="utf-8"))

    def execute(self, sql: str) -> None:
        """Run statements as the superuser."""
        self.cluster.execute(sql, database="group")

    def knows(self, function: str) -> bool:
        """Whether the migrations that were applied make it."""
        return bool(self.number(f"select count(*) from pg_proc where proname = '{function}'"))

    def number(self, sql: str) -> int:
        """The one number that a query answers."""
        return int(self.cluster.rows(sql, database="group")[0][0])

    @contextmanager
    def edge(self) -> Iterator[Callable[[str], SupabaseMemory]]:
        """`memory(role)` asks over HTTP with that role's key."""
        keys, uri = keys_of("group"), self.cluster.uri(user="authenticator", database="group")
        rest = PostgREST(postgrest(), uri, keys.jwt_secret, self.cluster.base, "rest")
        rest.wait()
        project = Project(self.cluster, "group", rest)
        try:
            yield lambda role: SupabaseMemory(
                Postgrest(project.url, getattr(keys, role), variable="KEY"), name="global.memory"
            )
        finally:
            project.stop()

    def load(self, blocks: Sequence[Block], texts: Sequence[str]) -> float:
        """COPY all rows, without the indexes and the trigger, then make the indexes but HNSW; seconds."""
        started = time.monotonic()
        self.execute(
            f"alter table {TABLE} disable trigger {TOUCH}; alter table {TABLE} set (fillfactor = 50)"
        )  # room, so that sharing rows stays cheap
        with self._without_indexes(f"indexname not in ('{TABLE}_pkey', '{HNSW}')"):
            self.execute(f"drop index {HNSW}")
            for block in blocks:
                self._copy(block, texts)
                told(f"{block.first + len(block.vectors) - 1:,} rows", started)
        told("the other indexes", started)
        return time.monotonic() - started

    @contextmanager
    def _without_indexes(self, which: str) -> Iterator[None]:
        """Drop some indexes of the table for a while: making them at once is cheaper than keeping them."""
        sql = f"select indexname, indexdef from pg_indexes where tablename = '{TABLE}' and {which}"
        kept = self.cluster.rows(sql, database="group")
        for name, _sql in kept:
            self.execute(f"drop index {name}")
        yield
        for _name, made in kept:
            self.execute(f"set maintenance_work_mem = '512MB'; {made}")

    def _copy(self, block: Block, texts: Sequence[str]) -> None:
        import psycopg

        wire = block.vectors.astype(">f4").tobytes()
        size = 4 * block.vectors.shape[1]
        head = struct.pack("!hh", block.vectors.shape[1], 0)
        with (
            psycopg.connect(self.cluster.uri(database="group")) as connection,
            connection.cursor().copy(f"copy {TABLE} ({COLUMNS}) from stdin (format binary)".encode()) as copy,
        ):
            copy.write(b"PGCOPY\n\xff\r\n\0" + bytes(8))
            for i, sentence in enumerate(block.sentences):
                text = texts[sentence]
                marks = json.dumps({"orch_key": f"i1-{block.first + i:016x}", "title": text[:60],
                                    "technologies": [technology_of(sentence)]})  # fmt: skip
                values = (text.encode(), head + wire[i * size : (i + 1) * size], block.companies[i].encode(),
                          block.categories[i].encode(), b"\0", b"\1" + marks.encode(),
                          struct.pack("!q", microseconds(block.first - 1 + i)))  # fmt: skip
                row = b"".join(struct.pack("!i", len(value)) + value for value in values)
                copy.write(struct.pack("!h", len(values)) + row)
            copy.write(b"\xff\xff")

    def build(self, memory: str) -> float:
        """Make the HNSW index; seconds."""
        started = time.monotonic()
        with self._progress(started):
            self.execute(f"set maintenance_work_mem = '{memory}'; {INDEX}")
        self.tidy()
        told("HNSW", started)
        return time.monotonic() - started

    @contextmanager
    def _progress(self, started: float) -> Iterator[None]:
        """Once a minute, how far the index is."""
        done = threading.Event()

        def watch() -> None:
            while not done.wait(60):
                for phase, rows in self.cluster.rows(
                    "select phase, tuples_done from pg_stat_progress_create_index", database="group"
                ):
                    told(f"HNSW: {phase}, {rows:,} rows", started)

        watcher = threading.Thread(target=watch, daemon=True)
        watcher.start()
        try:
            yield
        finally:
            done.set()
            watcher.join()

    def tidy(self) -> None:
        """What autovacuum does in its own time."""
        for table in (TABLE, CODES):
            if self.megabytes(table):
                self.execute(f"vacuum analyze {table}")

    def megabytes(self, relation: str) -> int:
        """Its size with its indexes but HNSW; 0 for one that is not there."""
        return self.number(
            f"select coalesce((pg_total_relation_size(to_regclass('{relation}'))"
            f" - case '{relation}' when '{TABLE}' then pg_relation_size(to_regclass('{HNSW}')) else 0 end)"
            " / 1048576, 0)"
        )

    def share(self, ids: Sequence[int]) -> None:
        """Mark these rows as shared. Indexes on `shared` are made anew, or each row would cost one
        insertion into the graph.
        """
        import psycopg

        update = f"update {TABLE} set shared = true where id = any(%s) and not shared"
        started = time.monotonic()
        with (
            self._without_indexes("indexdef ~ 'shared'"),
            psycopg.connect(self.cluster.uri(database="group")) as connection,
        ):
            connection.execute(update.encode(), [list(ids)])
        self.tidy()
        told(f"{len(ids):,} rows are shared", started)

    def inserting(self) -> tuple[float, float]:
        """Median ms of 150 new rows, a batch of a push, and how many of these the codes take."""
        import psycopg

        new = (
            f"explain (analyze, format json) insert into {TABLE}"
            " (content, embedding, source_instance, category, metadata) select a.content,"
            " l2_normalize(a.embedding + b.embedding), a.source_instance, a.category, a.metadata - 'orch_key'"
            f" from {TABLE} a join {TABLE} b on b.id = a.id + 500"
            " where a.id between 1 + 150 * %(batch)s and 150 + 150 * %(batch)s"
        )
        times: list[tuple[float, float]] = []
        with psycopg.connect(self.cluster.uri(database="group"), autocommit=True) as connection:
            for batch in range(20):
                with connection.transaction(force_rollback=True):
                    ((told,),) = connection.execute(new.encode(), {"batch": batch}).fetchall()[0]
                codes = sum(t["Time"] for t in told["Triggers"] if t["Trigger Name"].startswith(CODES))
                times.append((told["Execution Time"], codes))
        whole, of_codes = np.median(times, axis=0)
        return float(whole), float(of_codes)


def told(what: str, started: float) -> None:
    """Progress, beside the table."""
    print(f"[{time.monotonic() - started:7.0f} s] {what}", file=sys.stderr, flush=True)
