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
import sys
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
from benchmarks.supabase_corpus import Block, Vectors, blocks, embedded, questions, sentences
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

    def __str__(self) -> str:
        filters = [self.kind, self.company, "only shared" if self.only_shared else ""]
        return ", ".join(filter(None, filters)) or "no filter"


SECRET = [
    Case("secret"),
    *(Case("secret", kind=kind) for kind in ("insight", "pattern", "best_practice", "component")),
    Case("secret", company="empresa-c"),
    Case("secret", kind="pattern", company="empresa-c"),
]
SHARED = [
    Case("publishable"),
    Case("publishable", kind="insight"),
    Case("publishable", company="empresa-c"),
    Case("secret", only_shared=True),
    Case("secret", kind="insight", only_shared=True),
]


class Corpus:
    """The rows as arrays, for the exact answers; row i has the id i + 1."""

    def __init__(self, base: Vectors, texts: Sequence[str], rows: int) -> None:
        self.texts, self.rows = texts, rows
        self.blocks = list(blocks(base, rows))
        self.vectors = np.concatenate([b.vectors for b in self.blocks])
        self.kinds = np.concatenate([np.array(b.categories) for b in self.blocks])
        self.companies = np.concatenate([np.array(b.companies) for b in self.blocks])
        self.chance = np.random.default_rng(3).random(rows)  # of being shared

    def mask(self, case: Case, shared: float) -> np.ndarray[Any, np.dtype[np.bool_]]:
        """The rows that this case may find."""
        found = np.ones(self.rows, dtype=bool)
        if case.role == "publishable" or case.only_shared:
            found &= self.chance < shared
        if case.kind:
            found &= self.kinds == case.kind
        if case.company:
            found &= self.companies == case.company
        return found

    def exact(self, case: Case, shared: float, asked: Vectors) -> list[set[int]]:
        """The ids of the ten nearest rows to each question."""
        ids = np.flatnonzero(self.mask(case, shared))
        similar = self.vectors[ids] @ asked.T
        best = np.argsort(-similar, axis=0, kind="stable")[:LIMIT]
        return [{int(i) + 1 for i in ids[column]} for column in best.T]


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
        """COPY all rows, without the index and the trigger; seconds."""
        self.execute(
            f"drop index {HNSW}; alter table {TABLE} disable trigger {TOUCH};"
            f"alter table {TABLE} set (fillfactor = 50)"
        )  # room, so that sharing rows stays cheap
        started = time.monotonic()
        for block in corpus.blocks:
            self._copy(block, corpus.texts)
        return time.monotonic() - started

    def _copy(self, block: Block, texts: Sequence[str]) -> None:
        import psycopg
        from psycopg.types.json import Jsonb

        with (
            psycopg.connect(self.cluster.uri(database="group")) as connection,
            connection.cursor().copy(f"copy {TABLE} ({COLUMNS}) from stdin".encode()) as copy,
        ):
            for i, vector in enumerate(block.vectors.tolist()):
                text = texts[block.sentences[i]]
                literal = "[" + ",".join(f"{x:.7g}" for x in vector) + "]"
                marks = Jsonb({"orch_key": f"i1-{block.first + i:016x}", "title": text[:60]})
                copy.write_row((text, literal, block.companies[i], block.categories[i], False, marks))

    def build(self, memory: str) -> float:
        """Make the index; seconds."""
        started = time.monotonic()
        self.execute(f"set maintenance_work_mem = '{memory}'; {INDEX}")
        self.execute(f"vacuum analyze {TABLE}")
        return time.monotonic() - started

    def share(self, corpus: Corpus, fraction: float) -> None:
        """Mark that part of the rows as shared. Indexes on `shared` are made anew, or each row would cost one
        insertion into the graph.
        """
        import psycopg

        ids = [int(i) + 1 for i in np.flatnonzero(corpus.chance < fraction)]
        with_shared = (
            "select indexname, indexdef from pg_indexes where tablename = %s and indexdef ~ 'shared'"
        )
        kept = self.cluster.rows(with_shared, TABLE, database="group")
        for name, _sql in kept:
            self.execute(f"drop index {name}")
        with psycopg.connect(self.cluster.uri(database="group")) as connection:
            connection.execute(
                f"update {TABLE} set shared = true where id = any(%s) and not shared".encode(), [ids]
            )
        for _name, sql in kept:
            self.execute(sql)
        self.execute(f"vacuum analyze {TABLE}")


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
