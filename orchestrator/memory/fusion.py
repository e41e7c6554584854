"""One score of two: how unlikely the meaning, and how much of the question stands in the text.

    score    = nearness + words + related + identifiers
    nearness = (cosine - mean) / deviation           of the model's cosines of unrelated texts
    words    = 1.2 * asked * BM25' * sqrt(share), and 2 more for the word of a question of one word
    related  = 0.6 * asked * BM25' of related words (see `glossary`)
    asked    = 0.75 for a question, 1 for anything else (see `lexical.parse`)
    identifiers = 4 * how many of the question's identifiers the text contains
    BM25'    = BM25, or what its words would be worth among 50 more texts without them (see `expected`)
    share    = information of the question's words that the text holds / of all of them

Scores and not ranks: rank fusion gives the best of a poor word list as much as the best of a good
one, and loses a fifth of what the vectors find across languages. The information of a word is its
BM25 idf, and a word that no text holds has the most: of a question in another language a text
holds one stray name, so `share` is small and meaning decides; of an identifier or a name it holds
all, and words decide. BM25 is counted in units of that most, so that it does not grow with the store.
A few texts do not tell which words are rare: FTS5's idf of a word that one of two holds is 0. So BM25 is
never less than the information of the words held, if there were PRIOR more texts, times PRIOR's part of all.
Who asks does not know the words of the answer; who names what he saw repeats them: so words count for less
in a question (ADR 0046).
One word has no sense for a model of sentences: what holds it stands before what is near it (ADR 0054).
Nothing depends on what else was found, so that hits of several stores can be merged. Chosen on one
half of the queries of benchmarks/retrieval.py, see ADR 0017; what was tried since and not taken, ADR 0025.
Whether anything like the question is known at all is told by `is_near` and `stands_out`: ADR 0044.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from typing import NamedTuple

WORDS_WEIGHT = 1.2
RELATED_WEIGHT = 0.6
ASKED = 0.75  # of both, in a question
EXACT_WEIGHT = 4.0
ONLY_WORD = 2.0  # for a text that holds the only word of a question
WHOLE = 1.0 - 1e-9  # of a share, which is a sum
PRIOR = 50  # texts
FEW = 10  # texts: the smallest store that was measured
MANY = 1_000  # texts: of more, which are not all of different subjects, the nearest is hardly nearer
HELD = 0.5  # of the question's information: a text that holds so much is about it
COVERED = WHOLE  # the same, with words of the same fields: Redis for "cache", not for "cache of tyres"
ALONE = 2.5  # deviations above the mean of the others: in another language all cosines are lower
FAR = 4.0  # of the others' own deviations: what lies near each other, of many, is told apart by less
ONE_IN_FOUR, ONE_IN_TWENTY = (-math.log(-math.log(1 - part)) for part in (0.25, 0.05))
"""What so many of the standard Gumbel law exceed."""
OTHERS = 5  # at least, for their mean to say something
TWICE = 2 * (1.2 + 1) / (2 + 1.2)  # BM25's factor of a word in title and text, where length is average

Holders = Mapping[str, tuple[int, Set[str]]]
"""Word -> how many texts hold it, and which of the refs in question do."""


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
    `related` the BM25' of related words, `exact` how many of the question's identifiers it contains;
    `covered` is `share` with the words for which related ones stand in the text.
    `asked` tells that the words sought are those of a question, `alone` that there is but one.
    `bm25` and `related` are in units of `information(0, total)`.
    """

    dense: float | None
    bm25: float = 0.0
    share: float = 0.0
    related: float = 0.0
    exact: int = 0
    asked: bool = False
    alone: bool = False
    covered: float = 0.0


class Points(NamedTuple):
    """What each part of the evidence adds to a score."""

    nearness: float
    words: float
    related: float
    identifiers: float


