"""Hybrid search: what is near in meaning and what holds the words, ranked by one score (see `fusion`)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol, Unpack

from orchestrator.i18n import _
from orchestrator.lexical import Filters, Phrase, fold
from orchestrator.memory.embedder import Embedder
from orchestrator.memory.fusion import (
    E5,
    WHOLE,
    Evidence,
    Unrelated,
    covered,
    expected,
    information,
    is_near,
    points,
    rounded,
    shares,
    stands_out,
)
from orchestrator.memory.lexical import Question, also, parse
from orchestrator.memory.snippet import snippet

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

    def lexical(self, phrases: Sequence[Phrase], k: int, **filters: Unpack[Filters]) -> Pairs:
        """(ref, BM25), best first, of what has any of the phrases."""
        ...

    def holders(
        self, stems: Iterable[str], refs: Iterable[str], written: Mapping[str, str] = {}
    ) -> tuple[int, Mapping[str, tuple[int, set[str]]]]:
        """About how many items there are; and of each stem, how many hold it and which of these refs do.

        `written`: of a stem the folded word, which a text may hold whole only ("GitHub" has git and hub).
        """
        ...

    def rows(self, refs: Iterable[str]) -> Mapping[str, Text]:
        """The items themselves."""
        ...


@dataclass(frozen=True, slots=True)
class Hit:
    """One result, with the evidence that its score was made of.

    `related` are words of the text from the fields of the question's words; `exact` names the
    identifiers of the question that stand in the text as they are.
    """

    ref: str
    score: float
    evidence: Evidence
    unrelated: Unrelated
    matched_terms: tuple[str, ...]
    related: tuple[str, ...]
    exact: tuple[str, ...]
    snippet: str

    @property
    def holds_all(self) -> bool:
        """Whether every word of the question stands in the text."""
        return self.evidence.share >= WHOLE

    @property
    def why(self) -> tuple[str, ...]:
        """The reasons in the language in use, each with what it adds; they add up to the score as shown."""
        return tuple(f"{worth / 100:+.2f} {reason}" for worth, reason in self._in_hundredths())

    def _in_hundredths(self) -> Iterator[tuple[int, str]]:
        """The reasons that are worth something, rounded so that nothing of the score is lost."""
        told = list(self._reasons())
        parts = rounded([worth for worth, _reason in told], round(self.score, 4))  # as answers have it
        kept = [(part, reason) for part, (_worth, reason) in zip(parts, told, strict=True) if part]
        yield from kept or [(0, reason) for _worth, reason in told[-1:]]

    def _reasons(self) -> Iterator[tuple[float, str]]:
        worth = points(self.evidence, self.unrelated)
        yield worth.identifiers, _("contains {identifiers}").format(identifiers=", ".join(self.exact))
        words, share = ", ".join(self.matched_terms), round(100 * self.evidence.share)
        said = _("words: {words} ({share} % of the question)").format(words=words, share=share)
        yield worth.words, said
        yield worth.related, _("related words: {words}").format(words=", ".join(self.related))
        yield self.score - sum(worth), _("because of what took its place, or whose place it took")
        yield worth.nearness, _nearness(self.evidence.dense, self.unrelated)


def _nearness(dense: float | None, unrelated: Unrelated) -> str:
    if dense is None:
        return _("meaning: not compared")
    near = dense >= unrelated.mean
    said = (
        _("meaning: {similarity} (texts of other subjects: {chance})")
        if near
        else _("no nearer in meaning: {similarity} (texts of other subjects: {chance})")
    )
    return said.format(similarity=f"{dense:.2f}", chance=f"{unrelated.mean:.2f}")


@dataclass(frozen=True, slots=True)
class Found:
    """The ranked hits, and in `notes` what a person should know of how they were found.

    `near` is false where none is nearer to the question than texts of other subjects are, or where the
    question is an identifier that no text holds.
    """

    hits: tuple[Hit, ...]
    notes: tuple[str, ...] = ()
    near: bool = True

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
    if not question.phrases:
        return Found((), (_("there is no word to look for"),))
    words, matched, total = _words(index, question, narrowed)
    dense, notes = _dense(index, embedder, question, words, narrowed)
    unrelated = embedder.unrelated if embedder else E5
    rows = index.rows([*dense, *(ref for ref in words if ref not in dense)])
    exact = {ref: _exact(question, ref, row) for ref, row in rows.items()}
    found = {
        ref: replace(
            words.get(ref, Evidence(None)),
            dense=dense.get(ref),
            exact=len(exact[ref]),
            asked=question.asked,
            alone=question.is_one_word,
        )
        for ref in rows
    }
    scores = {ref: sum(points(evidence, unrelated)) for ref, evidence in found.items()}
    best = sorted(rows, key=lambda ref: (-scores[ref], ref))[:limit]
    hits = (
        _hit(ref, rows[ref], question, found[ref], unrelated, exact[ref], matched.get(ref, ()))
        for ref in best
    )
    return Found(
        tuple(hits), notes, _is_near(question, [found[ref] for ref in best], dense, unrelated, total)
    )


def _is_near(
    question: Question,
    best: Sequence[Evidence],
    dense: Mapping[str, float],
    unrelated: Unrelated,
    total: int,
) -> bool:
    """An identifier is held or it is not: meaning says nothing of it. Without meaning all hits hold words."""
    if not dense:
        return True
    if question.is_named:
        return any(evidence.exact for evidence in best)
    return any(is_near(e, unrelated, total) for e in best) or stands_out(dense.values(), unrelated)


def _words(
    index: Index, question: Question, filters: Filters
) -> tuple[dict[str, Evidence], dict[str, tuple[str, ...]], int]:
    """What the question's words, and words of the same fields, say for each item that holds some; which words
    that are, as they were asked; and about how many items there are.
    """
    own = dict(index.lexical(question.phrases, CANDIDATES, **filters))
    related = dict(index.lexical(question.related_phrases, CANDIDATES, **filters))
    total, holders = index.holders(question.terms, own, question.written)
    _total, near = index.holders(question.related, {**own, **related})
    share, most = shares(holders, total), information(0, total)
    least, least_related = expected(holders, total), expected(near, total)
    whole = covered(holders, near, question.related, total)
    found = {
        ref: Evidence(
            None,
            max(own.get(ref, 0.0) / most, least.get(ref, 0.0)),
            share.get(ref, 0.0),
            max(related[ref] / most, least_related.get(ref, 0.0)) if ref in related else 0.0,
            covered=whole.get(ref, 0.0),
        )
        for ref in {**own, **related}
    }
    held = {ref: [w for key, w in question.terms.items() if ref in holders[key][1]] for ref in found}
    return found, {ref: tuple(dict.fromkeys(words)) for ref, words in held.items()}, total


def _dense(
    index: Index,
    embedder: Embedder | None,
    question: Question,
    words: Mapping[str, Evidence],
    filters: Filters,
) -> tuple[dict[str, float], tuple[str, ...]]:
    """Cosines of the nearest items and of those that the words found, with a note if there are none."""
    if not index.has_vectors:
        return {}, (_("searched by words only: sqlite-vec is not available"),)
    if embedder is None:
        return {}, (_("searched by words only: there is no language model on this machine"),)
    vector, model = embedder.query(question.text), embedder.model
    found = dict(index.nearest(vector, CANDIDATES, model=model, **filters))
    missing = [ref for ref in words if ref not in found]
    return {**found, **index.similarities(vector, missing, model=model)}, ()


def _hit(
    ref: str,
    row: Text,
    question: Question,
    evidence: Evidence,
    unrelated: Unrelated,
    exact: tuple[str, ...],
    matched: tuple[str, ...],
) -> Hit:
    near = also(question, _all_of(row))
    shown = snippet(row.title, row.text, (*matched, *near))
    score = sum(points(evidence, unrelated))
    return Hit(ref, score, evidence, unrelated, matched, near, exact, shown)


def _exact(question: Question, ref: str, row: Text) -> tuple[str, ...]:
    folded = f"{fold(ref)}\n{fold(_all_of(row))}" if question.literals else ""
    return tuple(literal for literal in question.literals if literal in folded)


def _all_of(row: Text) -> str:
    return "\n".join((row.title, row.text, *row.technologies))
