"""Search in the group's memory on real Postgres, through the rig's HTTP edge: recall, rows, time.

    python benchmarks/supabase.py --repo CLONE [--repo CLONE ...] [--rows 100000] [--queries 100]
                                  [--shared 1,10,50] [--until 20260101000000] [--cache FOLDER]

Rows are variants of the commit messages of the clones (see `supabase_corpus.py`), loaded by COPY; the index
is built afterwards. Each case asks `match_global_memory` for ten rows, as the company's secret key or as
anybody's publishable key (row-level security), and compares them with the exact answer, computed here.
`--until` applies the migrations up to that version only: what was before. Prints a Markdown table.
"""

from __future__ import annotations

import argparse
import json
import struct
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import gettempdir
from typing import Any

import numpy as np

sys.path.remove(str(Path(__file__).resolve().parent))  # its files have names of the standard library
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from benchmarks.supabase_corpus import (
    TECHNOLOGIES,
    Block,
    Vectors,
    blocks,
    embedded,
    questions,
    sentences,
    technology_of,
)
from orchestrator.reconcile.postgrest import Postgrest
from orchestrator.reconcile.remotes.supabase import SupabaseMemory
from tests.rig.binaries import postgrest
from tests.rig.postgres import ROLES, Postgres
from tests.rig.postgrest import PostgREST, keys_of
from tests.rig.supabase import MIGRATIONS, TABLE, Project

LIMIT = 10
HNSW = f"{TABLE}_embedding_hnsw"
TOUCH = f"{TABLE}_touch"
INDEX = (
    f"create index {HNSW} on {TABLE} using hnsw (embedding vector_cosine_ops)"
    " with (m = 16, ef_construction = 64)"
)
COLUMNS = "content, embedding, source_instance, category, shared, metadata"


@dataclass(frozen=True)
class Case:
    """One way to search: `shared` is the per cent of rows that are shared, `role` whose key asks."""

    role: str
    kind: str = ""
    company: str = ""
    only_shared: bool = False
    technology: str = ""

    def __str__(self) -> str:
        filters = [self.kind, self.company, self.technology, "only shared" if self.only_shared else ""]
        return ", ".join(filter(None, filters)) or "no filter"


SECRET = [
    Case("secret"),
    *(Case("secret", kind=kind) for kind in ("insight", "pattern", "best_practice", "component")),
    Case("secret", company="empresa-c"),
    Case("secret", kind="pattern", company="empresa-c"),
    *(Case("secret", technology=name) for name in TECHNOLOGIES),
]
SHARED = [
    Case("publishable"),
    Case("publishable", kind="insight"),
    Case("publishable", company="empresa-c"),
    *(Case("publishable", technology=name) for name in TECHNOLOGIES),
    Case("secret", only_shared=True),
    Case("secret", kind="insight", only_shared=True),
]


