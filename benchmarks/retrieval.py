"""How well search finds: nDCG@10 and recall@10 of words, meaning and both, on public test sets.

    python benchmarks/retrieval.py KIND=PATH... [--engine fastembed:FOLDER]... [--half held-out]
                                   [--queries N] [--together]

KIND=PATH names a test set, see `retrieval_sets.py`. Everything goes through the store and the search
of the product: `words` is its full text alone (BM25), `meaning` its vectors alone, `both` its search,
`ranks` plain reciprocal rank fusion (k = 60) of the first two. `--engine` adds an embedder to the
default one; `--half` takes one half of the queries (default: held-out); `--together` puts all passages
of all sets into one store, as a memory of many subjects. Exit code 1 when, with the default embedder,
`both` is more than 0.01 nDCG below the better of its parts on a set, or not above both on average.
The difference has its standard error over the queries. The last column is a one-sided test of 95 % of
"at most 0.01 below": `shown`, `refuted`, or `open` where the queries are too few to tell. "On every set"
is shown only where each set's is, so that nothing is corrected for the number of sets.
"""

from __future__ import annotations

import argparse
import math
import statistics
import sys
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import apsw
from retrieval_sets import Query, TestSet, kinds, read_sets

from orchestrator.memory.embedder import Embedder
from orchestrator.memory.engine import open_embedder
from orchestrator.memory.lexical import parse
from orchestrator.memory.search import CANDIDATES, search
from orchestrator.store.migrations import migrate
from orchestrator.store.search_index import Item, SearchIndex

TOLERANCE = 0.01
ONE_SIDED = 1.645  # standard errors, 95 %
COLUMNS = ("words", "meaning", "both", "ranks")
Figures = dict[str, tuple[float, float]]  # column -> mean nDCG@10, mean recall@10
ERROR = "error"  # and under this name the standard error of the gap, twice


def main() -> int:
    """Read, measure, print, compare with the targets."""
    parser = argparse.ArgumentParser(description="How well search finds")
    parser.add_argument("sets", nargs="+", metavar="KIND=PATH", help=f"KIND: {', '.join(kinds())}")
    parser.add_argument("--engine", action="append", default=[], help="a further embedder")
    parser.add_argument("--half", choices=("development", "held-out", "all"), default="held-out")
    parser.add_argument("--queries", type=int, default=0, help="at most so many a set (for trying)")
    parser.add_argument("--together", action="store_true", help="all passages in one store")
    asked = parser.parse_args()
    found = [one for name in asked.sets for one in read_sets(*_named(name))]
    sets = [_chosen(one, asked.half, asked.queries) for one in found]
    if asked.together:
        sets = list(_together(sets))
    held = True
    for number, engine in enumerate(["", *asked.engine]):
        embedder = open_embedder(engine=engine)
        figures = {one.name: measure(embedder, one) for one in sets}
        report(embedder.model, sets, figures, asked.half)
        held = held and (number > 0 or _holds(figures))
    return 0 if held else 1


def _named(text: str) -> tuple[str, Path]:
    kind, _equals, path = text.partition("=")
    if kind not in kinds() or not Path(path).exists():
        sys.exit(f"{text}: wanted KIND=PATH with one of {', '.join(kinds())} and a path that exists")
    return kind, Path(path)


def _chosen(one: TestSet, half: str, most: int) -> TestSet:
    queries = [query for query in one.queries if half in ("all", query.half)]
    return replace(one, queries=queries[: most or None])


def _together(sets: list[TestSet]) -> Iterator[TestSet]:
    """The same queries, each to be answered out of the passages of all sets."""
    passages = list(dict.fromkeys(text for one in sets for text in one.passages))
    numbers = {text: number for number, text in enumerate(passages)}
    for one in sets:
        gains = [{numbers[one.passages[n]]: gain for n, gain in q.gains.items()} for q in one.queries]
        queries = [replace(query, gains=moved) for query, moved in zip(one.queries, gains, strict=True)]
        yield replace(one, passages=passages, queries=queries)


# ---------------------------------------------------------------- measuring

_vectors: dict[str, dict[str, array[float]]] = {}  # a passage of two sets is embedded once


def measure(embedder: Embedder, one: TestSet) -> Figures:
    """Every column's means over the set's queries."""
    index = fill(embedder, one.passages)
    ranked = [_ranked(index, embedder, query) for query in one.queries]
    found = {column: _means(one.queries, [lists[column] for lists in ranked]) for column in COLUMNS}
    better = max(("words", "meaning"), key=lambda column: found[column][0])
    gaps = [
        ndcg(query, lists["both"][:10]) - ndcg(query, lists[better][:10])
        for query, lists in zip(one.queries, ranked, strict=True)
    ]
    error = statistics.stdev(gaps) / math.sqrt(len(gaps)) if len(gaps) > 1 else 0.0
    return {**found, ERROR: (error, error)}


