"""How people are written about: by first name and a surname, with initials, by first name alone. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

PARTICLES = frozenset({"da", "de", "do", "das", "dos", "e", "van", "von", "di", "del"})

_INITIALS = re.compile(
    r"(?<!\w)(?=(?P<who>(?P<first>[^\W\d_]{1,30})(?:\.[ \n]?|[ \n]+(?=[^\W\d_]\.))(?:[^\W\d_]\.[ \n]?){0,3}"
    r"(?P<last>[^\W\d_]{2,30}))(?!\w))"
)
# What stands before or behind a first name that is one: "do Bruno", "Bruno found". Nothing else tells
# Rosa from a rose.
_ALONE = re.compile(
    r"(?:(?<=\b[oa][ \n])|(?<=\b[dn][oa][ \n])|(?<=\bao[ \n])|(?<=\bpel[oa][ \n])|(?<=\bby[ \n])|(?<=@)"
    r"|(?<=\bcom[ \n])|(?<=\bfrom[ \n])|(?<=\bwith[ \n]))(?P<before>[^\W\d_]{3,30})(?![\w-])"
    r"|(?<![\w.-])(?P<behind>[^\W\d_]{3,30})(?=[ \n](?:found|asked?|asks|said|says|noticed|suggested|"
    r"reported|measured|fixed|wrote|achou|pediu|disse|notou|sugeriu|reportou|relatou|mediu|corrigiu|escreveu|encontrou|trocou|mostrou|"
    r"descobriu|percebeu)(?!\w))"
)


def name_words(name: str) -> list[str]:
    """The words of a name without `da`, `von` and the like."""
    return [word for word in name.split() if word.casefold() not in PARTICLES]


def pairs(name: str) -> list[str]:
    """The first name with each of the surnames: `Diego Rabatone Oliveira` gives two."""
    first, *others = name_words(name) or [""]
    return [f"{first} {other}" for other in others if len(other) > 2]


@dataclass(frozen=True, slots=True)
class Known:
    """Some people's names, folded: (first name or its letter, surname), and first names as they are spelt."""

    together: frozenset[tuple[str, str]]
    alone: frozenset[str]

    @classmethod
    def of(cls, names: Iterable[str]) -> Known:
        """Of names with two words and more; an address is none."""
        together: set[tuple[str, str]] = set()
        alone: set[str] = set()
        for words in (name_words(name) for name in names if "@" not in name):
            if len(words) > 1 and len(words[0]) > 2:
                folded = [_fold(word) for word in words]
                together |= {(first, last) for first in (folded[0], folded[0][0]) for last in folded[1:]}
                alone.add(words[0][0].upper() + words[0][1:])
        return cls(frozenset(together), frozenset(alone))

    def find(self, text: str) -> Iterator[tuple[int, int]]:
        """Where somebody is named by initials and a surname, or by a first name alone."""
        for found in _INITIALS.finditer(text) if self.together and "." in text else ():
            if (_fold(found["first"]), _fold(found["last"])) in self.together:
                yield found.span("who")
        for found in _ALONE.finditer(text) if self.alone else ():
            if found[found.lastgroup or 0] in self.alone:
                yield found.span(found.lastgroup or 0)


def _fold(word: str) -> str:
    decomposed = unicodedata.normalize("NFD", word).casefold()
    return "".join(c for c in decomposed if not unicodedata.combining(c))