class Corpus:
    """The rows as arrays, for the exact answers; row i has the id i + 1."""

    def __init__(self, base: Vectors, texts: Sequence[str], rows: int) -> None:
        self.texts, self.rows = texts, rows
        self.blocks = list(blocks(base, rows))
        self.kinds = np.concatenate([np.array(b.categories) for b in self.blocks])
        self.companies = np.concatenate([np.array(b.companies) for b in self.blocks])
        names = np.array([technology_of(i) for i in range(len(base))])
        self.technologies = np.concatenate([names[b.sentences] for b in self.blocks])
        self.chance = np.random.default_rng(3).random(rows)  # of being shared

    def mask(self, case: Case, shared: float) -> np.ndarray[Any, np.dtype[np.bool_]]:
        """The rows that this case may find."""
        found = np.ones(self.rows, dtype=bool)
        if case.role == "publishable" or case.only_shared:
            found &= self.chance < shared
        if case.kind:
            found &= self.kinds == case.kind
        if case.technology:
            found &= self.technologies == case.technology
        if case.company:
            found &= self.companies == case.company
        return found

    def exact(self, case: Case, shared: float, asked: Vectors) -> list[set[int]]:
        """The ids of the ten nearest rows to each question; block by block, so that memory stays small."""
        mask = self.mask(case, shared)
        best = np.full((len(asked), LIMIT), -np.inf, dtype=np.float32)
        ids = np.zeros((len(asked), LIMIT), dtype=np.int64)
        for block in self.blocks:
            at = np.flatnonzero(mask[block.first - 1 : block.first - 1 + len(block.vectors)])
            near = np.concatenate([best, asked @ block.vectors[at].T], axis=1)
            named = np.concatenate([ids, np.broadcast_to(at + block.first, (len(asked), len(at)))], axis=1)
            top = np.argpartition(-near, LIMIT - 1, axis=1)[:, :LIMIT]
            best, ids = np.take_along_axis(near, top, axis=1), np.take_along_axis(named, top, axis=1)
        return [{int(i) for i in row if i} for row in ids]


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

    def number(self, sql: str) -> int:
        """The one number that a query answers."""
        return int(self.cluster.rows(sql, database="group")[0][0])

    @contextmanager
    def edge(self) -> Iterator[Callable[[str], SupabaseMemory]]:
        """`memory(role)` asks over HTTP with that role's key."""
        keys, uri = keys_of("group"), self.cluster.uri(user="authenticator", database="group")
        rest = PostgREST(postgrest(), uri, keys.jwt_secret, self.cluster.base / "rest.log")
        rest.wait()
        project = Project(self.cluster, "group", rest)
        try:
            yield lambda role: SupabaseMemory(
                Postgrest(project.url, getattr(keys, role), variable="KEY"), name="global.memory"
            )
        finally:
            project.stop()

    def load(self, corpus: Corpus) -> float:
        """COPY all rows, without the indexes and the trigger, then make the indexes but HNSW; seconds."""
        started = time.monotonic()
        self.execute(
            f"alter table {TABLE} disable trigger {TOUCH}; alter table {TABLE} set (fillfactor = 50)"
        )  # room, so that sharing rows stays cheap
        with self._without_indexes(f"indexname not in ('{TABLE}_pkey', '{HNSW}')"):
            self.execute(f"drop index {HNSW}")
            for block in corpus.blocks:
                self._copy(block, corpus.texts)
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
                          block.categories[i].encode(), b"\0", b"\1" + marks.encode())  # fmt: skip
                row = b"".join(struct.pack("!i", len(value)) + value for value in values)
                copy.write(struct.pack("!h", len(values)) + row)
            copy.write(b"\xff\xff")

    def build(self, memory: str) -> float:
        """Make the HNSW index; seconds."""
        started = time.monotonic()
        with self._progress(started):
            self.execute(f"set maintenance_work_mem = '{memory}'; {INDEX}")
        self.execute(f"vacuum analyze {TABLE}")
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

    def share(self, corpus: Corpus, fraction: float) -> None:
        """Mark that part of the rows as shared. Indexes on `shared` are made anew, or each row would cost one
        insertion into the graph.
        """
        import psycopg

        ids = [int(i) + 1 for i in np.flatnonzero(corpus.chance < fraction)]
        update = f"update {TABLE} set shared = true where id = any(%s) and not shared"
        started = time.monotonic()
        with (
            self._without_indexes("indexdef ~ 'shared'"),
            psycopg.connect(self.cluster.uri(database="group")) as connection,
        ):
            connection.execute(update.encode(), [ids])
        self.execute(f"vacuum analyze {TABLE}")
        told(f"{len(ids):,} rows are shared", started)


def told(what: str, started: float) -> None:
    """Progress, beside the table."""
    print(f"[{time.monotonic() - started:7.0f} s] {what}", file=sys.stderr, flush=True)


