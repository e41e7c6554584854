"""Finds a term however it is written: case, accents, separators and leet make no difference.

`projeto-aguia`, `PROJETO_AGUIA`, `projetoAguia`, `Pr0j3to Águi4` and `proj. águia` are all
"Projeto Águia"; "a guia" is not "Águia", and "aguiar" is not either.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Iterator
from functools import lru_cache
from itertools import pairwise

# Leet, and the Cyrillic and Greek letters that look like Latin ones (Unicode confusables).
_LEET = dict(zip("013457$@8!|l", "oieastsabiii", strict=True))
_CONFUSABLE = dict(zip("аеорсухіјѕкмтвнαοιερντκυ", "aeopcyxijsкmtbнaoiepvtку", strict=True))
_CONFUSABLE |= {"к": "k", "н": "h", "κ": "k", "υ": "u", "у": "y", "в": "b"}
_INNER = frozenset("-_.·*/")  # what may stand between two letters of one word
_HEADS = {
    "projeto": "proj",
    "project": "proj",
    "cliente": "cli",
    "client": "cli",
    "sistema": "sis",
    "programa": "prog",
}
_SHORT = 3  # shorter terms are matched letter for letter


@lru_cache(maxsize=8192)
def _canonical(char: str) -> str:
    folded = unicodedata.normalize("NFKD", char).casefold()
    letters = (_CONFUSABLE.get(c, c) for c in folded if not unicodedata.combining(c))
    return "".join(c for c in (_LEET.get(c, c) for c in letters) if c.isalnum())


def canonical(text: str) -> tuple[str, list[int]]:
    """The letters that count, and for each the index in `text` that it came from."""
    letters: list[str] = []
    places: list[int] = []
    for place, char in enumerate(text):
        for letter in _canonical(char):
            letters.append(letter)
            places.append(place)
    return "".join(letters), places


@lru_cache(maxsize=8192)
def _key(term: str) -> tuple[str, frozenset[int]]:
    """A term's canonical letters, and the offsets in them at which a further word begins."""
    key, starts = "", set()
    words = "".join(c if c.isalnum() or c in _LEET or unicodedata.combining(c) else " " for c in term)
    for word in words.split():
        starts.add(len(key))
        key += canonical(word)[0]
    return key, frozenset(starts - {0})


def _forms(term: str) -> Iterator[str]:
    yield term
    head, _, rest = term.replace("-", " ").replace("_", " ").partition(" ")
    if rest and head.casefold() in _HEADS:
        yield f"{_HEADS[head.casefold()]} {rest}"


def occurrences(text: str, terms: Collection[str]) -> Iterator[tuple[int, int]]:
    """Every (start, end) in `text` at which one of the terms stands as a word of its own."""
    if not terms:
        return
    letters, places = canonical(text)
    for term in terms:
        for form in _forms(term):
            key, breaks = _key(form)
            at = letters.find(key) if key else -1
            while at >= 0:
                span = places[at : at + len(key)]
                start, end = span[0], span[-1] + 1
                letter_for_letter = text[start:end].casefold() == form.casefold()
                if (letter_for_letter or len(key) >= _SHORT) and _is_term(text, span, breaks):
                    yield from [(start, end)] if _bordered(text, start, end) else ()
                at = letters.find(key, at + 1)


def _is_term(text: str, span: list[int], breaks: frozenset[int]) -> bool:
    """True when only a separator stands between the letters: any between words, one within a word.

    Letters set apart one by one ("á g u i a") count too, but only when all of them are.
    """
    gaps = [text[a + 1 : b] for a, b in pairwise(span)]
    if len(gaps) > 2 and all(gap == " " for gap in gaps):
        return True
    return all(
        len(gap) <= 4 if place in breaks else not gap or gap in _INNER or _marks(gap)
        for place, gap in enumerate(gaps, 1)
    )


def _marks(gap: str) -> bool:
    return all(unicodedata.combining(char) for char in gap)


def _bordered(text: str, start: int, end: int) -> bool:
    """True at the borders of a word; a change from lower to upper case is a border too."""
    before, after = text[start - 1 : start], text[end : end + 1]
    left = not before.isalpha() or (before.islower() and text[start].isupper())
    right = not after.isalpha() or (after.isupper() and text[end - 1].islower())
    digits = text[start:end].isdigit() and (before.isdigit() or after.isdigit())
    return left and right and not digits
