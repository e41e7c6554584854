"""Derived forms of a text that remember where each of their characters came from.

Secrets and identifiers hide (by design or by accident) behind full-width digits, zero-width
characters, bidi controls and line breaks. Each form is scanned too, and what is found there is
mapped back to the characters of the original.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

# Control, format and filler characters that no reader sees, and lone surrogates. Sources: Unicode
# general categories Cc, Cf and the default-ignorable code points; tab and line ends stay.
_INVISIBLE = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f"
    "\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb\ud800-\udfff\U000e0000-\U000e0fff]"
)
_DASHES = dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212\u2043\ufe58\ufe63\uff0d", "-")
_LIKENESS = {**_DASHES, "\u2044": "/", "\u2215": "/", "\u2236": ":", "\ua789": ":", "\u2024": "."}


@dataclass(frozen=True, slots=True)
class View:
    """A derived text; character i of it came from `original[starts[i]:ends[i]]`."""

    text: str
    starts: Sequence[int]
    ends: Sequence[int]

    def span(self, start: int, end: int) -> tuple[int, int]:
        """The part of the original that `text[start:end]` came from. Needs start < end."""
        return min(self.starts[start:end]), max(self.ends[start:end])


@lru_cache(maxsize=4096)
def _plain(cluster: str) -> str:
    """NFKC of one character with its marks; marks that will not compose and odd digits go."""
    kept = []
    for char in unicodedata.normalize("NFKC", cluster):
        if unicodedata.combining(char):
            continue
        digit = None if char.isascii() else unicodedata.digit(char, None)
        kept.append(_LIKENESS.get(char, char) if digit is None else str(digit))
    return "".join(kept)


def normalised(text: str) -> View | None:
    """NFKC without invisible characters, ASCII dashes and digits; None where that changes nothing."""
    if _is_plain(text):
        return None
    chars, starts, ends = [], [], []
    seen = [i for i, char in enumerate(text) if not _INVISIBLE.match(char)]
    place = 0
    while place < len(seen):
        first = place
        place += 1
        while place < len(seen) and unicodedata.combining(text[seen[place]]):
            place += 1
        for char in _plain("".join(text[i] for i in seen[first:place])):
            chars.append(char)
            starts.append(seen[first])
            ends.append(seen[place - 1] + 1)
    plain = "".join(chars)
    return None if plain == text else View(plain, starts, ends)


def _is_plain(text: str) -> bool:
    if _INVISIBLE.search(text):
        return False
    unusual = {char for char in set(text) if not char.isascii()}
    return all(_plain(char) == char for char in unusual) and unicodedata.is_normalized("NFC", text)


# A token that a line end (with a continuation mark, a quote or an indent) cuts in two.
_BROKEN = re.compile(
    r"(?<=[A-Za-z0-9_+/=-])[ \t]{0,8}[\\\"'+]{0,3}[ \t]{0,8}\r?\n[ \t>|#*\"'+]{0,16}(?=[A-Za-z0-9_+/=-])"
)
_TOKEN_CHARS = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_+/=-")
_REACH = 200


def joined(text: str) -> View | None:
    """The text with tokens joined that a line end cuts; None where there is none.

    Only where the two sides together look like a token (six and four characters at least, letters
    and digits): prose stays as it is.
    """
    cuts = [m.span() for m in _BROKEN.finditer(text) if _token_like(text, *m.span())]
    if not cuts:
        return None
    places: list[int] = []
    last = 0
    for start, end in cuts:
        places.extend(range(last, start))
        last = end
    places.extend(range(last, len(text)))
    return View("".join(text[i] for i in places), places, [i + 1 for i in places])


def _token_like(text: str, start: int, end: int) -> bool:
    left, right = start, end
    while left > max(0, start - _REACH) and text[left - 1] in _TOKEN_CHARS:
        left -= 1
    while right < min(len(text), end + _REACH) and text[right] in _TOKEN_CHARS:
        right += 1
    both = text[left:start] + text[end:right]
    long_enough = start - left >= 6 and right - end >= 4
    return long_enough and any(c.isdigit() for c in both) and any(c.isalpha() for c in both)
