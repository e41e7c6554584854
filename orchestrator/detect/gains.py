"""Detector: solutions whose commit message claims a measured gain."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from orchestrator.detect import technologies
from orchestrator.detect.claim_words import PLANNED
from orchestrator.detect.claims import Claim, find_claim
from orchestrator.detect.message import PERFORMANCE_TYPES, Message, parse, speaks
from orchestrator.detect.prose import cut, fold, sentences, words
from orchestrator.detect.scoring import Score
from orchestrator.detect.trailer_block import squashed
from orchestrator.model import Candidate, Change, Kind, Record, normalise

NAME = "gains"
_BODY_SENTENCES = 60  # a longer body is a list of squashed commits or a changelog
_EXPLAINED = 12  # words of a body that explains


class Told(NamedTuple):
    """A claim, the sentence that makes it, and the commit (of a squash: one of them) that tells it."""

    claim: Claim
    sentence: str
    message: Message


def find(change: Change, language: str) -> Iterator[Candidate]:
    """At most one candidate a commit: its subject, its body, and the first claim, quoted."""
    if not speaks(change.commit):
        return
    told = measured([parse(each) for each in squashed(change.commit.message)])
    if told is None or not normalise(told.message.title):
        return
    claim, sentence, message = told
    title = message.title if words(message.title) > 2 else sentence
    named = technologies.mentioned(message.prose)
    record = Record(Kind.SOLUTION, title, _content(told), named, gain=claim.quote)
    score = _score(message, claim, named, Score(language))
    yield Candidate(NAME, normalise(f"{title} {claim.quote}"), record, score.total, tuple(score.reasons))


def measured(sections: list[Message]) -> Told | None:
    """The first claim of a message. Each commit of a squash is judged by its own type, if it has one."""
    said = [(sentence, section) for section in sections for sentence in (section.title, *_said(section))]
    for sentence, section in said[:_BODY_SENTENCES]:
        performance = (section.type or sections[0].type) in PERFORMANCE_TYPES
        if claim := find_claim(sentence, performance=performance):
            return Told(claim, sentence, section)
    return None


def _said(section: Message) -> Iterator[str]:
    """The sentences of a body without those below a heading such as "Expected improvements:"."""
    planned = False
    for block in section.blocks:
        if block.rstrip(" *_").endswith(":"):
            planned = bool(PLANNED.search(fold(block)))
        if not planned:
            yield from sentences(block)


def _content(told: Told) -> str:
    """The prose of the commit; who reviews it finds the claim's sentence there, however long it is."""
    prose = told.message.prose
    if told.sentence in cut(prose):
        return prose
    title, _, rest = prose.partition("\n\n")
    return f"{title}\n\n{told.sentence}\n\n{rest}"


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
