"""Whether two learnings of one kind say the same: by meaning, and by their words. Pure.

Both gates must pass. Vectors alone take "the certificate of enrolment" for "the school record", words
alone take a list of changes for another that shares half of it. Tuned on one half of 215 labelled pairs
of two Portuguese and two English repositories, measured on the other (ADR 0019). Neither sees that "from 10
to 20" and "from 20 to 10" are opposite, so that the gate of words also asks `contrary` (ADR 0049).
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from orchestrator.leaving import HIDDEN
from orchestrator.lexical import stems
from orchestrator.memory.contrary import contrary, saying
from orchestrator.memory.model_folder import MODEL_ID

SAME_MEANING = {MODEL_ID: 0.955}
"""The cosine from which texts may say the same, by model: another model's cosines are other numbers."""
SAME_WORDS = 0.85
"""Share of the shorter text's words that the longer one holds."""
FEWEST = 4
"""Words that the shorter text must have, to say anything."""

_REFERENCE = re.compile(r"[\w./-]*#\d+|https?://\S+|" + "|".join(map(re.escape, HIDDEN.values())))
_NUMBER = re.compile(r"\d(?:[\w.,]*\w)?")


class Told(NamedTuple):
    """What is compared of a text: stems of its title and of all of it, its numbers, and what was read."""

    title: frozenset[str]
    words: frozenset[str]
    numbers: frozenset[str]
    text: tuple[str, str]


@lru_cache(maxsize=4096)
def told(title: str, content: str) -> Told:
    """A text as it is compared. References to issues and addresses say nothing of what was learnt.

    Nor do the marks where a person took words out: who says it again with those words says the same.
    """
    head = _REFERENCE.sub(" ", title)
    body = _REFERENCE.sub(" ", content)
    whole = f"{head}\n{body}"
    numbers = frozenset(n.casefold() for n in _NUMBER.findall(whole))
    return Told(_words(head), _words(whole), numbers, (head, body))


def same_words(one: Told, other: Told) -> bool:
    """The gate of words: the longer text holds the shorter one.

    Its words but for a few, all its numbers ("from 200 ms" is not "from 300 ms"), and one of the
    titles whole: two titles that each have a word of their own name two things. And nothing contrary.
    """
    short, long = sorted((one, other), key=lambda t: (len(t.words), sorted(t.words), len(t.text[1]), t.text))
    if len(short.words) < FEWEST or not (short.numbers <= long.numbers):
        return False
    if not (short.title <= long.words or long.title <= short.words):
        return False
    if len(short.words & long.words) < SAME_WORDS * len(short.words):
        return False
    return not contrary(saying(*short.text), saying(*long.text))


def _words(text: str) -> frozenset[str]:
    return frozenset(s for s in stems(text) if len(s) > 2 or s.isdigit())
