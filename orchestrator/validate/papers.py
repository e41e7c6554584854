"""What names a natural person without a check digit: passport, vehicle plate, bank account, date of birth.

Each needs its name nearby, and asks a person. Forms: passport of the Polícia Federal (two letters, six
digits), plates of Contran's resolutions (AAA-9999, AAA9A99 of the Mercosul), IBAN of ISO 13616 (modulus 97).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from orchestrator.validate.hit import Hit
from orchestrator.validate.policy import Policy

_BEGINS = r"(?:(?<![A-Za-zÀ-ÿ])|(?-i:(?<=[a-z])(?=[A-Z])))"
_DAY = r"(?:[0-3]?\d[/.-][01]?\d[/.-](?:19|20)\d\d|(?:19|20)\d\d[-/.][01]\d[-/.][0-3]\d)"
_BORN = (
    r"(?:nascid[oa]s?|nascimento|nasc(?![a-zÀ-ÿ])\.?|"
    r"birth[ _-]?da(?:te|y)|date[ _]of[ _]birth|born(?![a-z]))"
)
_BRANCH = r"ag[eê]ncia|ag(?![a-z])\.?"
_ACCOUNT = r"conta(?:[ _-]?(?:corrente|poupan[cç]a|banc[aá]ria|sal[aá]rio))?|c/c|cc(?![a-z])|c\.c\."
_DIGITS = r"\d{1,3}(?:\.\d{3}){1,3}-?[\dxX]?|\d{3,12}(?:-[\dxX])?"
_BRANCH_NUMBER = rf"(?:{_BRANCH})\D{{0,6}}\d{{3,5}}(?:-[\dxX])?(?!\d)"
_ACCOUNT_NUMBER = rf"(?:{_ACCOUNT})\D{{0,8}}(?:{_DIGITS})(?!\d)"
_BETWEEN = r"[^\n\d]{1,24}(?<![A-Za-z])"
_NO_CAR = r"v[ií]deo|gr[aá]fica|m[aã]e|rede|som"  # a computer's: "placa de vídeo GTX-1080"
_FORMS = (
    (
        "passport",
        rf"(?i:{_BEGINS}(?:passaporte|passport)[^\n\d]{{0,24}}?)(?<![A-Za-z0-9])(?P<value>[A-Z]{{2}}\d{{6}})(?!\w)",
    ),
    (
        "plate",
        rf"(?i:{_BEGINS}(?:placas?|plates?)(?![A-Za-z]*\s(?:de\s)?(?:{_NO_CAR}))[^\n\d]{{0,24}}?)"
        r"(?<![A-Za-z0-9])(?P<value>[A-Z]{3}[ -]?\d[A-Z0-9]\d{2})(?!\w)",
    ),
    ("bank-account", rf"(?i){_BEGINS}(?P<value>{_BRANCH_NUMBER}{_BETWEEN}{_ACCOUNT_NUMBER})"),
    ("bank-account", rf"(?i){_BEGINS}(?P<value>{_ACCOUNT_NUMBER}{_BETWEEN}{_BRANCH_NUMBER})"),
    (
        "bank-account",
        rf"(?i){_BEGINS}conta[ _-]?(?:corrente|poupan[cç]a|banc[aá]ria|sal[aá]rio)[^\n\d]{{0,16}}"
        r"(?P<value>(?:\d{1,3}(?:\.\d{3}){1,3}|\d{3,12})-[\dxX])(?!\w)",
    ),
    ("birth-date", rf"(?i)(?<!re){_BORN}[^\n\d]{{0,20}}(?P<value>(?<!\d){_DAY})(?!\d)"),
)
_COMPILED = tuple((f"personal.{name}", re.compile(pattern)) for name, pattern in _FORMS)
_IBAN = re.compile(r"(?<![A-Za-z0-9])BR\d{2}(?: ?\d{4}){5} ?\d{3} ?[A-Z] ?[A-Z0-9](?![A-Za-z0-9])")
_PARTS = ("pass", "placa", "plate", "ag", "conta", "c/c", "nasc", "birth", "born")


def check(text: str, policy: Policy) -> Iterator[Hit]:
    """Numbers and dates behind the word that says whose they are; only an IBAN tells itself."""
    lowered = text.lower()
    if any(part in lowered for part in _PARTS):
        for rule, pattern in _COMPILED:
            for found in pattern.finditer(text):
                yield policy.hit(*found.span("value"), rule, "private")
    for found in _IBAN.finditer(text) if "BR" in text else ():
        if _is_iban(found[0].replace(" ", "")):
            yield policy.hit(*found.span(), "personal.bank-account", "private")


def _is_iban(written: str) -> bool:
    """ISO 13616: the country and check digits put last, letters as 10 to 35, the rest by 97 is 1."""
    return int("".join(str(int(char, 36)) for char in written[4:] + written[:4])) % 97 == 1
