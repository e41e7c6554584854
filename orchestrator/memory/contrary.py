"""Whether two texts of the same words say opposite things: another order, another name, a denial. Pure.

"From 10 to 20" and "from 20 to 10", "Kafka for RabbitMQ" and the reverse, "with an index" and "without one"
have the same stems, and are near each other for a language model.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import combinations
from typing import NamedTuple

from orchestrator.lexical import fold, stem

IN_ORDER = 0.85
"""Share of two titles' common words that stand in one order in both."""
REWORDED = 0.8
"""Share of the longer title's words that the other has: below, it is another sentence, with its own order."""

_TOKEN = re.compile(r"[^\W_](?:[^\W_]|['’](?=[^\W_])|(?<=\d)[.,](?=\d))*|\n|[.,;:!?()\[\]—–]")
_DENIALS = frozenset({"nao", "sem", "nunca", "jamais", "nem", "not", "without", "never", "dont", "cannot"})
_CEASING = re.compile(r"(?:deix|par)(?:ar|amos|ou|aram|a|am)|evitar|avoid(?:ed|ing)?|stop(?:s|ped|ping)?")
_PORTUGUESE = frozenset(
    {"de", "da", "do", "das", "dos", "em", "na", "que", "para", "com", "ao", "os", "um", "uma"}
)
_LITTLE = _PORTUGUESE | frozenset({
    "a", "o", "e", "as", "se", "ou", "eu", "ja", "so", "la", "ha", "ir", "no", "ti", "me", "te", "vc",
    "pq", "n", "s", "d", "p", "c", "t", "at", "an", "and", "be", "by", "go", "he", "i", "if", "in",
    "is", "it", "my", "of", "on", "or", "to", "up", "us", "we", "vs", "ok", "am", "are", "the", "for",
    "with", "pela", "pelo", "por", "nas", "nos", "sempre", "always", "usar", "use", "using", "used",
})  # fmt: skip
_NAMES = 12  # of a phrase that are compared: more are a list
_REACH = 2  # words of meaning behind a denial that it may deny


class Saying(NamedTuple):
    """What order and denial are judged by; words are stems.

    `phrases` are the words between two signs. `names` are numbers, words with a capital within a phrase, and
    `marks`: words of one or two letters that are no grammar (`SP`, `Go`). `denied` are the words behind a
    denial, `said` the others.
    """

    title: tuple[str, ...]
    phrases: tuple[tuple[str, ...], ...]
    names: frozenset[str]
    marks: frozenset[str]
    denied: frozenset[str]
    said: frozenset[str]


@lru_cache(maxsize=1024)
def saying(title: str, content: str) -> Saying:
    """A text as it is compared."""
    head = [*_phrases(title)]
    phrases = [*head, *_phrases(content)]
    portuguese = any(fold(word) in _PORTUGUESE for phrase in phrases for word in phrase)
    denied, said = _denied(phrases, _DENIALS if portuguese else _DENIALS | {"no"})
    named, short = _named(phrases), _short(head)
    marks = short | {name for name in named if len(name) < 3}
    told = dict.fromkeys(_stem(w) for phrase in head for w in phrase if fold(w) not in _LITTLE - marks)
    stems = tuple(tuple(map(_stem, phrase)) for phrase in phrases)
    numbers = {word for phrase in stems for word in phrase if word[:1].isdigit()}
    return Saying(tuple(told), stems, frozenset(named | marks | numbers), frozenset(marks), denied, said)


def contrary(short: Saying, long: Saying) -> bool:
    """Whether the longer text has other names than the shorter one, another order, or denies what it says."""
    there = {word for phrase in long.phrases for word in phrase}
    return not short.marks <= there or _swapped(short, long) or _is_denied(short, long)


def _is_denied(one: Saying, other: Saying) -> bool:
    """Whether some word is only denied in one and only said in the other."""
    pairs = ((one, other), (other, one))
    return any((a.denied - a.said) & (b.said - b.denied) for a, b in pairs)


def _swapped(one: Saying, other: Saying) -> bool:
    """Whether names changed places within a phrase, or the words of a title that has the same ones."""
    names = one.names | other.names
    here, there = _before(one, names), _before(other, names)
    if any((b, a) in there and (b, a) not in here and (a, b) not in there for a, b in here):
        return True
    mine, theirs = ([w for w in t.title if w in o.title] for t, o in ((one, other), (other, one)))
    if len(mine) < 3 or len(mine) < REWORDED * max(len(one.title), len(other.title)):
        return False
    moved = sum(a != b for a, b in zip(mine, theirs, strict=True))
    return moved == 2 or _in_order(mine, theirs) < IN_ORDER * len(mine)


def _before(text: Saying, names: frozenset[str]) -> set[tuple[str, str]]:
    """Names of which one stands before the other in a phrase."""
    each = ([w for w in phrase if w in names][:_NAMES] for phrase in text.phrases)
    return {pair for phrase in each for pair in combinations(phrase, 2)}


def _in_order(one: Sequence[str], other: Sequence[str]) -> int:
    """Length of the longest common subsequence of two orders of the same words (patience sorting)."""
    place = {word: n for n, word in enumerate(other)}
    ends: list[int] = []
    for word in one:
        at = bisect_left(ends, place[word])
        ends[at : at + 1] = [place[word]]
    return len(ends)


def _short(phrases: Sequence[Sequence[str]]) -> set[str]:
    """Words of one or two letters that are no grammar."""
    short = {fold(word) for phrase in phrases for word in phrase if len(word) < 3}
    return {word for word in short if word not in _LITTLE and not word.isdigit()}


def _named(phrases: Sequence[Sequence[str]]) -> set[str]:
    """Words with a capital in the midst of a phrase that has others too."""
    mixed = (phrase for phrase in phrases if not all(word.isupper() for word in phrase))
    return {_stem(word) for phrase in mixed for word in phrase[1:] if word[0].isupper()}


def _denied(
    phrases: Sequence[Sequence[str]], denials: frozenset[str]
) -> tuple[frozenset[str], frozenset[str]]:
    """The words that stand behind a denial, and those that do not."""
    denied, said = set[str](), set[str]()
    for phrase in phrases:
        reach = 0
        for word in phrase:
            folded = fold(word)
            if folded in denials or _CEASING.fullmatch(folded):
                reach = _REACH
            elif folded not in _LITTLE:
                (denied if reach else said).add(stem(folded))
                reach -= reach > 0
    return frozenset(denied), frozenset(said)


def _stem(word: str) -> str:
    return stem(fold(word))


def _phrases(text: str) -> Iterator[list[str]]:
    phrase: list[str] = []
    for token in (*_TOKEN.findall(text.replace("'", "").replace("’", "")), "\n"):
        if token[0].isalnum():
            if fold(token):  # a mark that stands alone is a letter to `re`, and nothing once folded
                phrase.append(token)
        elif phrase:
            yield phrase
            phrase = []