def points(evidence: Evidence, unrelated: Unrelated) -> Points:
    """The parts of the module's formula. An item without a vector counts as unrelated."""
    dense = unrelated.mean if evidence.dense is None else evidence.dense
    asked = ASKED if evidence.asked else 1.0
    only = ONLY_WORD if evidence.alone and evidence.share >= WHOLE else 0.0
    return Points(
        (dense - unrelated.mean) / unrelated.deviation,
        WORDS_WEIGHT * asked * evidence.bm25 * math.sqrt(evidence.share) + only,
        RELATED_WEIGHT * asked * evidence.related,
        EXACT_WEIGHT * evidence.exact,
    )


def is_near(evidence: Evidence, unrelated: Unrelated, total: int) -> bool:
    """Whether an item is nearer to the question than the nearest of `total` texts of other subjects is."""
    held = evidence.exact or evidence.share >= HELD or evidence.covered >= COVERED
    return bool(held) or sum(points(evidence, unrelated)) >= greatest(total)


def greatest(total: int, exceeded: float = ONE_IN_FOUR) -> float:
    """What the greatest of `total` standard normal values exceeds so often, by the Gumbel law of it.

    Location and scale are Cramer's (Mathematical Methods of Statistics, 1946, 28.6): 1.9 of 10, 2.5 of 50.
    """
    log = math.log(min(max(total, FEW), MANY))
    scale = math.sqrt(2 * log)
    return scale - (math.log(log) + math.log(4 * math.pi)) / (2 * scale) + exceeded / scale


def stands_out(cosines: Iterable[float], unrelated: Unrelated) -> bool:
    """Whether the nearest item is far nearer than the others that were found."""
    best, *others = sorted(cosines, reverse=True)
    if len(others) < OTHERS:
        return False
    mean = math.fsum(others) / len(others)
    spread = math.sqrt(math.fsum((c - mean) ** 2 for c in others) / len(others))
    return best - mean >= min(ALONE * unrelated.deviation, FAR * spread)


def shares(holders: Holders, total: int) -> dict[str, float]:
    """Ref -> share of the question's information, between 0 and 1, of every ref that holds some."""
    whole = sum(information(count, total) for count, _refs in holders.values())
    return {ref: part / whole for ref, part in _held(holders, total).items()}


def covered(holders: Holders, near: Holders, related: Mapping[str, Set[str]], total: int) -> dict[str, float]:
    """Ref -> `shares`, where a word counts as held, too, by a text that holds one of the same field.

    `near` is of the words in `related`, which maps each to the question's words that it stands for.
    """
    found: dict[str, tuple[int, Set[str]]] = {}
    for word, (count, refs) in holders.items():
        others = (near[other][1] for other, of in related.items() if word in of and other in near)
        found[word] = count, set(refs).union(*others)
    return shares(found, total)


def expected(holders: Holders, total: int) -> dict[str, float]:
    """Ref -> the least that its words are worth in a store of `total` texts, in the units of `Evidence`.

    Of 3 texts it is nearly all, of 1,000 next to nothing.
    """
    most, part = information(0, total + PRIOR), PRIOR / (total + PRIOR)
    return {ref: TWICE * part * held / most for ref, held in _held(holders, total + PRIOR).items()}


def _held(holders: Holders, total: int) -> dict[str, float]:
    """Ref -> the information of the words that it holds."""
    found: dict[str, float] = {}
    for count, refs in holders.values():
        for ref in refs:
            found[ref] = found.get(ref, 0.0) + information(count, total)
    return found


def information(count: int, total: int) -> float:
    """Of a word that `count` of `total` texts hold: BM25's idf, in Lucene's form, never negative."""
    return math.log1p((total - count + 0.5) / (count + 0.5))


def rounded(parts: Sequence[float], total: float) -> list[int]:
    """Parts of a total in hundredths that add up to the total as `:.2f` shows it.

    Each is cut off below; the hundredths that are missing then go to those that lost most.
    """
    whole = round(100 * float(f"{total:.2f}"))
    found = [math.floor(100 * part) for part in parts]
    most_lost = sorted(range(len(parts)), key=lambda n: found[n] - 100 * parts[n])
    for n in range(whole - sum(found)):
        found[most_lost[n % len(parts)]] += 1
    return found
