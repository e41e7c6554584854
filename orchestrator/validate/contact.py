"""Ways to reach a person: e-mail addresses, telephone numbers, street addresses."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from orchestrator.validate.hit import Hit
from orchestrator.validate.policy import Policy

_EMAIL = re.compile(
    r"(?<![\w.+%-])(?P<local>[\w.+%-]{1,64})@(?P<domain>(?:[\w-]{1,63}\.){1,8}(?P<top>[^\W\d_]{2,24}))(?![^\W_])"
)
_SPELT_OUT = re.compile(
    r"(?i)(?<![\w.])[\w.+-]{2,64}\s{0,2}[\[({]\s?(?:at|arroba|em)\s?[\])}]\s{0,2}[\w-]{2,63}"
    r"(?:\s{0,2}(?:\.|[\[({]\s?(?:dot|ponto)\s?[\])}])\s{0,2}[\w-]{2,63}){1,4}"
)
# RFC 2606 and RFC 6761 names belong to nobody; forges' and mailers' robots are no persons.
_NOBODY = re.compile(
    r"(?i)(?:^|\.)(?:example|exemplo)\.(?:com|net|org)(?:\.br)?$|\.(?:example|test|invalid|localhost)$"
)
_ROBOT = re.compile(r"(?i)^(?:git|hg|svn|no-?reply|do-?not-?reply|nao-?responda|mailer-daemon|postmaster)$")
# Endings of files and units that follow an @ in `icon@2x.png`, `getty@tty1.service`, `pkg@1.2.x`.
_ENDINGS = (
    "png jpg jpeg gif svg webp ico js jsx ts tsx mjs cjs json css scss less html htm xml yml yaml toml txt "
    "md lock java kt go rb php py sql vue service socket timer target mount path slice device swap sha git"
)
_NO_DOMAIN = frozenset(_ENDINGS.split())

_PHONE = re.compile(
    r"(?<![\w.+/-])(?:\+?55[\s-]?)?\(0?\d{2}\)\s?9?\s?\d{4}[\s.-]?\d{4}(?!\d)"
    r"|(?<![\w.+/-])(?:\+?55[\s-]?)?\d{2}[\s-]9\s?\d{4}[-.\s]\d{4}(?![\d-])"
    r"|(?<![\w.+/-])\+55[\s-]?\d{2}[\s-]?9?\d{4}[\s-]?\d{4}(?!\d)"
)
_ABROAD = re.compile(r"(?<![\w.+/-])\+[1-9]\d{0,2}(?:[\s.-]?\(?\d{1,4}\)?){2,5}(?![\w-])")
_PHONE_NAMED = re.compile(
    r"(?i)(?<![a-z])(?:tel|telefone|fone|celular|cel|whats(?:app)?|contato|ligar|phone|mobile)(?![a-z])"
    r"[^\n\d+]{0,24}(?P<number>(?:\+?\d{1,3}[\s-]?)?\(?(?:\d{2}\)?[\s-]?)?9?\d{4}[\s.-]?\d{4})(?![\d-])"
)
_ADDRESS = re.compile(
    r"(?<!\w)(?:[Rr]ua|R\.|[Aa]v\.|[Aa]venida|[Tt]ravessa|[Aa]lameda|[Pp]ra[cç]a|[Rr]odovia|[Ee]strada|[Ll]argo)\s+"
    r"[^\n]{3,100}?\d{5}-?\d{3}(?!\d)"
)
_STREET = re.compile(
    r"(?<!\w)(?:[Rr]ua|[Aa]v\.|[Aa]venida|[Tt]ravessa|[Aa]lameda|[Pp]ra[cç]a|[Rr]odovia)\s+"
    r"(?:(?:d[aeo]s?\s+)?[A-ZÀ-Ý][\wÀ-ÿ.]{1,30}\s?){1,6}"
    r",?\s{0,2}(?:n[º°o.]{0,2}\s?)?\d{1,5}(?!\w)"
)


def check(text: str, policy: Policy) -> Iterator[Hit]:
    """E-mail addresses but for robots' and reserved ones, telephone numbers, streets with a number."""
    yield from _emails(text, policy)
    yield from _phones(text, policy)
    for pattern in (_ADDRESS, _STREET):
        for found in pattern.finditer(text):
            yield policy.hit(*found.span(), "personal.address", "address")


def _emails(text: str, policy: Policy) -> Iterator[Hit]:
    for found in _EMAIL.finditer(text):
        if found["top"].lower() in _NO_DOMAIN or _NOBODY.search(found["domain"]):
            continue
        if not _ROBOT.match(found["local"]):
            yield policy.hit(*found.span(), "personal.email", "email")
    for found in _SPELT_OUT.finditer(text):
        yield policy.hit(*found.span(), "personal.email", "email")


def _phones(text: str, policy: Policy) -> Iterator[Hit]:
    for found in _PHONE.finditer(text):
        if _area_code(found.group()):
            yield policy.hit(*found.span(), "personal.phone", "phone")
    for found in _ABROAD.finditer(text):
        if 10 <= sum(c.isdigit() for c in found.group()) <= 15:
            yield policy.hit(*found.span(), "personal.phone", "phone")
    for found in _PHONE_NAMED.finditer(text):
        yield policy.hit(*found.span("number"), "personal.phone", "phone")


@lru_cache(maxsize=1)
def _area_codes() -> frozenset[str]:
    from tarja.validators import telefone

    return frozenset(telefone.DDDS)


def _area_code(number: str) -> bool:
    """True when the number begins with an area code that Anatel has given out."""
    digits = "".join(c for c in number if c.isdigit())
    national = digits[2:] if digits.startswith("55") and len(digits) >= 12 else digits.removeprefix("0")
    return national[:2] in _area_codes()
