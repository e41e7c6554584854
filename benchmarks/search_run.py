"""One engine, one process: fill, open, search; prints what it cost as one JSON document.

    python -P benchmarks/search_run.py ENGINE FOLDER

Started by benchmarks/search.py; needs numpy and ENGINE's library only. FOLDER holds vectors.npy and
questions.npy. Times are CPU seconds of the process.
"""

from __future__ import annotations

import json
import os
import resource
import sys
import time
from array import array
from collections.abc import Callable
from pathlib import Path
from typing import Any

os.environ["OPENBLAS_NUM_THREADS"] = os.environ["OMP_NUM_THREADS"] = "1"

import numpy as np  # after the number of threads is said

K = 10
BATCH = 5_000
FILTERS: dict[str, dict[str, Any]] = {
    "no filter": {},
    "kind, 1 of 3": {"kind": "solution"},
    "technology, 1 of 2": {"technology": "python"},
    "technology, 1 of 50": {"technology": "redis"},
    "since, half": {"since": "2024-01-01"},
}
TEXT = "cache fila banco erro teste login token deploy busca relatório aluno escola nota falta api"
WORDS = {
    "two common words": "cache fila",
    "a rare word": "termo7",
    "a rare and two common words": "termo7 cache fila",
}
Search = Callable[[Any], list[int]]


def both(search: Search) -> tuple[Search, Search]:
    """Without a filter; and with one, which this engine has not."""
    return search, search


def numpy(vectors: Any, folder: Path) -> tuple[Search, Search]:
    np.save(folder / "kept.npy", vectors)
    kept = np.load(folder / "kept.npy")
    return both(lambda q: np.argpartition(kept @ q, len(kept) - K)[-K:].tolist())


def faiss(vectors: Any, folder: Path) -> tuple[Search, Search]:
    import faiss as library

    library.omp_set_num_threads(1)
    index = library.IndexFlatIP(vectors.shape[1])
    index.add(vectors)
    library.write_index(index, str(folder / "faiss"))
    return both(lambda q: index.search(q[None], K)[1][0].tolist())


def usearch(vectors: Any, folder: Path) -> tuple[Search, Search]:
    from usearch.index import Index

    index = Index(ndim=vectors.shape[1], metric="ip", dtype="f32")
    index.add(np.arange(len(vectors)), vectors, threads=1)
    index.save(str(folder / "usearch"))
    return both(lambda q: index.search(q, K).keys.tolist())


def hnswlib(vectors: Any, folder: Path) -> tuple[Search, Search]:
    import hnswlib as library

    index = library.Index("ip", vectors.shape[1])
    index.init_index(len(vectors), ef_construction=200, M=16)
    index.add_items(vectors, num_threads=1)
    index.set_ef(64)
    index.save_index(str(folder / "hnsw"))
    return both(lambda q: index.knn_query(q, K, num_threads=1)[0][0].tolist())


def chromadb(vectors: Any, folder: Path) -> tuple[Search, Search]:
    import chromadb as library

    space = {"hnsw:space": "ip"}
    made = library.PersistentClient(str(folder / "chroma")).create_collection("memories", metadata=space)
    for start in range(0, len(vectors), BATCH):
        part = vectors[start : start + BATCH]
        ids = [str(n) for n in range(start, start + len(part))]
        kinds = [{"kind": ("insight", "solution", "pattern")[int(n) % 3]} for n in ids]
        made.add(ids=ids, embeddings=part, metadatas=kinds)

    def query(q: Any, **more: Any) -> list[int]:
        answer = made.query(query_embeddings=[q], n_results=K, **more)
        return [int(n) for n in answer["ids"][0]]

    return query, lambda q: query(q, where={"kind": "solution"})


def lancedb(vectors: Any, folder: Path) -> tuple[Search, Search]:
    import lancedb as library

    rows = [
        {"id": n, "kind": ("insight", "solution", "pattern")[n % 3], "vector": v}
        for n, v in enumerate(vectors)
    ]
    made = library.connect(str(folder / "lance")).create_table("t", rows)

    def query(q: Any, where: str = "") -> list[int]:
        answer = made.search(q).metric("dot").limit(K)
        answer = answer.where(where) if where else answer
        return [row["id"] for row in answer.select(["id"]).to_list()]

    return query, lambda q: query(q, "kind = 'solution'")


