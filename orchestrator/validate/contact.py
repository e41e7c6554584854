"""Ways to reach a person: e-mail addresses; telephone numbers and streets have modules of their own."""

from __future__ import annotations

import re
from collections.abc import Iterator

from orchestrator.validate import phones, streets
from orchestrator.validate.hit import Hit
from orchestrator.validate.policy import Policy

_DIGIT = re.compile(r"\d")
_EMAIL = re.compile(
    r"(?<![\w.+%-])(?P<local>[\w.+%-]{1,64})@(?P<domain>(?:[\w-]{1,63}\.){1,8}(?P<top>[^\W\d_]{2,24}))(?![^\W_])"
)
_SPELT_OUT = re.compile(
    r"(?i)(?<![\w.])[\w.+-]{2,64}\s{0,2}[\[({<]\s?(?:at|arroba|em)\s?[\])}>]\s{0,2}[\w-]{2,63}"
    r"(?:\s{0,2}(?:\.|[\[({]\s?(?:dot|ponto)\s?[\])}])\s{0,2}[\w-]{2,63}){1,4}"
)
_TOP = r"(?:com|net|org|gov|edu|adv|app|dev|io)(?:\.br)?(?!\w)|br(?!\w)"
# With blanks around the @, with `_at_`, and told in words, as people write against robots.
_SPACED = re.compile(
    r"(?<![\w.+-])(?P<local>(?=[\w+-]{0,63}[._])[\w.+-]{2,64}\s{0,2}@\s{0,2}|[\w+-]{1,64}\s{0,2}@\s{1,2})"
    rf"(?P<domain>(?:[\w-]{{2,63}}\.){{1,5}}(?:{_TOP}))"
)
_BLANK_AT = re.compile(r"\s@|@\s")
_AT = re.compile(rf"(?i)(?<![\w.])[a-z][\w.+-]{{0,60}}_at_(?:[a-z][a-z0-9-]{{1,62}}\.){{1,4}}(?:{_TOP})")
_IN_WORDS = re.compile(
    r"(?i)(?<![\w.])[\w.+-]{2,64}\s{1,2}(?:arroba\s{1,2}[\w-]{2,63}(?:\s{0,2}\.\s{0,2}|\s{1,2}ponto\s{1,2})[a-z]{2,24}"
    r"|at\s{1,2}[\w-]{2,63}\s{1,2}dot\s{1,2}(?:com|net|org|gov|edu|io|dev|br))"
    r"(?:\s{1,2}(?:ponto|dot)\s{1,2}[a-z]{2,24}){0,3}(?!\w)"
)
_BRACKETED = re.compile(r"[\[({<]\s?(?:at|arroba|em)\s?[\])}>]")
# RFC 2606 and RFC 6761 names belong to nobody; forges' and mailers' robots are no persons.
_NOBODY = re.compile(
    r"(?i)(?:^|\.)(?:example|exemplo)\.(?:com|net|org)(?:\.br)?$|\.(?:example|test|invalid|localhost)$"
)
_ROBOT = re.compile(r"(?i)^(?:git|hg|svn|no-?reply|do-?not-?reply|nao-?responda|mailer-daemon|postmaster)$")
# Endings of files and units, but for Paraguay's and Moldova's, that follow an @ in `icon@2x.png`,
# `getty@tty1.service`, `pkg@1.2.x`.
_ENDINGS = (
    "png jpg jpeg gif svg webp ico js jsx ts tsx mjs cjs json css scss less html htm xml yml yaml toml txt "
    "lock java kt go rb php sql vue service socket timer target mount path slice device swap sha git"
)
_NO_DOMAIN = frozenset(_ENDINGS.split())


def check(text: str, policy: Policy) -> Iterator[Hit]:
    """E-mail addresses but for robots' and reserved ones, telephone numbers, streets with a number."""
    yield from _emails(text, policy)
    if _DIGIT.search(text):
        yield from phones.check(text, policy)
        yield from streets.check(text, policy)


def _emails(text: str, policy: Policy) -> Iterator[Hit]:
    if "@" in text:
        for pattern in (_EMAIL, _SPACED) if _BLANK_AT.search(text) else (_EMAIL,):
            for found in pattern.finditer(text):
                if _is_persons(found["local"].rstrip("@ \t\n"), found["domain"]):
                    yield policy.hit(*found.span(), "personal.email", "email")
    for pattern in (_SPELT_OUT, _AT, _IN_WORDS) if _is_told(text) else ():
        for found in pattern.finditer(text):
            yield policy.hit(*found.span(), "personal.email", "email")


def _is_told(text: str) -> bool:
    lowered = text.lower()
    told = any(word in lowered for word in ("arroba", "_at_", " dot "))
    return told or bool(_BRACKETED.search(lowered))


def _is_persons(local: str, domain: str) -> bool:
    return not (
        domain.rpartition(".")[2].lower() in _NO_DOMAIN or _NOBODY.search(domain) or _ROBOT.match(local)
    )
