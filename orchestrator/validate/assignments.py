"""Passwords and tokens that someone says or assigns, in Portuguese and English.

`DB_PASSWORD=...`, `"senha": "..."`, "a senha do banco é ...": a word for a secret, something that
assigns, and a value that looks like one. An explicit assignment blocks; a mention in prose asks a
person, for it is right less often. Placeholders, names and expressions of code are no values.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from orchestrator.validate import commands, literals, logins, told
from orchestrator.validate.hit import Hit
from orchestrator.validate.policy import Policy
from orchestrator.validate.values import (
    BEGINS,
    CODE,
    OF_A_LOGIN,
    OF_A_MACHINE,
    SPECIAL,
    SUFFIX,
    announces,
    classes,
    is_value,
)

# What may stand between a word for a secret and what assigns ("senha do banco = ").
_OF = (
    r"(?:[ \t]+(?:d[aoe]s?|de|para|for|of|the|an?|o|api|acesso|banco|conta|usu[aá]rio|root|admin|user|prod|"
    r"produ[cç][aã]o|sistema|servidor|server|database|db|key|atual|nova|antiga|padr[aã]o|default)){0,6}"
)
_ASSIGNED = re.compile(
    rf"(?i){BEGINS}(?P<word>(?P<password>{OF_A_LOGIN})|{OF_A_MACHINE})\d{{0,3}}{SUFFIX}{_OF}[\"'`\]*]{{0,3}}"
    r"[ \t]{0,10}(?P<operator>:=|=>|->|\+?==?|:|(?<![a-zà-ÿ])(?:é|eh|is|was|era)(?![a-zà-ÿ]))"
    r"\*{0,2}[ \t]{0,10}(?:[|>][+-]?[ \t]{1,4}|\*{1,2}|\[)?(?P<quote>[\"'`]?)(?P<value>[^\s\"'`]{6,512})"
)
_SAID = re.compile(
    rf"(?i)(?<![A-Za-z])(?:{OF_A_LOGIN})[ \t]{{1,4}}\*{{0,2}}(?P<quote>[\"'`]?)(?P<value>[^\s\"'`]{{8,128}})"
)
_PROSE = frozenset({"é", "eh", "is", "was", "era"})


def check(text: str, policy: Policy) -> Iterator[Hit]:
    """Assigned and mentioned passwords and tokens, and high entropy near a word for a secret."""
    yield from commands.check(text, policy)
    yield from logins.check(text, policy)
    if not announces(text):
        return  # most messages
    for found in _ASSIGNED.finditer(text):
        value, end = _trimmed(found)
        if not is_value(value, bool(found["quote"]), bool(found["password"])):
            continue
        if found["operator"].casefold() in _PROSE:
            yield policy.hit(found.start("value"), end, "secret.mentioned", "credential")
        else:
            yield logins.of_login(policy, found.start("value"), end, "secret.assignment", "secret", value)
    for found in _SAID.finditer(text):
        value, end = _trimmed(found)
        if classes(value) >= 3 and SPECIAL.search(value) and not CODE.search(value):
            yield policy.hit(found.start("value"), end, "secret.mentioned", "credential")
    yield from told.check(text, policy)
    yield from literals.check(text, policy)


def _trimmed(found: re.Match[str]) -> tuple[str, int]:
    """The value and where it ends: up to its quote, or without the punctuation that ends a sentence."""
    quote = found["quote"]
    closed = bool(quote) and found.string.startswith(quote, found.end())
    value = found["value"] if closed else found["value"].rstrip(".,;:)]}*")
    return value, found.start("value") + len(value)
