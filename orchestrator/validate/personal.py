"""Brazilian identifiers, cards and PIX keys: own patterns, tarja's check digits.

The patterns are ours because a look inside longer digit runs (tarja's own search) finds chance
numbers in hashes and timestamps, and because they cost a tenth. Every rule needs its check digit;
those that a random number passes too easily, or that have none, need a word nearby as well.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import NamedTuple

from orchestrator.validate.hit import Hit
from orchestrator.validate.policy import Policy

_DIGIT = re.compile(r"\d")
NEAR = 48  # characters before a number in which its name may stand

# A number stands alone: no digit beside it. Signs beside it hide nothing, for lists and CSV are full of
# them, but where they make it a part of another number: see `_is_part`.
_FROM = r"(?<!\d)"
_UNTIL = r"(?!\d)"
_ALONE = r"(?<![A-Za-z0-9])"
_ENDS = r"(?![A-Za-z0-9])"

_CPF_DOTTED = _FROM + r"\d{3}\.\s?\d{3}\.\s?\d{3}\s?[-/.]\s?\d{2}" + _UNTIL
_CPF_PLAIN = _FROM + _ALONE + r"\d{3}[ .]?\d{3}[ .]?\d{3}[ .\-/]?\d{2}" + _ENDS + _UNTIL
# Other separators, one and the same throughout: "529,982,247.25" may be an amount, "529,982,247-25" is none.
_CPF_OTHER = _FROM + _ALONE + r"\d{3}(?P<c>[,·•_-])\d{3}(?P=c)\d{3}(?:[-/]|(?P=c))\d{2}" + _ENDS + _UNTIL
_CPF_SPELT = r"(?<![\w.])\d(?P<c>[ .-])\d(?:(?P=c)\d){9}(?!\w)"
_FRACTION = 20  # digits of a fraction that a program prints of a double, and some
_GAP = r"[\s._/-]{0,2}"
_CPF_NAMED = rf"(?<![A-Za-z])[Cc][Pp][Ff]\D{{0,8}}\d{{3}}{_GAP}\d{{3}}{_GAP}\d{{3}}{_GAP}\d{{2}}(?!\d)"
_AN = "[0-9A-Za-z]"
_CNPJ_DOTTED = rf"{_ALONE}{_AN}{{2}}\.\s?{_AN}{{3}}\.\s?{_AN}{{3}}\s?/\s?{_AN}{{4}}\s?-\s?\d{{2}}(?!\d)"
_CNPJ_PLAIN = _FROM + _ALONE + r"\d{2}[ ._-]?\d{3}[ ._-]?\d{3}[ ./_-]?\d{4}[ ./_-]?\d{2}" + _ENDS + _UNTIL
_CNPJ_LETTERS = _ALONE + r"(?=[0-9]{0,11}[A-Z])[0-9A-Z]{12}\d{2}" + _ENDS
_CNPJ_NAMED = (
    rf"(?<![A-Za-z])[Cc][Nn][Pp][Jj][^A-Za-z0-9]{{0,8}}{_AN}{{2}}{_GAP}{_AN}{{3}}{_GAP}{_AN}{{3}}{_GAP}{_AN}{{4}}{_GAP}"
    r"\d{2}(?!\d)"
)
_CARD_16 = r"\d{4}(?P<s>[ ._/·•-]?)\d{4}(?P=s)\d{4}(?P=s)\d{4}"
_CARD_15 = r"\d{4}(?P<t>[ ._/·•-])\d{6}(?P=t)\d{4,5}"
_CARD = _FROM + _ALONE + rf"(?:{_CARD_16}|{_CARD_15}|[2-6]\d{{12,18}})" + _ENDS + _UNTIL
_CARD_19 = _FROM + _ALONE + _CARD_16 + r"(?P=s)\d{3}" + _ENDS + _UNTIL
_HEALTH = _FROM + r"[12789]\d{2}[ .]?\d{4}[ .]?\d{4}[ .]?\d{4}" + _UNTIL
_UUID = r"(?<![0-9A-Fa-f-])[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}(?![0-9A-Fa-f-])"
# What an app shows for copying: the EMV text of the Central Bank's PIX manual, whose keys name a payee.
_PIX_CODE = r"0002\d{2}[^\n]{0,120}(?i:br\.gov\.bcb\.pix)[^\n]{4,400}?6304[0-9A-Fa-f]{4}"
# The key of an electronic invoice (MOC of the NF-e, 2.2.6): state, month, issuer, ..., check digit.
_INVOICE = r"(?<!\d)(?:[1-5]\d{43}|[1-5]\d{3}(?: \d{4}){10})(?!\d)"
_RG = r"(?<![\w.])[A-Z]{0,2}-?\d{1,2}\.?\d{3}\.?\d{3}(?:-?[\dxX])?(?!\w)"
_RG_WORDS = r"rg|r\.g\.|identidade|registro geral|c[eé]dula"
_LICENCE_WORDS = r"cnh|habilita[cç][aã]o|condutor"


class Identifier(NamedTuple):
    """A rule: its pattern, its check (a name in `_checks`), and the word it needs nearby ('': none)."""

    rule: str
    kind: str
    pattern: re.Pattern[str]
    check: str
    context: str = ""


def _id(rule: str, kind: str, pattern: str, check: str, context: str = "") -> Identifier:
    # Within a lookahead, so that a number is tried at each place: "8812 4111 1111 1111 1111" would
    # else be read from its first digit on, and the card in it be passed over.
    return Identifier("personal." + rule, kind, re.compile(f"(?=({pattern}))"), check, context)


IDENTIFIERS: tuple[Identifier, ...] = (
    _id("cpf", "cpf", _CPF_DOTTED, "cpf"),
    _id("cpf", "cpf", _CPF_PLAIN, "cpf"),
    _id("cpf", "cpf", _CPF_NAMED, "cpf_tail"),
    _id("cpf", "cpf", _CPF_OTHER, "cpf"),
    _id("cpf", "cpf", _CPF_SPELT, "cpf", "cpf"),
    _id("cnpj", "cnpj", _CNPJ_DOTTED, "cnpj"),
    _id("cnpj", "cnpj", _CNPJ_PLAIN, "cnpj"),
    _id("cnpj", "cnpj", _CNPJ_LETTERS, "cnpj"),
    _id("cnpj", "cnpj", _CNPJ_NAMED, "cnpj_tail"),
    _id("invoice-key", "cnpj", _INVOICE, "invoice"),
    _id("card", "card", _CARD, "card"),
    _id("card", "card", _CARD_19, "card"),
    _id("nis", "nis", _FROM + r"\d{3}\.\d{5}\.\d{2}-\d" + _UNTIL, "nis"),
    _id("nis", "nis", _FROM + r"\d{3}[ .]?\d{5}[ .]?\d{2}[ -]?\d" + _UNTIL, "nis", r"[np]is|pasep|nit|inss"),
    _id("voter-id", "voter", _FROM + r"\d{4} ?\d{4} ?\d{4}" + _UNTIL, "voter", r"t[ií]tulo|eleitor(?:a|al)?"),
    _id("driving-licence", "cnh", _FROM + r"\d{11}" + _UNTIL, "cnh", _LICENCE_WORDS),
    _id("health-card", "health", _HEALTH, "health", r"cns|sus|sa[uú]de"),
    _id("pix-key", "pix", _UUID, "pix", r"pix"),
    _id("pix-code", "pix", _PIX_CODE, "any"),
    _id("rg", "rg", _RG, "rg", _RG_WORDS),
)


@lru_cache(maxsize=1)
def _checks() -> dict[str, Callable[[str], bool]]:
    """The check of each name. Raises when tarja is missing or fails a known answer."""
    from tarja.validators import cartao, cnh, cnpj, cns, cpf, nis, pix, titulo

    known = cpf.is_valid("529.982.247-25") and not cpf.is_valid("529.982.247-26")
    if not (known and cnpj.is_valid("12.ABC.345/01DE-35") and not cnpj.is_valid("12.ABC.345/01DE-36")):
        raise ValueError("tarja fails its known answers")
    return {
        "cpf": lambda t: bool(cpf.is_valid(re.sub(r"\D", "", t))),
        "cpf_tail": lambda t: bool(cpf.is_valid(re.sub(r"\D", "", t)[-11:])),
        "cnpj": lambda t: bool(cnpj.is_valid(re.sub(r"[^0-9A-Za-z]", "", t))),
        "cnpj_tail": lambda t: bool(cnpj.is_valid(re.sub(r"[\s._/-]", "", t)[-14:])),
        "invoice": lambda t: _is_invoice(re.sub(r"\D", "", t), lambda issuer: bool(cnpj.is_valid(issuer))),
        "card": lambda t: _is_card(
            re.sub(r"\D", "", t), lambda d: bool(cartao.is_valid(d, require_brand=False))
        ),
        "nis": lambda t: bool(nis.is_valid(t)),
        "voter": lambda t: bool(titulo.is_valid(t)),
        "cnh": lambda t: bool(cnh.is_valid(t)),
        "health": lambda t: bool(cns.is_valid(t)),
        "pix": lambda t: bool(pix.is_valid(t)),
        "any": bool,
        "rg": lambda t: sum(c.isdigit() for c in t) >= 7,
    }


# First digits by length (ISO/IEC 7812 and the schemes' own tables): without them every tenth time of
# 14 digits (`20261122103207`) and every tenth id of a database would be a card.
_ISSUED = {
    13: ("4", "3841"),
    14: ("30", "36", "38", "39"),
    15: ("34", "37", "2131"),
    16: ("2", "3", "4", "5", "6"),
    17: ("5", "6"),
    18: ("5", "6"),
    19: ("35", "3841", "4", "5", "6"),
}


def _is_card(digits: str, is_valid: Callable[[str], bool]) -> bool:
    return digits.startswith(_ISSUED.get(len(digits), ())) and is_valid(digits)


def _is_invoice(digits: str, is_issuer: Callable[[str], bool]) -> bool:
    """A right check digit (modulus 11, weights 2 to 9), or an issuer's CNPJ in a mistyped key."""
    if not 1 <= int(digits[4:6]) <= 12:  # the month
        return False
    rest = sum(int(d) * (2 + place % 8) for place, d in enumerate(reversed(digits[:43]))) % 11
    return int(digits[43]) == (0 if rest < 2 else 11 - rest) or is_issuer(digits[6:20])


