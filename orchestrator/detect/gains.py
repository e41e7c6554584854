"""Detector: solutions whose commit message claims a measured gain."""

from __future__ import annotations

from collections.abc import Iterator

from orchestrator.detect import technologies
from orchestrator.detect.claims import Claim, find_claim
from orchestrator.detect.message import PERFORMANCE_TYPES, Message, parse, speaks
from orchestrator.detect.prose import sentences, words
from orchestrator.detect.scoring import Score
from orchestrator.model import Candidate, Change, Kind, Record, normalise

NAME = "gains"
_BODY_SENTENCES = 60  # a longer body is a list of squashed commits or a changelog
_EXPLAINED = 12  # words of a body that explains


def find(change: Change, language: str) -> Iterator[Candidate]:
    """At most one candidate a commit: its subject, its body, and the first claim, quoted."""
    if not speaks(change.commit):
        return
    message = parse(change.commit.message)
    found = _first_claim(message)
    if found is None or not normalise(message.title):
        return
    claim, sentence = found
    title = message.title if words(message.title) > 2 else sentence
    named = technologies.mentioned(message.prose)
    record = Record(Kind.SOLUTION, title, message.prose, named, gain=claim.quote)
    score = _score(message, claim, named, Score(language))
    yield Candidate(NAME, normalise(f"{title} {claim.quote}"), record, score.total, tuple(score.reasons))


def _first_claim(message: Message) -> tuple[Claim, str] | None:
    performance = message.type in PERFORMANCE_TYPES
    said = [message.title, *(s for block in message.blocks for s in sentences(block))]
    for sentence in said[:_BODY_SENTENCES]:
        if claim := find_claim(sentence, performance=performance):
            return claim, sentence
    return None


def _score(message: Message, claim: Claim, named: tuple[str, ...], score: Score) -> Score:
    score.add(0.55, "the message claims a measured gain: {gain}", gain=claim.quote)
    if message.type in PERFORMANCE_TYPES:
        score.add(0.1, "the commit is typed as performance work")
    if claim.quote in message.title:
        score.add(0.1, "the gain stands in the first line")
    if words(message.body) >= _EXPLAINED:
        score.add(0.1, "the message explains how")
    if named:
        score.add(0.05, "it names a well-known technology")
    return score
