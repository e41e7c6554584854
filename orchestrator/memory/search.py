"""Hybrid search: meaning and words, fused by scores that can be explained.

    score = 0.7 * (cosine - MEAN) / DEVIATION + 0.9 * BM25 / terms + exactness
    BM25  = that of the question's words + 0.5 * that of related words (see `glossary`)

Scores and not ranks: rank fusion gives the best of a poor word list as much as the best of a good
one, and loses a fifth of what the vectors find across languages. BM25 is divided by the number of
the question's content words, so that one stray word in a long question weighs little. MEAN and
DEVIATION are the model's cosines of unrelated texts: e5 squeezes all cosines together, two random
texts have 0.79. They are constants, so that a score does not depend on what else is stored.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, Unpack

from orchestrator.i18n import _
from orchestrator.lexical import Filters, fold
from orchestrator.memory.embedder import Embedder
from orchestrator.memory.lexical import Question, also, matched, parse
from orchestrator.memory.snippet import snippet

DENSE_WEIGHT = 0.7
LEXICAL_WEIGHT = 0.9
RELATED_WEIGHT = 0.5
EXACT_WEIGHT = 3.0
MEAN, DEVIATION = 0.80, 0.025
CANDIDATES = 50  # of each kind; vec0's cost grows with it

Pairs = Sequence[tuple[str, float]]


class Text(Protocol):
    """What search shows of an item."""

    @property
    def title(self) -> str:
        """One line."""
        ...

    @property
    def text(self) -> str:
        """All of it."""
        ...

    @property
    def technologies(self) -> tuple[str, ...]:
        """Their names."""
        ...


class Index(Protocol):
    """Where the texts are: `store.search_index.SearchIndex`, or whatever can do the same."""

    @property
    def has_vectors(self) -> bool:
        """False where vectors cannot be searched."""
        ...

    def nearest(self, vector: Sequence[float], k: int, *, model: str, **filters: Unpack[Filters]) -> Pairs:
        """(ref, cosine), best first."""
        ...

    def similarities(
        self, vector: Sequence[float], refs: Iterable[str], *, model: str
    ) -> Mapping[str, float]:
        """Cosine to these refs, as far as they have vectors of the model."""
        ...

    def lexical(self, match: str, k: int, **filters: Unpack[Filters]) -> Pairs:
        """(ref, BM25), best first."""
        ...

    def rows(self, refs: Iterable[str]) -> Mapping[str, Text]:
        """The items themselves."""
        ...


@dataclass(frozen=True, slots=True)
class Hit:
    """One result. `dense` is the cosine (None without a vector), `lexical` BM25 per content word.

    `related` are words of the text from the fields of the question's words; `exact` names the
    identifiers of the question that stand in the text as they are.
    """

    ref: str
    score: float
    dense: float | None
    lexical: float
    matched_terms: tuple[str, ...]
    related: tuple[str, ...]
    exact: tuple[str, ...]
    snippet: str

    @property
    def why(self) -> tuple[str, ...]:
        """The reasons in the language in use, strongest first."""
        reasons = []
        if self.exact:
            reasons.append(_("contains {identifiers}").format(identifiers=", ".join(self.exact)))
        if self.matched_terms:
            reasons.append(_("words: {words}").format(words=", ".join(self.matched_terms)))
        if self.related:
            reasons.append(_("related words: {words}").format(words=", ".join(self.related)))
        if self.dense is not None:
            reasons.append(_("meaning: {similarity}").format(similarity=f"{self.dense:.2f}"))
        return tuple(reasons)


@dataclass(frozen=True, slots=True)
class Found:
    """The ranked hits, and in `notes` what a person should know of how they were found."""

    hits: tuple[Hit, ...]
    notes: tuple[str, ...] = ()

    def __iter__(self) -> Iterator[Hit]:
        return iter(self.hits)

    def __len__(self) -> int:
        return len(self.hits)


def search(
    index: Index,
    embedder: Embedder | None,
    query: str,
    filters: Filters | None = None,
    limit: int = 10,
) -> Found:
    """Search by meaning and by words; by words alone without an embedder or without vectors.

    `filters` are keyword values, see `lexical.Filters`. A question without a word finds nothing. Raises what
    the index and the embedder raise.
    """
    question, narrowed = parse(query), filters or Filters()
    if not question.match:
        return Found((), (_("there is no word to look for"),))
    lexical = _lexical(index, question, narrowed)
    dense, notes = _dense(index, embedder, question, lexical, narrowed)
    rows = index.rows([*dense, *(ref for ref in lexical if ref not in dense)])
    exact = {ref: _exact(question, ref, row) for ref, row in rows.items()}
    size = len(question.terms)
    scores = {r: fused(dense.get(r), lexical.get(r, 0.0), size, len(exact[r])) for r in rows}
    best = sorted(rows, key=lambda ref: (-scores[ref], ref))[:limit]
    hits = (
        _hit(ref, rows[ref], question, scores[ref], dense.get(ref), lexical.get(ref, 0.0), exact[ref])
        for ref in best
    )
    return Found(tuple(hits), notes)


def fused(dense: float | None, bm25: float, terms: int, exact: int) -> float:
    """The score of the module's formula. An item without a vector counts as unrelated."""
    meaning = 0.0 if dense is None else (dense - MEAN) / DEVIATION
    return DENSE_WEIGHT * meaning + LEXICAL_WEIGHT * bm25 / max(1, terms) + EXACT_WEIGHT * exact


def _lexical(index: Index, question: Question, filters: Filters) -> dict[str, float]:
    """BM25 of the question's words and, at half weight, of words of the same fields."""
    scores = dict(index.lexical(question.match, CANDIDATES, **filters))
    if question.related_match:
        for ref, score in index.lexical(question.related_match, CANDIDATES, **filters):
            scores[ref] = scores.get(ref, 0.0) + RELATED_WEIGHT * score
    return scores


def _dense(
    index: Index,
    embedder: Embedder | None,
    question: Question,
    lexical: Mapping[str, float],
    filters: Filters,
) -> tuple[dict[str, float], tuple[str, ...]]:
    """Cosines of the nearest items and of those that the words found, with a note if there are none."""
    if not index.has_vectors:
        return {}, (_("searched by words only: sqlite-vec is not available"),)
    if embedder is None:
        return {}, (_("searched by words only: there is no language model on this machine"),)
    vector, model = embedder.query(question.text), embedder.model
    found = dict(index.nearest(vector, CANDIDATES, model=model, **filters))
    missing = [ref for ref in lexical if ref not in found]
    return {**found, **index.similarities(vector, missing, model=model)}, ()


def _hit(
    ref: str,
    row: Text,
    question: Question,
    score: float,
    dense: float | None,
    bm25: float,
    exact: tuple[str, ...],
) -> Hit:
    terms, near = matched(question, _all_of(row)), also(question, _all_of(row))
    return Hit(
        ref=ref,
        score=score,
        dense=dense,
        lexical=bm25 / max(1, len(question.terms)),
        matched_terms=terms,
        related=near,
        exact=exact,
        snippet=snippet(row.title, row.text, (*terms, *near)),
    )


def _exact(question: Question, ref: str, row: Text) -> tuple[str, ...]:
    folded = f"{fold(ref)}\n{fold(_all_of(row))}" if question.literals else ""
    return tuple(literal for literal in question.literals if literal in folded)


def _all_of(row: Text) -> str:
    return "\n".join((row.title, row.text, *row.technologies))
