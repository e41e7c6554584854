"""Brazilian identifiers, cards and PIX keys: the pattern of each, its check digit, the name it needs nearby.

The patterns are ours because a look inside longer digit runs (tarja's own search) finds chance
numbers in hashes and timestamps, and because they cost a tenth. Every rule needs its check digit;
those that a random number passes too easily, or that have none, need a word nearby as well.
"""

from __future__ import annotations

import re
from typing import NamedTuple

# A number stands alone: no digit beside it. Signs beside it hide nothing, for lists and CSV are full of
# them, but where they make it a part of another number: see `personal._is_part`.
_FROM = r"(?<!\d)"
_UNTIL = r"(?!\d)"
_ALONE = r"(?<![A-Za-z0-9])"
_ENDS = r"(?![A-Za-z0-9])"

_CPF_DOTTED = _FROM + r"\d{3}\.\s?\d{3}\.\s?\d{3}\s?[-/.]\s?\d{2}" + _UNTIL
_CPF_PLAIN = _FROM + _ALONE + r"\d{3}[ .]?\d{3}[ .]?\d{3}[ .\-/]?\d{2}" + _ENDS + _UNTIL
# Other separators, one and the same throughout: "529,982,247.25" may be an amount, "529,982,247-25" is none.
_CPF_OTHER = _FROM + _ALONE + r"\d{3}(?P<c>[,·•_-])\d{3}(?P=c)\d{3}(?:[-/]|(?P=c))\d{2}" + _ENDS + _UNTIL
_CPF_SPELT = r"(?<![\w.])\d(?P<c>[ .-])\d(?:(?P=c)\d){9}(?!\w)"
_GAP = r"[\s._/-]{0,2}"
_CPF_NAMED = r"(?<![A-Za-z])[Cc][Pp][Ff]\D{0,8}(?:\d[\s._/-]{0,3}){10}\d(?!\d)"
_AN = "[0-9A-Za-z]"
_CNPJ_DOTTED = rf"{_ALONE}{_AN}{{2}}\.\s?{_AN}{{3}}\.\s?{_AN}{{3}}\s?/\s?{_AN}{{4}}\s?-?\s?\d{{2}}(?!\d)"
_CNPJ_SLASHED = _ALONE + r"[0-9A-Z]{8}/[0-9A-Z]{4}-\d{2}(?!\d)"
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
# A date without signs is none; `nº` is a letter to `\w`.
_DATE = r"(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])(?!\w)"
_RG = rf"(?:(?<![\w.])|(?<=[º°]))(?!{_DATE})[A-Z]{{0,2}}-?\d{{1,2}}\.?\d{{3}}\.?\d{{3}}(?:-?[\dxX])?(?!\w)"
_RG_WORDS = r"rg|r\.g\.|identidade|registro geral|c[eé]dula|ssp"
_VOTER = _FROM + r"\d{4}[ .]?\d{4}[ .]?\d{4}" + _UNTIL
_LICENCE = _FROM + r"\d{3}[ .]?\d{3}[ .]?\d{3}[ -]?\d{2}" + _UNTIL
_LICENCE_WORDS = r"cnh|habilita[cç][aã]o|condutor|motorista"
# The random key of the Central Bank's PIX is a version 4 UUID, which a log may have without its dashes.
_UUID_PLAIN = r"(?<![0-9A-Fa-f-])[0-9A-Fa-f]{32}(?![0-9A-Fa-f-])"
_RANDOM_KEY = r"evp|chave[ _]?aleat[oó]ria"


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
    _id("cnpj", "cnpj", _CNPJ_SLASHED, "cnpj"),
    _id("cnpj", "cnpj", _CNPJ_PLAIN, "cnpj"),
    _id("cnpj", "cnpj", _CNPJ_LETTERS, "cnpj"),
    _id("cnpj", "cnpj", _CNPJ_NAMED, "cnpj_tail"),
    _id("invoice-key", "cnpj", _INVOICE, "invoice"),
    _id("card", "card", _CARD, "card"),
    _id("card", "card", _CARD_19, "card"),
    _id("nis", "nis", _FROM + r"\d{3}\.\d{5}\.\d{2}-\d" + _UNTIL, "nis"),
    _id("nis", "nis", _FROM + r"\d{3}[ .]?\d{5}[ .]?\d{2}[ -]?\d" + _UNTIL, "nis", r"[np]is|pasep|nit|inss"),
    _id("voter-id", "voter", _VOTER, "voter", r"t[ií]tulo|eleitor(?:a|al)?"),
    _id("driving-licence", "cnh", _LICENCE, "cnh", _LICENCE_WORDS),
    _id("health-card", "health", _HEALTH, "health", r"cns|sus|sa[uú]de"),
    _id("pix-key", "pix", _UUID, "pix", rf"pix|{_RANDOM_KEY}"),
    _id("pix-key", "pix", _UUID_PLAIN, "any", rf"chave[ _]?pix|pix[ _]?key|{_RANDOM_KEY}"),
    _id("pix-code", "pix", _PIX_CODE, "any"),
    _id("rg", "rg", _RG, "rg", _RG_WORDS),
)
