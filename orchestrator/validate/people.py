"""People that the repository knows: names and addresses of its authors, as the caller gives them.

There is no recogniser of names here: those that exist are large, slow and miss Portuguese names;
the list of a repository's own authors is exact.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from orchestrator.names import Known, name_words, pairs
from orchestrator.validate.hit import Hit
from orchestrator.validate.policy import Policy
from orchestrator.validate.terms import occurrences

_ROBOT = re.compile(
    r"(?i)\[bot\]|\bbot\b|dependabot|renovate|github|gitlab|jenkins|weblate|pre-commit|^(?:root|admin|user|test|teste|"
    r"developer|dev|unknown|nobody|anonymous|system|deploy|build|docker|ubuntu|release|none|master|main|team|equipe)$"
)


def check(text: str, policy: Policy) -> Iterator[Hit]:
    """Known names, in full, by first name and surname or initials, by a first name alone, and addresses."""
    whole, single, addresses, known = _known(policy.people)
    for start, end in (*occurrences(text, whole), *known.find(text)):
        yield policy.hit(start, end, "personal.name", "person")
    for start, end in occurrences(text, single):
        # A single name may be a word as well ("Rosa", "Flask"): it counts as names are spelt.
        if text[start:end] in single:
            yield policy.hit(start, end, "personal.name", "person")
    lowered = text.lower() if addresses else ""
    if len(lowered) != len(text):
        lowered = text  # a letter that grows when lowered would move every place after it
    for address in addresses:
        for found in re.finditer(re.escape(address), lowered):
            yield policy.hit(*found.span(), "personal.email", "email")


@lru_cache(maxsize=8)
def _known(people: tuple[str, ...]) -> tuple[tuple[str, ...], frozenset[str], tuple[str, ...], Known]:
    """Full names (with their first name and each surname), single names, addresses; robots left out."""
    whole, single, addresses = set(), set(), set()
    persons = [person for person in people if not _ROBOT.search(person.partition("@")[0])]
    for person in persons:
        words = name_words(person)
        if "@" in person:
            addresses.add(person.lower())
        elif len(words) > 1:
            whole |= {person, *pairs(person)}
        elif len(person) >= 4 and person[0].isalpha():
            single.add(person[0].upper() + person[1:])  # who signs as "clara" is written about as "Clara"
    return tuple(sorted(whole)), frozenset(single), tuple(sorted(addresses)), Known.of(persons)