def fill(embedder: Embedder, passages: Sequence[str]) -> SearchIndex:
    """A store in memory that holds the passages as r0, r1, ..."""
    connection = apsw.Connection(":memory:")
    migrate(connection)
    index = SearchIndex(connection)
    vectors = _vectors.setdefault(embedder.model, {})
    for text in passages:
        if text not in vectors:
            (vectors[text],) = embedder.passages([text])
    index.put(
        Item(f"r{n}", "own", "e", "insight", "", text, (), False, "", embedder.model, vectors[text])
        for n, text in enumerate(passages)
    )
    return index


def _ranked(index: SearchIndex, embedder: Embedder, query: Query) -> dict[str, list[str]]:
    question = parse(query.text)
    words = [ref for ref, _score in index.lexical(question.phrases, CANDIDATES)]
    vector = embedder.query(question.text)
    meaning = [ref for ref, _score in index.nearest(vector, CANDIDATES, model=embedder.model)]
    both = [hit.ref for hit in search(index, embedder, query.text).hits]
    return {"words": words, "meaning": meaning, "both": both, "ranks": rank_fusion(words, meaning)}


def rank_fusion(*lists: Sequence[str], k: int = 60) -> list[str]:
    """Reciprocal rank fusion (Cormack, Clarke, Buettcher, SIGIR 2009): the sum of 1 / (k + rank)."""
    scores: dict[str, float] = {}
    for found in lists:
        for rank, ref in enumerate(found, start=1):
            scores[ref] = scores.get(ref, 0.0) + 1 / (k + rank)
    return sorted(scores, key=lambda ref: (-scores[ref], ref))


def _means(queries: list[Query], ranked: list[list[str]]) -> tuple[float, float]:
    pairs = [(query, found[:10]) for query, found in zip(queries, ranked, strict=True)]
    return statistics.fmean(ndcg(*pair) for pair in pairs), statistics.fmean(recall(*pair) for pair in pairs)


def ndcg(query: Query, found: list[str]) -> float:
    """Normalised discounted cumulative gain (Jarvelin, Kekalainen 2002) of the first ten."""
    gain = sum(query.gains.get(int(ref[1:]), 0.0) / math.log2(n + 2) for n, ref in enumerate(found))
    best = sorted(query.gains.values(), reverse=True)[:10]
    return gain / sum(g / math.log2(n + 2) for n, g in enumerate(best))


def recall(query: Query, found: list[str]) -> float:
    """The part of what answers that is among the first ten (of ten at most)."""
    return sum(int(ref[1:]) in query.gains for ref in found) / min(10, len(query.gains))


# ---------------------------------------------------------------- telling


def report(model: str, sets: list[TestSet], figures: dict[str, Figures], half: str) -> None:
    """One Markdown table: nDCG@10 (recall@10), and how far `both` is from the better part."""
    print(f"\n{model}, {half} queries: nDCG@10 (recall@10)\n")
    print(f"| set | passages | queries | {' | '.join(COLUMNS)} | both - better part | |")
    print(f"|---|--:|--:|{'--:|' * len(COLUMNS)}--:|---|")
    for one in sets:
        _row(f"{one.name} | {len(one.passages)} | {len(one.queries)}", figures[one.name])
    _row("**mean** | |", _mean(figures))


def _row(begin: str, figures: Figures) -> None:
    cells = " | ".join("{:.3f} ({:.3f})".format(*figures[column]) for column in COLUMNS)
    error = f" ± {figures[ERROR][0]:.3f}" if ERROR in figures else ""
    told = verdict(_gap(figures), figures[ERROR][0]) if ERROR in figures else ""
    print(f"| {begin} | {cells} | {_gap(figures):+.3f}{error} | {told} |", flush=True)


def verdict(gap: float, error: float) -> str:
    """What the queries say of "at most TOLERANCE below": `shown`, `refuted` or `open`."""
    above = gap + TOLERANCE
    if abs(above) < ONE_SIDED * error:
        return "open"
    return "shown" if above >= 0 else "refuted"


def _gap(figures: Figures) -> float:
    return figures["both"][0] - max(figures["words"][0], figures["meaning"][0])


def _mean(figures: dict[str, Figures]) -> Figures:
    def mean(column: str, measure: int) -> float:
        return statistics.fmean(found[column][measure] for found in figures.values())

    return {column: (mean(column, 0), mean(column, 1)) for column in COLUMNS}


def _holds(figures: dict[str, Figures]) -> bool:
    return all(_gap(one) >= -TOLERANCE for one in figures.values()) and _gap(_mean(figures)) > 0


if __name__ == "__main__":
    sys.exit(main())
