"""When a learning is close to what a company has: cosines of texts of other subjects, and of related ones.

    python benchmarks/relatedness.py KIND=PATH KIND=PATH... [--sick FOLDER] [--texts N] [--pairs N]

KIND=PATH names histories, see `retrieval_sets.py` (commits, history, known-history); give at least two. Each
text of one is compared with so many texts of another: how often is the nearest of them close by
`offer.fit.closeness`, by chance, and how often with texts of its own history, of which some are related.
`--sick` is a clone of SICK-BR: how people rated the relatedness (1 to 5) of sentence pairs, by cosine.
`--texts` and `--pairs` bound what is embedded (for trying). Prints two Markdown tables; exit code 1 when more
than MOST of the texts of another history are called close.
"""

from __future__ import annotations

import argparse
import csv
import io
import random
import sys
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np
from retrieval import _named
from retrieval_sets import _show, kinds, read_sets

from orchestrator.memory.embedder import Embedder
from orchestrator.memory.engine import open_embedder
from orchestrator.offer.fit import closeness

MOST = 0.05
SIZES = (3, 10, 50, 300)  # own texts
DRAWN = 6  # times that many of them are drawn
BANDS = (0.0, 0.84, 0.86, 0.88, 0.90, 0.92, 0.94, 1.01)
Vectors = np.ndarray[tuple[int, int], np.dtype[np.float32]]


def main() -> int:
    """Embed, compare, print."""
    parser = argparse.ArgumentParser(description="When a learning is close to what a company has")
    parser.add_argument("sets", nargs="+", metavar="KIND=PATH", help=f"KIND: {', '.join(kinds())}")
    parser.add_argument("--sick", type=Path)
    parser.add_argument("--texts", type=int, default=0, help="of a history at most so many")
    parser.add_argument("--pairs", type=int, default=350)
    asked = parser.parse_args()
    embedder = open_embedder()
    found = [one for name in asked.sets for one in read_sets(*_named(name))]
    vectors = [_embedded(embedder, one.passages[: asked.texts or None]) for one in found]
    if len(vectors) < 2:
        sys.exit("name at least two histories: one is the other's unknown subject")
    held = _chance(vectors)
    if asked.sick:
        _rated(embedder, asked.sick, asked.pairs)
    return 0 if held else 1


def _embedded(embedder: Embedder, texts: Sequence[str]) -> Vectors:
    return np.array([embedder.passages([text])[0] for text in texts], dtype=np.float32)


def _chance(vectors: list[Vectors]) -> bool:
    pairs = [(one, other) for one in vectors for other in vectors if one is not other]
    cosines = np.concatenate([(one @ other.T).ravel() for one, other in pairs])
    print(f"two texts of different histories: cosine {cosines.mean():.4f} ± {cosines.std():.4f}\n")
    print("| own texts | close, of another history | close, of its own |\n|---:|---:|---:|")
    draw, held = np.random.default_rng(1), True
    for size in SIZES:
        foreign = np.concatenate([_nearest(a, b, size, draw) for a, b in pairs for _ in range(DRAWN)])
        own = np.concatenate([_nearest(a, a, size, draw) for a in vectors for _ in range(DRAWN)])
        shares = [float(np.mean([closeness(float(c), size) > 0 for c in each])) for each in (foreign, own)]
        print(f"| {size} | {shares[0]:.1%} | {shares[1]:.1%} |", flush=True)
        held = held and shares[0] <= MOST
    return held


def _nearest(
    texts: Vectors, own: Vectors, size: int, draw: np.random.Generator
) -> np.ndarray[tuple[int], np.dtype[np.float32]]:
    """Of each text the cosine of the nearest of `size` of the others, itself left out."""
    chosen = draw.choice(len(own), min(size, len(own)), replace=False)
    cosines = texts @ own[chosen].T
    if texts is own:
        cosines[chosen, np.arange(len(chosen))] = -1
    return cosines.max(1)


def _rated(embedder: Embedder, clone: Path, most: int) -> None:
    rows = list(csv.DictReader(io.StringIO(_show(clone, "SICK_BR.txt").lstrip("\ufeff")), delimiter="\t"))
    random.Random(1).shuffle(rows)
    rows = rows[:most]
    one, other = (_embedded(embedder, [row[f"sentence_{side}"] for row in rows]) for side in "AB")
    cosines = (one * other).sum(1)
    rated = np.array([float(row["relatedness_score"]) for row in rows])
    print("\n| cosine from | pairs | mean rating | 4 and more | 2.5 and less |\n|---:|---:|---:|---:|---:|")
    for least, most_of in pairwise(BANDS):
        here = rated[(cosines >= least) & (cosines < most_of)]
        if len(here):
            told = f"{here.mean():.2f} | {(here >= 4).mean():.0%} | {(here <= 2.5).mean():.0%}"
            print(f"| {least:.2f} | {len(here)} | {told} |")


if __name__ == "__main__":
    sys.exit(main())
