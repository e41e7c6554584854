"""Detector: what a person teaches explicitly by trailers (DESIGN section 7).

What the trailer says is the learning. What else the message tells belongs to it where the trailer is the only
one: the first line says what it solves, and what was measured was measured of the solution (ADR 0054).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from orchestrator.detect import technologies
from orchestrator.detect.claims import find_claim
from orchestrator.detect.gains import measured
from orchestrator.detect.merging import share_a_word
from orchestrator.detect.message import Message, is_bot, is_rewritten, parse, speaks
from orchestrator.detect.prose import one_line, sentences, words
from orchestrator.detect.scoring import Score
from orchestrator.detect.sharing import yes_of
from orchestrator.detect.trailer_block import KEYS, squashed
from orchestrator.model import Candidate, Change, Commit, Kind, Record, normalise

NAME = "trailers"
_KINDS = {kind.value: kind for kind in (Kind.INSIGHT, Kind.SOLUTION, Kind.PATTERN, Kind.BEST_PRACTICE)}
_ADDRESSING = frozenset({*_KINDS, "share", "supersedes"})
_LISTED = re.compile(r"[,;]")
_TECHNOLOGY_LIMIT = 40  # characters; a longer value is a sentence and not a name
_TELLS = 3  # words of a first line that says what it is about


def find(change: Change, language: str) -> Iterator[Candidate]:
    """One candidate a trailer, also in merges and reverts: a person wrote it there on purpose.

    Bots teach nothing, and a `fixup!` is read in the commit that it melts into.
    """
    commit = change.commit
    if is_bot(commit) or is_rewritten(commit):
        return
    slot, tells = 0, speaks(commit)
    for section in map(parse, squashed(commit.message)):
        for candidate in _taught(section, language, tells=tells):
            yield replace(candidate, slot=slot)
            slot += 1


def _taught(section: Message, language: str, *, tells: bool) -> Iterator[Candidate]:
    """What one commit's own trailers teach, also of a commit that a squash put together with others.

    `tells`: its first line and its figures are its own, and not those of what it merges or takes back.
    """
    taught = [(KEYS[k], v) for k, v in section.trailers if KEYS.get(k) in _KINDS and normalise(v)]
    for meaning, text in taught:
        record = _record(_KINDS[meaning], text, section)
        if len(taught) == 1:
            record = _in_context(record, section, tells=tells)
        score = Score(language).add(0.9, "a person wrote it as a trailer of the commit")
        if record.gain:
            score.add(0.1, "it names a measured gain: {gain}", gain=record.gain)
        reasons, share = tuple(score.reasons), yes_of(section)
        yield Candidate(NAME, normalise(text), record, score.total, reasons, share=share)


def addresses_us(commit: Commit) -> bool:
    """Whether a person wrote a trailer there that teaches, shares or supersedes."""
    if is_bot(commit) or is_rewritten(commit):
        return False
    keys = (key for section in map(parse, squashed(commit.message)) for key, _value in section.trailers)
    return any(KEYS.get(key) in _ADDRESSING for key in keys)


def technologies_of(message: Message) -> tuple[str, ...]:
    """The technologies that trailers name: proper names where well known, else as written."""
    listed = (n.strip() for value in message.values("technology") for n in _LISTED.split(value))
    names = (one_line(n) for n in listed if normalise(n) and len(n) <= _TECHNOLOGY_LIMIT)
    known = ((name, technologies.named(name)) for name in names)
    return tuple(dict.fromkeys(tech.name if tech else name for name, tech in known))


def _record(kind: Kind, text: str, message: Message) -> Record:
    """What the trailer says; its first sentence is the title."""
    first = sentences(text)[0]
    claims = (find_claim(s, performance=kind is Kind.SOLUTION) for s in sentences(text))
    gain = next((c.quote for c in claims if c), "")
    component = next((one_line(v, 80) for v in message.values("component") if "/" not in v), "")
    named = dict.fromkeys((*technologies_of(message), *technologies.mentioned(text)))
    return Record(kind, first.rstrip("."), text, tuple(named), gain, component)


def _in_context(record: Record, message: Message, *, tells: bool) -> Record:
    """The same with what else its message says; a gain of something else is a learning of its own.

    Of a rule for others (a pattern) a gain is no measure.
    """
    said, told = record.content, measured([message]) if tells else None
    apart = told is not None and not share_a_word(said, f"{told.message.title} {told.sentence}")
    gain = told.claim.quote if told and not apart and record.kind is Kind.SOLUTION else ""
    about = words(message.title) >= _TELLS and normalise(message.title) not in normalise(said)
    if message.body:
        said = f"{said}\n\n{message.prose}"
    elif tells and about and not apart:
        said = f"{said}\n\n{message.title}"
    return replace(record, content=said, gain=record.gain or gain)
