"""One score of two: how unlikely the meaning, and how much of the question stands in the text.

    score    = nearness + 1.2 * words + 4 * identifiers
    nearness = (cosine - mean) / deviation           of the model's cosines of unrelated texts
    words    = BM25 * sqrt(share) + 0.5 * BM25 of related words (see `glossary`)
    share    = information of the question's words that the text holds / of all of them

Scores and not ranks: rank fusion gives the best of a poor word list as much as the best of a good
one, and loses a fifth of what the vectors find across languages. The information of a word is its
BM25 idf, and a word that no text holds has the most: of a question in another language a text
holds one stray name, so `share` is small and meaning decides; of an identifier or a name it holds
all, and words decide. BM25 is counted in units of that most, so that it does not grow with the store.
Nothing depends on what else was found, so that hits of several stores can be merged. Chosen on one
half of the queries of benchmarks/retrieval.py, see ADR 0017.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Set
from dataclasses import dataclass

WORDS_WEIGHT = 1.2
RELATED_WEIGHT = 0.5
EXACT_WEIGHT = 4.0


@dataclass(frozen=True, slots=True)
class Unrelated:
    """Mean and standard deviation of a model's cosines of texts that have nothing in common."""

    mean: float
    deviation: float


E5 = Unrelated(0.80, 0.025)  # measured on the default model: it squeezes all cosines together


@dataclass(frozen=True, slots=True)
class Evidence:
    """What speaks for one item.

    `dense` is the cosine (None without a vector), `share` the share of the question's information,
    `related` the BM25 of related words, `exact` how many of the question's identifiers it contains.
    BM25 is in units of `information(0, total)`.
    """

    dense: float | None
    bm25: float = 0.0
    share: float = 0.0
    related: float = 0.0
    exact: int = 0

    @property
    def words(self) -> float:
        """What the words are worth, before their weight."""
        return self.bm25 * math.sqrt(self.share) + RELATED_WEIGHT * self.related


def fused(evidence: Evidence, unrelated: Unrelated) -> float:
    """The score of the module's formula. An item without a vector counts as unrelated."""
    dense = unrelated.mean if evidence.dense is None else evidence.dense
    nearness = (dense - unrelated.mean) / unrelated.deviation
    return nearness + WORDS_WEIGHT * evidence.words + EXACT_WEIGHT * evidence.exact


def shares(holders: Mapping[str, tuple[int, Set[str]]], total: int) -> dict[str, float]:
    """Ref -> share of the question's information, between 0 and 1, of every ref that holds some.

    `holders` maps each of the question's words to the number of texts that hold it, of `total`, and
    to those of the refs in question that do.
    """
    parts = {word: information(count, total) for word, (count, _refs) in holders.items()}
    whole = sum(parts.values())
    found: dict[str, float] = {}
    for word, (_count, refs) in holders.items():
        for ref in refs:
            found[ref] = found.get(ref, 0.0) + parts[word] / whole
    return found


def information(count: int, total: int) -> float:
    """Of a word that `count` of `total` texts hold: BM25's idf, in Lucene's form, never negative."""
    return math.log1p((total - count + 0.5) / (count + 0.5))
