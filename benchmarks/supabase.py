"""Search in the group's memory on real Postgres, through the rig's HTTP edge: recall, rows, time.

    python benchmarks/supabase.py --repo CLONE [--repo CLONE ...] [--rows 100000] [--queries 100]
                                  [--shared 1,10,50,100] [--until 20260101000000] [--cache FOLDER]

Rows are variants of the commit messages of the clones (see `supabase_corpus.py`), loaded by COPY; the index
is built afterwards. Each case asks `match_global_memory` for ten rows, as the company's secret key or as
anybody's publishable key (row-level security), and compares them with the exact answer, computed here.
`--until` applies the migrations up to that version only: what was before. Prints a Markdown table.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import gettempdir
from typing import Any

import numpy as np

sys.path.remove(str(Path(__file__).resolve().parent))  # its files have names of the standard library
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from benchmarks.supabase_corpus import (
    TECHNOLOGIES,
    Vectors,
    blocks,
    embedded,
    questions,
    sentences,
    technology_of,
    written,
)
from benchmarks.supabase_server import CODES, HNSW, Server
from orchestrator.reconcile.remotes.supabase import SupabaseMemory
from tests.rig.supabase import TABLE

LIMIT = 10


@dataclass(frozen=True)
class Case:
    """One way to search: `shared` is the per cent of rows that are shared, `role` whose key asks."""

    role: str
    kind: str = ""
    company: str = ""
    only_shared: bool = False
    technology: str = ""
    newest: int = 0  # per cent of the rows, by time; 0 for all

    def __str__(self) -> str:
        since = f"newest {self.newest} %" if self.newest else ""
        filters = [self.kind, self.company, self.technology, since, "only shared" if self.only_shared else ""]
        return ", ".join(filter(None, filters)) or "no filter"


SECRET = [
    Case("secret"),
    *(Case("secret", kind=kind) for kind in ("insight", "pattern", "best_practice", "component")),
    *(Case("secret", company=company) for company in ("empresa-a", "empresa-c")),
    Case("secret", kind="pattern", company="empresa-c"),
    Case("secret", newest=20),
    *(Case("secret", technology=name) for name in TECHNOLOGIES),
]
SHARED = [
    Case("publishable"),
    Case("publishable", kind="insight"),
    *(Case("publishable", company=company) for company in ("empresa-a", "empresa-c")),
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
        if case.newest:
            found[: self.before(case)] = False
        return found

    def shared(self, fraction: float) -> list[int]:
        """The ids of that part of the rows."""
        return [int(i) + 1 for i in np.flatnonzero(self.chance < fraction)]

    def before(self, case: Case) -> int:
        """How many rows are too old for this case."""
        return self.rows - self.rows * case.newest // 100

    def since(self, case: Case) -> str | None:
        """The time that this case asks for."""
        return written(self.before(case)).isoformat() if case.newest else None

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
            since=corpus.since(case),
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
        f"{hits / expected:.3f}" if expected else "",
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
        loaded, built = server.load(corpus.blocks, corpus.texts), server.build(options.maintenance_work_mem)
        print(
            f"{options.rows:,} rows of {len(texts):,} sentences; COPY {loaded:.0f} s, HNSW {built:.0f} s "
            f"(maintenance_work_mem {options.maintenance_work_mem}); table with other indexes "
            f"{server.megabytes(TABLE)} MB, HNSW {server.megabytes(HNSW)} MB, "
            f"codes {server.megabytes(CODES)} MB\n"
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
            server.share(corpus.shared(share))
        with server.edge() as memory:
            for case in cases:
                if (case.technology or case.newest) and not server.knows("nearest_global_memory"):
                    continue
                asker = memory(case.role)
                for vector in asked[:10].tolist():
                    asker.nearest(vector, limit=LIMIT)  # warm
                row = measure(asker, case, corpus, share, asked)
                print("| " + " | ".join(map(str, row)) + " |", flush=True)
    print("\n150 rows inserted: {:.0f} ms, of which the codes {:.0f} ms".format(*server.inserting()))
    if server.knows("orchestrator_memory_digest"):
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
    parser.add_argument("--shared", default="1,10,50,100", help="per cent of shared rows, rising")
    parser.add_argument("--until", default="", help="the newest migration to apply")
    parser.add_argument("--cache", default=f"{gettempdir()}/orch-benchmark")
    parser.add_argument("--maintenance-work-mem", default="1GB")
    parser.add_argument("--shared-buffers", default="512MB")
    return parser.parse_args()


if __name__ == "__main__":
    main()
