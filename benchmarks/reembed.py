"""Killing a re-embedding ends with the same store as one that nobody disturbed.

    python benchmarks/reembed.py [--texts 50000] [--kills 10] [--real]

A store with vectors of one model is copied. One copy is re-embedded in peace, in the other the same
process is killed by SIGKILL again and again: in the middle of the work, in the last moments, and while
the new vectors take the place of the old; after each kill the former vectors must still answer, all of
them. Then every table of both, with those behind the indexes, is compared byte for byte.

The embedder is a cheap one whose vectors follow from the text; `--real` takes the product's own, which
needs a quarter of an hour for each 50,000 texts and core. Exit code 1 when the stores differ.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from array import array
from collections.abc import Sequence
from pathlib import Path

import apsw

from orchestrator.app.reembedding import renew
from orchestrator.memory.embedder import Embedder, Embedding
from orchestrator.memory.engine import open_embedder
from orchestrator.memory.fusion import Unrelated
from orchestrator.store.company import CompanyStore
from orchestrator.store.search_index import Item
from orchestrator.store.vector_table import load_vec

OLD = "hashing-old"
WORDS = ("fila", "cache", "banco", "pedido", "token", "busca", "cliente", "nota", "rede", "teste", "tela")


class Hashing:
    """A unit vector that follows from model and text alone."""

    dimensions = 384
    unrelated = Unrelated(0.0, 0.05)

    def __init__(self, model: str) -> None:
        self.model = model

    def embed(self, text: str) -> Embedding:
        """The same for the same text."""
        found = array("f", [b - 127.5 for b in hashlib.shake_256(f"{self.model}{text}".encode()).digest(384)])
        norm = sum(x * x for x in found) ** 0.5
        return Embedding(array("f", [x / norm for x in found]), 1, False)

    def query(self, text: str) -> array[float]:
        """As a passage."""
        return self.embed(text).vector

    def passages(self, texts: Sequence[str]) -> list[array[float]]:
        """Each for itself."""
        return [self.embed(text).vector for text in texts]


def main() -> int:
    """Fill, disturb, compare, print; or be the process that is killed."""
    parser = argparse.ArgumentParser(description="Killing a re-embedding changes nothing")
    parser.add_argument("--texts", type=int, default=50_000)
    parser.add_argument("--kills", type=int, default=10)
    parser.add_argument("--real", action="store_true", help="the product's own model")
    parser.add_argument("--child", type=Path, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.child:
        return child(asked.child, real=asked.real)
    with tempfile.TemporaryDirectory(prefix="orch-reembed-") as name:
        return compare(Path(name), asked.texts, asked.kills, real=asked.real)


def child(folder: Path, *, real: bool) -> int:
    """Re-embed a store as `orch reembed` does, telling how far it is."""
    embedder: Embedder = open_embedder(engine="onnx") if real else Hashing("hashing-new")
    with CompanyStore(folder, "empresa-a") as store:
        renew(
            store.vectors,
            embedder,
            "onnx",
            lambda done, total: print(done, total, flush=True),
            lambda _text: None,
        )
    return 0


def compare(folder: Path, texts: int, kills: int, *, real: bool) -> int:
    """The whole experiment; 0 when both stores hold the same."""
    fill(folder / "calm", texts)
    shutil.copytree(folder / "calm", folder / "killed")
    began = time.monotonic()
    spent = run_calmly(folder / "calm", real=real)
    seconds = time.monotonic() - began
    lost = disturb(folder / "killed", kills, texts, seconds, real=real)
    run_calmly(folder / "killed", real=real)
    calm, killed = (contents(folder / name / "orch.db") for name in ("calm", "killed"))
    different = sorted(name for name in calm | killed if calm.get(name) != killed.get(name))
    print("\n| texts | kills | undisturbed s | CPU ms a text | former vectors lost | tables | that differ |")
    print("|--:|--:|--:|--:|--:|--:|---|")
    print(
        f"| {texts} | {kills} | {seconds:.1f} | {1000 * spent / texts:.2f} | {lost} | {len(calm)} |"
        f" {', '.join(different) or 'none'} |"
    )
    return 1 if different or lost else 0


def fill(folder: Path, texts: int) -> None:
    """A store of short learnings with vectors of the former model."""
    rng, former = random.Random(20260), Hashing(OLD)
    with CompanyStore(folder, "empresa-a") as store, store.transaction():
        store.vectors.remember(OLD, "onnx")
        for number in range(texts):
            text = " ".join(rng.choices(WORDS, k=12)) + f" {number}"
            vector = former.embed(text).vector
            store.index.put([Item(f"r{number}", "own", "e", "insight", "", text, (), False, "", OLD, vector)])


def run_calmly(folder: Path, *, real: bool) -> float:
    """To its end. CPU seconds of the process."""
    before = os.times()
    subprocess.run(command(folder, real=real), check=True, stdout=subprocess.DEVNULL)
    after = os.times()
    return after.children_user + after.children_system - before.children_user - before.children_system


def command(folder: Path, *, real: bool) -> list[str]:
    return [sys.executable, __file__, "--child", str(folder), *(["--real"] if real else [])]


def disturb(folder: Path, kills: int, texts: int, seconds: float, *, real: bool) -> int:
    """Kill a re-embedding so many times; how many former vectors did not answer after some kill.

    The first two thirds come on the way, the others once all texts are done, while vectors change
    places: one that comes too late is taken back, and tried earlier.
    """
    rng, lost, late = random.Random(1), 0, seconds / 20
    number, on_the_way = 0, kills * 2 // 3
    while number < kills:
        until = texts if number >= on_the_way else texts * (number + 1) // (on_the_way + 1)
        before = folder.with_name("before")
        shutil.copytree(folder, before)
        told = kill(folder, until, rng.uniform(0, late), real=real)
        answering = former_vectors(folder)
        if answering == 0:
            shutil.rmtree(folder)
            before.replace(folder)
            late /= 2
            continue
        shutil.rmtree(before)
        number, lost = number + 1, max(lost, texts - answering)
        print(f"kill {number}: at {told}, {answering} former vectors answer", flush=True)
    return lost


def kill(folder: Path, until: int, delay: float, *, real: bool) -> str:
    """Start a re-embedding, let it come so far, wait `delay` seconds, kill it. What it last told."""
    ahead = _ahead(folder, until)
    process = subprocess.Popen(command(folder, real=real), stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    reached = (line.strip() for line in process.stdout if int(line.split()[0]) >= ahead)
    told = next(reached, "the end") if ahead else "the start"
    time.sleep(delay)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    return told


def _ahead(folder: Path, until: int) -> int:
    """How many more texts until so many are done: what a process counts begins at its own start."""
    connection = apsw.Connection(str(folder / "orch.db"))
    ((there,),) = connection.execute("select count(*) from memory_next")
    connection.close()
    return max(0, until - int(str(there)))


def former_vectors(folder: Path) -> int:
    with CompanyStore(folder, "empresa-a") as store:
        assert store.integrity() == ""
        found = store.index.nearest(Hashing(OLD).query("fila"), 10, model=OLD)
        ((count,),) = store._db.execute("select count(*) from memory_item where model = ?", (OLD,))
        assert bool(found) == bool(count)
        return int(str(count))


def contents(path: Path) -> dict[str, str]:
    """Table -> hash of all that is in it, row by row in a fixed order; of those behind indexes too."""
    connection = apsw.Connection(str(path))
    load_vec(connection)
    names = [str(n) for (n,) in connection.execute("select name from sqlite_master where type = 'table'")]
    return {name: _hash(connection, name) for name in names}


def _hash(connection: apsw.Connection, name: str) -> str:
    """Without `token`, which is random and only tells a cache that a table changed."""
    found = hashlib.sha256()
    columns = [str(row[1]) for row in connection.execute(f'pragma table_info("{name}")') if row[1] != "token"]
    listed = ", ".join(f'"{column}"' for column in columns) or "*"
    for row in sorted(map(repr, connection.execute(f'select {listed} from "{name}"'))):
        found.update(row.encode("utf-8", "surrogatepass"))
    return found.hexdigest()


if __name__ == "__main__":
    sys.exit(main())