def fill_store(index: Any, vectors: Any, model: str = "m") -> None:
    """A store as a company has it: texts, technologies, times, vectors."""
    from orchestrator.store.search_index import Item

    words = TEXT.split()
    for start in range(0, len(vectors), BATCH):
        index.put(
            Item(
                ref=f"i1-{n:016x}",
                scope="own",
                company="a",
                kind=("insight", "solution", "pattern")[n % 3],
                title=f"{words[n % 15]} {words[n * 7 % 13]} {n}",
                text=" ".join(words[n * k % 15] for k in range(1, 30)) + f" termo{n % 5_000}",
                technologies=("redis",) if n % 50 == 0 else ("python",) if n % 2 else (),
                created_at=f"20{20 + n // 7 % 8}-0{1 + n % 9}-01T00:00:00Z",
                model=model,
                vector=array("f", vectors[n].tobytes()),
            )
            for n in range(start, min(len(vectors), start + BATCH))
        )


def orch(vectors: Any, questions: Any, folder: Path) -> dict[str, Any]:
    from orchestrator.memory.lexical import parse
    from orchestrator.store.database import open_database
    from orchestrator.store.search_index import SearchIndex

    path = folder / "store" / "orch.db"
    started = time.process_time()
    connection = open_database(path)
    fill_store(SearchIndex(connection), vectors)
    connection.close()
    filled = time.process_time() - started
    before = resident()
    started = time.process_time()
    connection = open_database(path)
    index = SearchIndex(connection)
    opened = time.process_time() - started
    index.nearest(questions[0], K, model="m")
    first = time.process_time() - started
    found: dict[str, Any] = {}
    for name, narrowed in FILTERS.items():
        found[name] = timed(nearest(index, narrowed), questions)
    for name, text in WORDS.items():
        phrases = parse(text).phrases
        found[name] = timed(lambda _q, phrases=phrases: index.lexical(phrases, 50), questions[:5])
    answers = found["no filter"].pop("answers")
    return {
        "fill": filled, "open": opened, "first": first, "memory": resident() - before,
        "disk": path.stat().st_size / 1e6, "answers": answers,
        "runs": {n: {k: v for k, v in r.items() if k != "answers"} for n, r in found.items()},
    }  # fmt: skip


def nearest(index: Any, narrowed: dict[str, Any]) -> Search:
    return lambda q: [int(ref[3:], 16) for ref, _score in index.nearest(q, K, model="m", **narrowed)]


def timed(search: Callable[[Any], Any], questions: Any) -> dict[str, Any]:
    search(questions[0])
    spent, answers = [], []
    for question in questions:
        started = time.process_time()
        answers.append(search(question))
        spent.append(1e3 * (time.process_time() - started))
    return {
        "p50": float(np.percentile(spent, 50)),
        "p95": float(np.percentile(spent, 95)),
        "answers": answers,
    }


def resident() -> float:
    """Megabytes of this process that are in memory (Linux); the most it ever had elsewhere."""
    status = Path("/proc/self/status")
    if not status.exists():
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return (
        next(int(line.split()[1]) for line in status.read_text().splitlines() if line.startswith("VmRSS"))
        / 1024
    )


def peer(engine: str, vectors: Any, questions: Any, folder: Path) -> dict[str, Any]:
    before, started = resident(), time.process_time()
    search, narrowed = globals()[engine](vectors, folder)
    filled = time.process_time() - started
    whole, some = timed(search, questions), timed(narrowed, questions)
    files = [p for p in folder.rglob("*") if p.is_file() and p.name not in ("vectors.npy", "questions.npy")]
    runs = {"no filter": {k: whole[k] for k in ("p50", "p95")}}
    if narrowed is not search:
        runs["kind, 1 of 3"] = {k: some[k] for k in ("p50", "p95")}
    disk = sum(p.stat().st_size for p in files) / 1e6
    return {
        "fill": filled,
        "memory": resident() - before,
        "disk": disk,
        "answers": whole["answers"],
        "runs": runs,
    }


def main() -> None:
    engine, folder = sys.argv[1], Path(sys.argv[2])
    vectors = np.load(folder / "vectors.npy")
    questions = np.load(folder / "questions.npy")
    done = orch(vectors, questions, folder) if engine == "orch" else peer(engine, vectors, questions, folder)
    print(json.dumps(done))


if __name__ == "__main__":
    main()