def check(text: str, policy: Policy) -> Iterator[Hit]:
    """Every identifier whose digits are right and, where its rule says so, whose name is near."""
    checks = _checks()  # first, so that it is missed also where there is nothing to check
    if not _DIGIT.search(text):
        return  # most messages
    for identifier in IDENTIFIERS:
        if identifier.context and not _word(identifier.context).search(text):
            continue
        valid = checks[identifier.check]
        for found in identifier.pattern.finditer(text):
            if (
                not _is_part(text, *found.span(1))
                and valid(found[1])
                and _named(text, found.start(), identifier.context)
            ):
                yield policy.hit(*_digits_only(found, identifier), identifier.rule, identifier.kind)


def _is_part(text: str, start: int, end: int) -> bool:
    """True for the fraction of a decimal, and for a part of a longer list, amount or version.

    "0.4111111111111111" is a fraction; "529,982,247,25,30" and "1.529.982.247.25" go on with the sign that
    joins their own groups. In "7,52998224725,10.5" and "529.982.247-25,100" nothing is part of the number.
    """
    number = text[start:end]
    before, after = text[max(0, start - 2) : start], text[end : end + 2]
    if number.isdigit():
        return len(number) <= _FRACTION and before[-1:] == "." and before[:1].isdigit()
    signs = {char for char in number if not char.isalnum()}
    if len(signs) != 1 or not signs < {".", ","}:
        return False
    (sign,) = signs
    return (before[-1:] == sign and before[:1].isdigit()) or (after[:1] == sign and after[1:].isdigit())


def _named(text: str, start: int, context: str) -> bool:
    before = text[max(0, start - NEAR) : start]
    return not context or bool(_word(context).search(before))


@lru_cache(maxsize=32)
def _word(context: str) -> re.Pattern[str]:
    return re.compile(rf"(?i)(?<![A-Za-z])(?:{context})(?![A-Za-z])")


def _digits_only(found: re.Match[str], identifier: Identifier) -> tuple[int, int]:
    """The number's own place, where the pattern begins with the number's name."""
    start, end = found.span(1)
    if identifier.check.endswith("_tail"):
        name = re.match(r"[A-Za-z]+[^A-Za-z0-9]*", found[1])
        start += name.end() if name else 0
    return start, end
