"""Near-identical candidates of one commit become one: the explicit one, with all reasons."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from orchestrator.lexical import STOP_WORDS, parts, stem
from orchestrator.model import Candidate, Kind, normalise

OVERLAP = 0.6
"""Share of the shorter title's words that the other text must hold to be the same learning."""

_MESSAGE_DETECTORS = ("trailers", "gains", "fixes")  # in the order in which they win


def merge(candidates: Iterable[Candidate]) -> tuple[Candidate, ...]:
    """Merge the candidates that were read from one message, and those of one kind and topic.

    Order of the rest is kept. The winner keeps its own words; it takes over a gain and technologies
    that it lacks, the higher score, and the reasons of both.
    """
    kept: list[Candidate] = []
    for candidate in sorted(candidates, key=_precedence):
        twin = next((i for i, other in enumerate(kept) if _same(other, candidate)), None)
        if twin is None:
            kept.append(candidate)
        else:
            kept[twin] = _join(kept[twin], candidate)
    return tuple(kept)


def _precedence(candidate: Candidate) -> int:
    names: Sequence[str] = _MESSAGE_DETECTORS
    return names.index(candidate.detector) if candidate.detector in names else len(names)


def _same(winner: Candidate, other: Candidate) -> bool:
    if (winner.record.kind, winner.topic) == (other.record.kind, other.topic):
        return True
    if other.detector not in _MESSAGE_DETECTORS or winner.detector not in _MESSAGE_DETECTORS:
        return False
    if winner.detector == other.detector:
        return False  # two trailers are two learnings
    if winner.detector != "trailers":
        return winner.record.kind is other.record.kind is Kind.SOLUTION  # one message, one solution
    if winner.record.kind is other.record.kind is Kind.SOLUTION and _tells(winner, other):
        return True
    gains = normalise(winner.record.gain), normalise(other.record.gain)
    return (all(gains) and gains[0] == gains[1]) or _overlap(winner, other) >= OVERLAP


def _tells(winner: Candidate, other: Candidate) -> bool:
    """Whether a trailer's solution has what the other is about, and a gain of its own where that has one."""
    title, said = other.record.title, winner.record.content
    if f" {normalise(title)} " not in f" {normalise(said)} ":
        return False
    own = said.partition("\n\n")[0]
    return not other.record.gain or (bool(winner.record.gain) and share_a_word(own, title))


def share_a_word(one: str, other: str) -> bool:
    """Whether a word that may name what they are about stands in both of two texts of one message."""
    return not _names(one).isdisjoint(_names(other))


def _names(text: str) -> set[str]:
    return {stem(word) for word in parts(text) if len(word) > 2 and word not in STOP_WORDS and word.isalpha()}


def _overlap(winner: Candidate, other: Candidate) -> float:
    """How much of the shorter of two learnings the longer one says, 0..1, by words of over two letters."""
    one, two = (
        {w for w in normalise(f"{c.record.title} {c.record.gain}").split() if len(w) > 2 or w.isdigit()}
        for c in (winner, other)
    )
    return len(one & two) / min(len(one), len(two)) if one and two else 0.0


def _join(winner: Candidate, other: Candidate) -> Candidate:
    record = replace(
        winner.record,
        gain=winner.record.gain or other.record.gain,
        component=winner.record.component or other.record.component,
        technologies=tuple(dict.fromkeys((*winner.record.technologies, *other.record.technologies))),
    )
    return replace(
        winner,
        record=record,
        score=max(winner.score, other.score),
        reasons=tuple(dict.fromkeys((*winner.reasons, *other.reasons))),
        paths=tuple(dict.fromkeys((*winner.paths, *other.paths))),
    )
