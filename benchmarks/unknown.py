"""How often search says that nothing like the question is known: of questions with an answer, and without.

    python benchmarks/unknown.py KIND=PATH KIND=PATH... [--half held-out] [--queries N] [--stores N]

KIND=PATH names a test set, see `retrieval_sets.py`; give at least two. Each set's passages are put into
stores of 10, of 50, and of all. `answered`: the answer lies in the store, so that saying "nothing" is a false
alarm; `other subject`: the question is another set's; `not here`: it is the set's own, and its answer lies in
another store of it, so that something near may well be there. `--queries` and `--stores` bound how many of a
set are taken (for trying). Prints a Markdown table; exit code 1 when of the questions with an answer in their
own language more than MOST are told "nothing".
"""

from __future__ import annotations

import argparse
import random
import sys
from array import array
from collections.abc import Iterator, Sequence

from retrieval import _named, fill
from retrieval_sets import Query, TestSet, kinds, read_sets

from orchestrator.memory.embedder import Embedder
from orchestrator.memory.engine import open_embedder
from orchestrator.memory.search import search

MOST = 0.02
SIZES = (10, 50, 0)  # passages in a store; 0: all of them
Asked = tuple[str, Query]  # the kind of question, and the question


class Remembering:
    """An embedder that embeds each question once."""

    def __init__(self, embedder: Embedder) -> None:
        self.model, self.unrelated = embedder.model, embedder.unrelated
        self.passages, self._query = embedder.passages, embedder.query
        self._known: dict[str, array[float]] = {}

    def query(self, text: str) -> array[float]:
        """The vector of a question."""
        if text not in self._known:
            self._known[text] = self._query(text)
        return self._known[text]


def main() -> int:
    """Measure, print, compare."""
    parser = argparse.ArgumentParser(description="How often search says that nothing is known")
    parser.add_argument("sets", nargs="+", metavar="KIND=PATH", help=f"KIND: {', '.join(kinds())}")
    parser.add_argument("--half", choices=("development", "held-out"), default="held-out")
    parser.add_argument("--queries", type=int, default=60, help="of another subject, at most so many a store")
    parser.add_argument("--stores", type=int, default=12, help="at most so many of a size")
    asked = parser.parse_args()
    sets = [one for name in asked.sets for one in read_sets(*_named(name))]
    if len(sets) < 2:
        sys.exit("name at least two sets: one's questions are the other's unknown subjects")
    embedder = Remembering(open_embedder())
    print(f"| set, {asked.half} half | store | answered | other subject | not here |")
    print("|---|---:|---:|---:|---:|")
    held = True
    for one in sets:
        for size in SIZES:
            told = {kind: [0, 0] for kind in ("answered", "other subject", "not here")}
            for kind, nothing in _answers(embedder, one, sets, size, asked):
                told[kind][0] += nothing
                told[kind][1] += 1
            cells = " | ".join(f"{n / of:.1%} of {of}" if of else "-" for n, of in told.values())
            print(f"| {one.name} | {size or len(one.passages)} | {cells} |", flush=True)
            false, of = told["answered"]
            held = held and (one.crossing or false <= MOST * of)
    return 0 if held else 1


def _answers(
    embedder: Remembering, one: TestSet, sets: Sequence[TestSet], size: int, asked: argparse.Namespace
) -> Iterator[tuple[str, bool]]:
    """(kind of question, whether nothing is said to be known) of every question to every store of a size."""
    chance = random.Random(f"{one.name} {size}")
    numbers = list(range(len(one.passages)))
    chance.shuffle(numbers)
    step = size or len(numbers)
    others = [q for other in sets if other is not one for q in other.queries if q.half == asked.half]
    for start in range(0, len(numbers) - step + 1, step)[: asked.stores]:
        there = numbers[start : start + step]
        index = fill(embedder, [one.passages[n] for n in there])
        for kind, query in _questions(one, set(there), others, chance, asked):
            yield kind, not search(index, embedder, query.text).near


def _questions(
    one: TestSet, there: set[int], others: list[Query], chance: random.Random, asked: argparse.Namespace
) -> Iterator[Asked]:
    own = [q for q in one.queries if q.half == asked.half]
    answered = [q for q in own if q.gains.keys() & there]
    elsewhere = [q for q in own if not q.gains.keys() & there]
    for kind, found in (("answered", answered), ("not here", elsewhere), ("other subject", others)):
        for query in chance.sample(found, min(len(found), asked.queries)):
            yield kind, query


if __name__ == "__main__":
    sys.exit(main())
