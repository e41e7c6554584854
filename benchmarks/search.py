"""What a search costs, beside numpy's brute force and other engines.

    python benchmarks/search.py [--sizes 10000,100000] [--texts FILE]... [--peers PYTHON] [--graphs]

Vectors: the texts (a line each of FILE; by default the commit messages of the repository around) are
embedded as passages, every fortieth as a question instead. To a size they grow by x + s (y - z), of unit
length again, with x, y, z of the real ones and s between 0.15 and 0.5: the difference of two real vectors
spreads as real ones do, so that each text has neighbours as paraphrases are. Times are CPU milliseconds;
the figure is the ratio to numpy (float32 in memory, one thread, argpartition). Every engine has a process
of its own. PYTHON is an interpreter with faiss-cpu, usearch, hnswlib, chromadb, lancedb; what it lacks is
passed over by name. What the command costs from the shell: search_cold.py.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

PEERS = ("faiss", "usearch", "hnswlib", "chromadb", "lancedb")
RUN = Path(__file__).with_name("search_run.py")
MOST_TEXTS = 8_000
SLOW = 200_000  # vectors: building a graph of more takes longer than anybody waits
GRAPHS = ("usearch", "hnswlib", "chromadb")


def main() -> int:
    parser = argparse.ArgumentParser(description="What a search costs")
    parser.add_argument("--sizes", default="10000,100000,1000000")
    parser.add_argument("--texts", action="append", type=Path, default=[])
    parser.add_argument("--peers")
    parser.add_argument("--questions", type=int, default=200)
    parser.add_argument("--graphs", action="store_true", help=f"those of more than {SLOW:,} too: an hour")
    options = parser.parse_args()
    real, questions = embedded(texts(options.texts), options.questions)
    missed = False
    for size in map(int, options.sizes.split(",")):
        with tempfile.TemporaryDirectory(prefix="orch-search-") as name:
            missed |= one_size(Path(name), grown(real, size), questions, options.peers, options.graphs)
    return int(missed)


def texts(files: list[Path]) -> list[str]:
    lines = [line for file in files for line in file.read_text("utf-8").splitlines()]
    if not files:
        log = ["git", "log", "--no-merges", f"-{MOST_TEXTS}", "--format=%s %b%x1e"]
        lines = subprocess.run(log, capture_output=True, text=True, check=True).stdout.split("\x1e")
    told = dict.fromkeys(" ".join(line.split())[:300] for line in lines)
    return [text for text in told if len(text.split()) > 3][:MOST_TEXTS]


def embedded(found: list[str], count: int) -> tuple[Any, Any]:
    from orchestrator.memory.engine import open_embedder

    embedder = open_embedder()
    asked = set(found[::40][:count])
    passages = [embedder.embed(text).vector for text in found if text not in asked]  # type: ignore[attr-defined]
    return np.array(passages), np.array([embedder.query(text) for text in asked])


def grown(real: Any, size: int) -> Any:
    rng, parts, have = np.random.default_rng(0), [real[:size]], min(size, len(real))
    while have < size:
        count = min(20_000, size - have)
        x, y, z = (real[rng.integers(0, len(real), count)] for _which in range(3))
        made = x + rng.uniform(0.15, 0.5, (count, 1)) * (y - z)
        parts.append((made / np.linalg.norm(made, axis=1, keepdims=True)).astype(np.float32))
        have += count
    return np.concatenate(parts)


def one_size(folder: Path, vectors: Any, questions: Any, peers: str | None, graphs: bool) -> bool:
    """Print the tables of one size; True when a target was missed."""
    engines = ["numpy", "orch", *(PEERS if peers else ())]
    done: dict[str, Any] = {}
    for engine in engines:
        if engine in GRAPHS and len(vectors) > SLOW and not graphs:
            print(f"(skipped: {engine}, whose graph of {len(vectors):,} takes long to build: --graphs)")
            continue
        place = folder / engine
        place.mkdir()
        np.save(place / "vectors.npy", vectors)
        np.save(place / "questions.npy", questions)
        python = peers if peers and engine in PEERS else sys.executable
        command = [python, "-P", str(RUN), engine, str(place)]  # -P: no module of this folder is one of its
        ran = subprocess.run(command, capture_output=True, text=True, check=False)
        if ran.returncode:
            print(f"(skipped: {engine}: {ran.stderr.strip().splitlines()[-1]})")
            continue
        done[engine] = json.loads(ran.stdout.splitlines()[-1])
        (place / "vectors.npy").unlink()
    for run in done.values():
        run["recall"] = recall(vectors, questions, run["answers"])
    return report(len(vectors), done)


def recall(vectors: Any, questions: Any, answers: list[list[int]]) -> float:
    """The share of answers that are as near as the tenth nearest; texts may be equally near."""
    found = 0
    for question, answer in zip(questions, answers, strict=True):
        cosines = vectors @ question
        tenth = np.partition(cosines, len(cosines) - 10)[len(cosines) - 10]
        found += int((cosines[answer] >= tenth - 1e-6).sum())
    return found / (10 * len(questions))


def report(size: int, done: dict[str, Any]) -> bool:
    floor = done["numpy"]["runs"]["no filter"]["p50"]
    print(f"\n### {size:,} vectors\n")
    print("| | p50 ms | ratio | p95 ms | with kind, ms | recall@10 | vectors/s | memory MB | disk MB |")
    print("|---|--:|--:|--:|--:|--:|--:|--:|--:|")
    for engine, run in done.items():
        whole, narrowed = run["runs"]["no filter"], run["runs"].get("kind, 1 of 3", {})
        kind = f"{narrowed['p50']:.2f}" if narrowed else ""
        print(
            f"| {engine} | {whole['p50']:.2f} | {whole['p50'] / floor:.2f} | {whole['p95']:.2f} | {kind} |"
            f" {run['recall']:.3f} | {size / run['fill']:,.0f} | {run['memory']:.0f} | {run['disk']:.0f} |"
        )
    ours = done["orch"]
    print("\n| orch | p50 ms | p95 ms |\n|---|--:|--:|")
    for name, run in ours["runs"].items():
        print(f"| {name} | {run['p50']:.2f} | {run['p95']:.2f} |")
    print(f"| open | {1e3 * ours['open']:.1f} | |\n| open and first search | {1e3 * ours['first']:.1f} | |")
    whole = ours["runs"]["no filter"]["p50"]
    return size >= 100_000 and (whole > floor or ours["recall"] < 0.99)


if __name__ == "__main__":
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    raise SystemExit(main())
