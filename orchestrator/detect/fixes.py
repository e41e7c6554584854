"""Detector: fixes that explain both the cause and the cure.

A keyword such as "fix" marks 23 to 62 % of all commits, so it proves nothing (facts/git-capture.md
section 5): asked for are a type, a link or a word in the first line, a body of prose, a cause, and a cure.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from enum import Enum

from orchestrator.detect import technologies
from orchestrator.detect.fix_words import ACTS, ADDS, CAUSE, CURE, FAILURE, FIX_WORD, TRIVIAL, WEAK
from orchestrator.detect.message import Message, parse, speaks
from orchestrator.detect.prose import fold, one_line, sentences, words
from orchestrator.detect.scoring import Score
from orchestrator.detect.trailer_block import squashed
from orchestrator.lexical import stems
from orchestrator.model import Candidate, Change, Kind, Record, normalise

NAME = "fixes"
_ADDRESS = re.compile(r"\(?https?://\S+")
_BRANCH = re.compile(r"(?:fix|feat|hotfix|bugfix|chore|feature)/\S", re.IGNORECASE)
_LABEL = re.compile(r"\*\*[^*\n]{1,60}\*\*:?\s*")  # of a form: "**Motivation:** the total was empty"
_OF_TESTS = re.compile(r"\W*\w+\((?:[\w-]*[_-])?tests?\)!?:", re.IGNORECASE)
_BRINGS = frozenset(
    {"feat", "feature", "docs", "doc", "style", "test", "tests", "revert", "release", "melhoria"}
)
_NAMED = 3  # words that a title without an address must have more of
_WORDS = 15  # of prose: less explains no cause and cure
_LONG = 50
_PROSE = 10  # words that some block must have: a list of squashed commits has none so long
_TITLE = 120  # characters
_MOST = 400  # more is a squashed list or a pasted log
_TOPIC = 200  # characters of the explanation that tell two fixes of one subject apart


class _Sign(Enum):
    """By what a commit is a fix: its type or a link, a word in its first line, a failure that it tells of."""

    TYPE = 1
    WORD = 2
    FAILURE = 3


def find(change: Change, language: str) -> Iterator[Candidate]:
    """At most one candidate a commit; nothing for a bare "fix typo"."""
    if not speaks(change.commit) or _OF_TESTS.match(change.commit.subject):
        return
    message = parse(change.commit.message)
    sign = _sign(message) if _is_prose(message) else None
    if sign is None or not _is_titled(message):
        return
    commits = [parse(each) for each in squashed(change.commit.message)]
    if len(commits) > 1:  # each of them may tell in its first line
        if sign is _Sign.FAILURE:
            return
        commits = [replace(each, blocks=(each.title, *each.blocks)) for each in commits]
    cause, cure = _told(commits, message.title)
    if sign is _Sign.FAILURE and WEAK.fullmatch(cause):
        return
    score = _score(message, sign, (cause, cure), Score(language))
    named = technologies.mentioned(message.prose)
    record = Record(Kind.SOLUTION, _title(message), message.prose, named)
    topic = normalise(f"{message.title} {message.prose[:_TOPIC]}")
    yield Candidate(NAME, topic, record, score.total, tuple(score.reasons))


def _title(message: Message) -> str:
    """The first line; where it is a branch's name or an address, the sentence that tells the cause."""
    said = _ADDRESS.sub("", message.title).rstrip(" ;:,.-")
    if not _BRANCH.match(message.title) and (said == message.title.rstrip(" ;:,.-") or words(said) > _NAMED):
        return said
    told = (s for block in message.blocks for s in sentences(block) if CAUSE.search(fold(s)))
    return one_line(_LABEL.sub("", next(told, said)), _TITLE)


def _sign(message: Message) -> _Sign | None:
    """By what a commit is a fix, if it is one.

    A first line that adds something is of a feature, whatever failures it prevents.
    """
    title = fold(_ADDRESS.sub("", message.title))
    if message.is_fix:
        return _Sign.TYPE
    if not message.type and FIX_WORD.search(title):
        return _Sign.WORD
    if message.type in _BRINGS or ADDS.match(title) or not FAILURE.search(fold(message.body)):
        return None
    return _Sign.FAILURE


def _is_prose(message: Message) -> bool:
    """A body that can hold cause and cure."""
    counted = [words(block) for block in message.blocks]
    return _WORDS <= sum(counted) <= _MOST and max(counted) >= _PROSE


def _is_titled(message: Message) -> bool:
    """A first line that is of one change, and not of what explains itself."""
    title = fold(_ADDRESS.sub("", message.title))
    is_list = title.endswith(":") or len(title) > _TITLE  # "Several corrections:", or no title at all
    return not (is_list or words(message.title) < 3 or TRIVIAL.search(title))


def _score(message: Message, sign: _Sign, told: tuple[str, str], score: Score) -> Score:
    cause, cure = told
    if sign is _Sign.TYPE:
        score.add(0.2, "the commit is typed as a fix or linked to what it fixes")
    elif sign is _Sign.WORD:
        score.add(0.15, "the first line speaks of a correction")
    else:
        score.add(0.15, "the message tells of a failure")
    if cause:
        score.add(0.2, 'the message tells the cause ("{words}")', words=cause)
    if cure:
        score.add(0.15, 'the message tells the cure ("{words}")', words=cure)
    elif cause and (done := ACTS.match(fold(message.title))):
        score.add(0.1, 'the first line tells the cure ("{words}")', words=done[0])
    if words(message.body) >= _LONG:
        score.add(0.05, "the explanation is long")
    if technologies.mentioned(message.title):
        score.add(0.05, "it names a well-known technology")
    return score


def _told(commits: list[Message], title: str) -> tuple[str, str]:
    """The words that tell cause and cure, '' where none do.

    Both in one commit of a squash, within two blocks that follow each other: far apart they belong to
    different changes. In a list each item may be another change: there both speak of what the title says.
    """
    best = ("", "")
    for near in (near for commit in commits for near in _together(commit, title)):
        cause, cure = CAUSE.search(near), CURE.search(near)
        found = (cause[0] if cause else "", cure[0] if cure else "")
        best = max(best, found, key=lambda f: (sum(map(bool, f)), bool(f[0])))
    return best


def _together(message: Message, title: str) -> list[str]:
    """Blocks that follow each other, two and two, folded."""
    folded = [fold(block) for block in message.blocks]
    if message.items >= len(folded) and not _BRANCH.match(title):
        subject = _subject(title)
        folded = [block if subject & _subject(block) else "" for block in folded]
    return [f"{one}\n{two}" for one, two in zip(folded, [*folded[1:], ""], strict=False)]


def _subject(text: str) -> set[str]:
    """The stems of a text that may name what it is about."""
    return {s for s in stems(text) if len(s) > 3 and not FIX_WORD.fullmatch(s)}
