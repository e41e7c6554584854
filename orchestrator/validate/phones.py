"""Telephone numbers, as people write them; Anatel's area codes tell them from other numbers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from orchestrator.validate.hit import Hit
from orchestrator.validate.policy import Policy
from orchestrator.validate.streets import COUNTED

_NEAR = 48  # characters before a bare number in which a word for talking may stand
_PHONE = re.compile(
    r"(?<![\w.+/-])(?:\+?55[\s-]?)?\(0?\d{2}\)\s?9?\s?\d{4}[\s.-]?\d{4}(?!\d)"
    r"|(?<![\w.+/-])(?:\+?55[\s-]?)?0?\d{2}[\s/-]9[\s.]?\d{4}[-.\s]\d{4}(?![\d-])"
    r"|(?<![\w.+/-])0?\d{2}(?: 9\d{8}|\.9\d{4}[.-]\d{4})(?![\w-]|\.\d)"
    r"|(?<![\w.+/-])\+55[\s-]?\d{2}[\s-]?9?\d{4}[\s-]?\d{4}(?!\d)"
    r"|(?:(?<![\w.+/-])|(?<=wa\.me/))55\d{2}9\d{8}(?![\w-]|\.\d)"
)
# A land line without brackets: an area code, a first digit from 2 to 5, and a dash.
_LAND = re.compile(r"(?<![\w.+/-])0?\d{2}[ -](?P<number>[2-5]\d{3}-\d{4})(?![\d-]|\.\d)")
_ROUND = re.compile(r"\d\d00-\d\d00|\d{3}0-\d{3}[09]")  # a range of lines, ports or years
_LINKED = re.compile(r"(?i)(?:wa\.me/|[?&]phone=)\+?(?P<number>\d{10,15})(?!\d)")
_LONG_RUN = re.compile(r"\d{10}")
_MOBILE = re.compile(r"(?<![\w.+/-])\d{2}9\d{8}(?![\w-]|\.\d)")
_TALKS = re.compile(
    r"(?i)(?<![a-z])(?:mensage[mn]s?|sms|zap|what?s\w{0,4}|contatos?|celular(?:es)?|tele|pix|chavepix)"
)
_ABROAD = re.compile(r"(?<![\w.+/-])\+[1-9]\d{0,2}(?:[\s.-]?\(?\d{1,4}\)?){2,5}(?![\w-])")
_PHONE_NAMED = re.compile(
    r"(?i)(?<![a-z])(?:tel|telefone|fone|celular|cel|whats(?:app)?|zap|contato|ligar|phone|mobile)(?![a-z])"
    r"[^\n\d+]{0,24}(?P<number>(?:\+?\d{1,3}[\s-]?)?\(?(?:\d{2}\)?[\s.-]?)?9?\s?\d{4}[\s.-]?\d{4})(?![\d-])"
)
_YEARS = re.compile(r"(?:19|20)\d\d\D?(?:19|20)\d\d")


def check(text: str, policy: Policy) -> Iterator[Hit]:
    """Telephone numbers: of land lines and mobiles with their area code, abroad, or with a word for one."""
    for start, end in _numbers(text):
        if not COUNTED.match(text, end):
            yield policy.hit(start, end, "personal.phone", "phone")


def _numbers(text: str) -> Iterator[tuple[int, int]]:
    for found in _PHONE.finditer(text):
        if _area_code(found.group()):
            yield found.span()
    for found in _LAND.finditer(text):
        if _area_code(found.group()) and not (
            _YEARS.fullmatch(found["number"]) or _ROUND.fullmatch(found["number"])
        ):
            yield found.span()
    for found in _ABROAD.finditer(text):
        if 10 <= sum(c.isdigit() for c in found.group()) <= 15:
            unopened = found.group().endswith(")") and "(" not in found.group()
            yield found.start(), found.end() - unopened
    for found in _PHONE_NAMED.finditer(text):
        if not _YEARS.fullmatch(found["number"]):
            yield found.span("number")
    if _LONG_RUN.search(text):
        yield from _bare_numbers(text)


def _bare_numbers(text: str) -> Iterator[tuple[int, int]]:
    """Digits without a sign between them: in a link to a person, or with a word for talking before them."""
    for found in _LINKED.finditer(text):
        yield found.span("number")
    for found in _MOBILE.finditer(text):
        near = text[max(0, found.start() - _NEAR) : found.start()]
        if _area_code(found.group()) and _TALKS.search(near):
            yield found.span()


@lru_cache(maxsize=1)
def _area_codes() -> frozenset[str]:
    from tarja.validators import telefone

    return frozenset(telefone.DDDS)


def _area_code(number: str) -> bool:
    """True when the number begins with an area code that Anatel has given out."""
    digits = "".join(c for c in number if c.isdigit())
    national = digits[2:] if digits.startswith("55") and len(digits) >= 12 else digits.removeprefix("0")
    return national[:2] in _area_codes()