def measure(memory: SupabaseMemory, case: Case, corpus: Corpus, shared: float, asked: Vectors) -> list[Any]:
    """A row of the table."""
    truth, mask = corpus.exact(case, shared, asked), corpus.mask(case, shared)
    hits, fewest, times = 0, LIMIT, []
    for vector, wanted in zip(asked.tolist(), truth, strict=True):
        started = time.perf_counter()
        found = memory.nearest(
            vector,
            limit=LIMIT,
            kind=case.kind or None,
            company=case.company or None,
            technology=case.technology or None,
            shared_only=case.only_shared,
        )
        times.append(1000 * (time.perf_counter() - started))
        ids = {int(row.key.removeprefix("i1-"), 16) for row in found}
        hits, fewest = hits + len(ids & wanted), min(fewest, len(ids))
    expected = sum(map(len, truth))
    middle, late = np.percentile(times, [50, 95])
    share = f"{100 * shared:.0f} %" if case.role == "publishable" or case.only_shared else ""
    key = "publishable (RLS)" if case.role == "publishable" else "secret"
    return [
        key,
        share,
        str(case),
        f"{mask.sum():,}",
        f"{hits / max(1, expected):.3f}",
        fewest,
        f"{middle:.0f}",
        f"{late:.0f}",
    ]


def main() -> None:
    """Parse, load, measure, print."""
    options = parsed()
    texts = sentences([Path(r) for r in options.repo], options.sentences)
    base = embedded(texts, Path(options.cache))
    corpus = Corpus(base, texts, options.rows)
    asked = questions(base, options.queries)
    server = Server(options.until, options.shared_buffers)
    try:
        loaded, built = server.load(corpus), server.build(options.maintenance_work_mem)
        table = server.number(f"select pg_table_size('{TABLE}') / 1048576")
        index = server.number(f"select pg_relation_size('{HNSW}') / 1048576")
        print(
            f"{options.rows:,} rows of {len(texts):,} sentences; COPY {loaded:.0f} s, index {built:.0f} s "
            f"(maintenance_work_mem {options.maintenance_work_mem}); table {table} MB, index {index} MB\n"
        )
        print("| key | shared | filter | rows in question | recall@10 | fewest rows | p50 ms | p95 ms |")
        print("|---|---|---|---|---|---|---|---|")
        run(server, corpus, asked, [float(p) / 100 for p in options.shared.split(",")])
    finally:
        server.cluster.stop()


def run(server: Server, corpus: Corpus, asked: Vectors, shares: Sequence[float]) -> None:
    """Every case, a line each."""
    steps: list[tuple[float, list[Case]]] = [(0.0, SECRET), *((share, SHARED) for share in shares)]
    for share, cases in steps:
        if share:
            server.share(corpus, share)
        with server.edge() as memory:
            for case in cases:
                asker = memory(case.role)
                for vector in asked[:10].tolist():
                    asker.nearest(vector, limit=LIMIT)  # warm
                row = measure(asker, case, corpus, share, asked)
                print("| " + " | ".join(map(str, row)) + " |", flush=True)
    if server.number("select count(*) from pg_proc where proname = 'orchestrator_memory_digest'"):
        with server.edge() as memory:
            print("\n| request | median ms |\n|---|---|")
            for name, milliseconds in other_requests(memory("secret"), corpus):
                print(f"| {name} | {milliseconds:.0f} |", flush=True)


def other_requests(memory: SupabaseMemory, corpus: Corpus) -> Iterator[tuple[str, float]]:
    """What a pull in step, the counts and a search by words cost."""
    said = [text.split()[:6] for text in corpus.texts[:20]]
    for name, ask in (
        ("checksums of a pull", lambda _i: memory.digest()),
        ("counts", lambda _i: memory.stats()),
        ("words of a message, 50 rows", lambda i: memory.worded(said[i], limit=50)),
    ):
        times = []
        for i in range(len(said)):
            started = time.perf_counter()
            ask(i)
            times.append(1000 * (time.perf_counter() - started))
        yield name, float(np.median(times))


def parsed() -> argparse.Namespace:
    """The options."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--repo", action="append", required=True, help="a git repository whose messages are taken"
    )
    parser.add_argument("--sentences", type=int, default=6000)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--queries", type=int, default=100)
    parser.add_argument("--shared", default="1,10,50", help="per cent of shared rows, rising")
    parser.add_argument("--until", default="", help="the newest migration to apply")
    parser.add_argument("--cache", default=f"{gettempdir()}/orch-benchmark")
    parser.add_argument("--maintenance-work-mem", default="1GB")
    parser.add_argument("--shared-buffers", default="512MB")
    return parser.parse_args()


if __name__ == "__main__":
    main()
