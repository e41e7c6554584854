"""Brazilian identifiers, cards and PIX keys in a text: patterns of `identifiers`, tarja's check digits."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import lru_cache

from orchestrator.validate import papers
from orchestrator.validate.hit import Hit
from orchestrator.validate.identifiers import IDENTIFIERS, Identifier
from orchestrator.validate.policy import Policy

_DIGIT = re.compile(r"\d")
NEAR = 48  # characters before a number in which its name may stand
_BEHIND = 32  # characters behind it in which "(CNH)" or "é a chave PIX" ends
_TIME = re.compile(r"(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])(?:[01]\d|2[0-3])(?:[0-5]\d){2}")
_FRACTION = 20  # digits of a fraction that a program prints of a double, and some


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
        "voter": lambda t: bool(titulo.is_valid(re.sub(r"\D", "", t))),
        "cnh": lambda t: bool(cnh.is_valid(re.sub(r"\D", "", t))),
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
    yield from papers.check(text, policy)
    for identifier in IDENTIFIERS:
        if identifier.context and not _word(identifier.context).search(text):
            continue
        valid = checks[identifier.check]
        for found in identifier.pattern.finditer(text):
            if (
                not _is_part(text, *found.span(1))
                and valid(found[1])
                and _named(text, *found.span(1), identifier.context)
            ):
                yield policy.hit(*_digits_only(found, identifier), identifier.rule, identifier.kind)


def _is_part(text: str, start: int, end: int) -> bool:
    """True for the fraction of a decimal, and for a part of a longer list, amount or version.

    "0.4111111111111111" is a fraction; "529,982,247,25,30" and "1.529.982.247.25" go on with the sign that
    joins their own groups; "20060220005934-58d0" is a time in an id. In "7,52998224725,10.5" and
    "529.982.247-25,100" nothing is part of the number.
    """
    number = text[start:end]
    before, after = text[max(0, start - 2) : start], text[end : end + 2]
    if _TIME.fullmatch(number) and after[:1] in ("-", ".") and after[1:].isdigit():
        return True
    if number.isdigit():
        return len(number) <= _FRACTION and before[-1:] == "." and before[:1].isdigit()
    signs = {char for char in number if not char.isalnum()}
    if len(signs) != 1 or not signs < {".", ","}:
        return False
    (sign,) = signs
    return (before[-1:] == sign and before[:1].isdigit()) or (after[:1] == sign and after[1:].isdigit())


def _named(text: str, start: int, end: int, context: str) -> bool:
    """True where its name stands some words before a number, or right behind it."""
    if not context or _word(context).search(text, max(0, start - NEAR), start):
        return True
    return bool(_behind(context).match(text, end, end + _BEHIND))


@lru_cache(maxsize=32)
def _word(context: str) -> re.Pattern[str]:
    """A name as a word, or as a part of one in camelCase: `numeroCnh`, `cnhMotorista`."""
    begins = "(?:(?<![A-Za-z])|(?-i:(?<=[a-z])(?=[A-Z])))"
    return re.compile(rf"(?i){begins}(?:{context})(?:(?![A-Za-z])|(?-i:(?<=[a-z])(?=[A-Z])))")


@lru_cache(maxsize=32)
def _behind(context: str) -> re.Pattern[str]:
    is_the = r"(?:(?:é|eh|is)\s(?:[ao]|the)\s)?(?:chave\s|n[uú]mero\sd[aeo]\s)?"
    return re.compile(rf"(?i)[\s(\[/,-]{{1,3}}{is_the}(?:{context})(?![A-Za-z])")


def _digits_only(found: re.Match[str], identifier: Identifier) -> tuple[int, int]:
    """The number's own place, where the pattern begins with the number's name."""
    start, end = found.span(1)
    if identifier.check.endswith("_tail"):
        name = re.match(r"[A-Za-z]+[^A-Za-z0-9]*", found[1])
        start += name.end() if name else 0
    return start, end
