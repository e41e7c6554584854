"""Street addresses: a word for a street, a name, and a number or a postal code."""

from __future__ import annotations

import re
from collections.abc import Iterator

from orchestrator.validate.hit import Hit
from orchestrator.validate.policy import Policy

# What is counted: "Rua Direita, 100 mil registros", "rua da casa, 2 campos".
COUNTED = re.compile(
    r"(?i)\s{1,2}(?:mil|milh(?:ão|ões|ares)|registros?|linhas?|itens|rows?|records?|campos?|testes?|casos?|"
    r"erros?|caracteres|vezes|dias?|horas?|segundos?|pontos?|telas?|fields?|tests?|chars?)(?!\w)"
)
_NUMBER = r"(?:n[º°o.]{0,2}\s?|n[uú]mero\s)?"
_WORD = r"(?:(?:d[aeo]s?|D[AEO]S?)\s+)?[A-ZÀ-Ý][\wÀ-ÿ.]{1,186}"  # blanks part them: no text is two of them
_ADDRESS = re.compile(
    r"(?<!\w)(?:[Rr]ua|RUA|R\.|[Aa][Vv]\.?|[Aa]venida|AVENIDA|[Tt]ravessa|[Aa]lameda|[Pp]ra[cç]a|[Rr]odovia|"
    r"[Ee]strada|[Ll]argo)\s+[^\n]{3,100}?\d{5}-?\d{3}(?!\d)"
)
_STREET = re.compile(
    r"(?<!\w)(?:[Rr]ua|RUA|[Aa][Vv]\.|[Aa]venida|AVENIDA|[Tt]ravessa|[Aa]lameda|[Pp]ra[cç]a|[Rr]odovia)\s+"
    rf"{_WORD}(?:\s{_WORD}){{0,5}}\s?,?\s{{0,2}}{_NUMBER}\d{{1,5}}(?!\w)"
)
# In whatever letters, with the comma that an address has before its number.
_WITH_COMMA = re.compile(
    r"(?i)(?<!\w)(?:(?P<short>r\.|al\.|av\.?|tv\.|p[cç]a\.)|rua|avenida|travessa|alameda|pra[cç]a|rodovia|estrada|largo)"
    r"\s{1,2}(?P<name>[\wÀ-ÿ.'’]{1,30}(?:\s[\wÀ-ÿ.'’]{1,30}){0,5})\s?,\s{0,2}"
    rf"{_NUMBER}(?P<number>\d{{1,5}})(?!\w|[.,]\d)"
)
_NAMED = re.compile(r"[A-ZÀ-Ý0-9]|d[aeo]s?\s")
_YEAR = re.compile(r"(?:19|20)\d\d")


def check(text: str, policy: Policy) -> Iterator[Hit]:
    """A street with its number, or with a postal code behind it."""
    for pattern in (_ADDRESS, _STREET, _WITH_COMMA):
        for found in pattern.finditer(text):
            if not COUNTED.match(text, found.end()) and (pattern is not _WITH_COMMA or _is_street(found)):
                yield policy.hit(*found.span(), "personal.address", "address")


def _is_street(found: re.Match[str]) -> bool:
    """A name in capitals or with "da"; what is short and ends in a year cites an author (R. Silva, 2020)."""
    cited = found["short"] and _YEAR.fullmatch(found["number"])
    return bool(_NAMED.match(found["name"])) and not cited
