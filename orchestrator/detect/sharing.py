"""What a commit says of sharing. A no is heard wherever it stands; a yes only where it was given."""

from __future__ import annotations

import re
from collections.abc import Iterable

from orchestrator.detect.message import Message, parse
from orchestrator.detect.prose import MESSAGE_LIMIT, fold, printable
from orchestrator.detect.sharing_words import ASK, NO, YES, withholds
from orchestrator.detect.trailer_block import SHARE_LINE, squashed

_STRICTNESS = ("", "yes", "ask", "no")
_WORD = re.compile(r"[^\W\d_]+")


def stricter(words: Iterable[str]) -> str:
    """The strictest of some answers, '' (nothing said) when there is none."""
    return max(words, key=_STRICTNESS.index, default="")


def answer(value: str) -> str:
    """What the value of a `Share:` trailer says: yes, ask or no.

    A word that is none of them asks: somebody wanted to say something about sharing.
    """
    text = fold(printable(value)).strip(" .!*_`\"'")
    first = _WORD.match(text)
    if first and first[0] in NO:
        return "no"
    return "yes" if text in YES else "ask"


def share_of(message: str) -> str:
    """What holds for everything that a commit taught: yes, ask, no, or '' for nothing.

    A no, or a wish to be asked, counts at the start of any line: a hosting service may have put text behind
    the trailers. Whoever withholds in other words than our trailer's is asked. A yes is one of the trailers
    at the end, and in a squash speaks for its own commit only. Of what is too long to be read whole,
    nobody knows what stands at its end: that asks.
    """
    said = [answer(value) for value in parse(message).values("share")]
    said += ["ask"] * (len(message) > MESSAGE_LIMIT or withholds(message))
    word = stricter([*said, *_withheld(message)])
    return "" if word == "yes" and len(squashed(message)) > 1 else word


def yes_of(section: Message) -> str:
    """The word for what one commit's own trailers teach: yes or ''."""
    said = stricter(answer(value) for value in section.values("share"))
    return said if said == "yes" else ""


def _withheld(message: str) -> Iterable[str]:
    """The words of lines that look like our trailer, wherever they stand, but for what a yes needs."""
    for found in SHARE_LINE.finditer(message):
        word = _WORD.match(fold(printable(found["value"])).lstrip(" \n*_`\"'"))
        if word and word[0] in NO | ASK:
            yield "no" if word[0] in NO else "ask"
