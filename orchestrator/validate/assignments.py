"""Passwords and tokens that someone says or assigns, in Portuguese and English.

`DB_PASSWORD=...`, `"senha": "..."`, "a senha do banco é ...": a word for a secret, something that
assigns, and a value that looks like one. An explicit assignment blocks; a mention in prose asks a
person, for it is right less often. Placeholders, names and expressions of code are no values.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator

from orchestrator.validate.hit import Hit
from orchestrator.validate.policy import Policy

# Words for a secret, and what may stand between such a word and what assigns ("senha do banco = ").
_OF_A_LOGIN = r"senhas?|passwords?|passwd|passphrase|pwd|psw|pin"
_OF_A_MACHINE = (
    r"segredos?|secrets?|tokens?|chaves?|credencia(?:l|is)|credentials?|"
    r"(?:api|access|auth|private|secret|encryption|signing|master|account|client|app)"
    r"[ _-]?(?:key|secret|token)"
)
_OF = (
    r"(?:[ \t]+(?:d[aoe]s?|de|para|for|of|the|an?|o|api|acesso|banco|conta|usu[aá]rio|root|admin|user|prod|"
    r"produ[cç][aã]o|sistema|servidor|server|database|db|key|atual|nova|antiga|padr[aã]o|default)){0,6}"
)
_ASSIGNED = re.compile(
    rf"(?i)(?<![A-Za-z])(?P<word>(?P<password>{_OF_A_LOGIN})|{_OF_A_MACHINE})(?:[_-][a-z0-9_-]{{1,30}})?{_OF}[\"'`\]]{{0,2}}"
    r"[ \t]{0,10}(?P<operator>:=|=>|->|==?|:|(?<![a-zà-ÿ])(?:é|eh|is|was|era)(?![a-zà-ÿ]))"
    r"[ \t]{0,10}(?P<quote>[\"'`]?)(?P<value>[^\s\"'`]{6,512})"
)
_SAID = re.compile(rf"(?i)(?<![A-Za-z])(?:{_OF_A_LOGIN})[ \t]{{1,4}}[\"'`]?(?P<value>[^\s\"'`]{{8,128}})")
_NETRC = re.compile(
    r"(?i)(?<![a-z])login[ \t]{1,4}\S{1,128}[ \t\n]{1,4}password[ \t]{1,4}(?P<value>\S{4,128})"
)
_ELEMENT = re.compile(
    rf"(?i)<(?:[a-z0-9_]{{0,20}}[_-])?(?:{_OF_A_LOGIN}|pass|{_OF_A_MACHINE})(?:\s[^<>]{{0,80}})?>(?P<value>[^<>\s]{{6,512}})</"
)
_DEFINED = re.compile(
    rf"(?i)(?<![a-z])(?:{_OF_A_LOGIN}|{_OF_A_MACHINE}|auth_key|[a-z_]{{0,20}}salt)[\"']\s{{0,10}},\s{{0,10}}[\"'](?P<value>[^\"'\n]{{6,128}})[\"']"
)
_NEAR = re.compile(
    rf"(?i)(?<![A-Za-z])(?:{_OF_A_LOGIN}|{_OF_A_MACHINE}|bearer|auth)(?![A-Za-z])[^\n]{{0,40}}?(?<![A-Za-z0-9+/_=.-])"
    r"(?P<value>[A-Za-z0-9+/_-]{24,512}={0,2})"
)

PLACEHOLDER = re.compile(
    r"(?i)^(?:[x*.\-_#?•]{3,}.*|"
    r"(?:your|my|sua|seu|minha|meu|some|the|any|uma?|test|fake|dummy|example|exemplo|sample)"
    r"[-_ ]?[a-z_-]*\d{0,3}|"
    r"change[-_]?(?:me|this|it)|mud[ae][-_]?(?:me|isto|aqui)|troque.*|insira.*|preench.*|"
    r"(?:pass(?:word|wd|phrase)?|senha|secret|segredo|token|chave|key|api_?key|credential)s?\d?|"
    r"(?:string|value|valor|text)s?\d?|null|none|nil|nulo|true|false|undefined|required|optional|redacted|"
    r"removed|omitted|hidden|invalid[ao]?|expired|foobar|foo|bar|baz|lorem.*|abc123|"
    r"(?:\w+_)?placeholder(?:_\w+)?)$"
)
# Expressions, templates, calls, paths, links and this package's own placeholders.
_CODE = re.compile(
    r"[(){}<>\[\]$|\\`]|::|->|=>|%[A-Za-z_]+%|^[/.~@&*-]|^(?:https?|ssh|file|git)://|^\w+\.\w+(?:\.\w+)*$"
)
_NAME = re.compile(
    r"^[A-Za-z][a-z]*(?:[A-Z][a-z]+)*$|^[A-Za-z]+(?:[_./-][A-Za-z0-9]+)+$|^v?\d+(?:\.\d+)+\S*$|^[A-Z]+-\d+$"
)
_TEMPLATE = re.compile(
    r"\{\{|\$\{|\$\(|<%|<[a-z]|::|->|[a-z_]{3}\(|\.\w+[.(\[]|^(?:https?|file)://|\[[a-zA-Zç -]+\]"
)
_PIECE = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|[0-9]+")
_SPECIAL = re.compile(r"[!@#$%^&*?~+=]")
_PROSE = frozenset({"é", "eh", "is", "was", "era"})


def check(text: str, policy: Policy) -> Iterator[Hit]:
    """Assigned and mentioned passwords and tokens, and high entropy near a word for a secret."""
    for found in _ASSIGNED.finditer(text):
        value, end = _trimmed(found)
        if not _is_value(value, bool(found["quote"]), bool(found["password"])):
            continue
        if found["operator"].casefold() in _PROSE:
            yield policy.hit(found.start("value"), end, "secret.mentioned", "credential")
        else:
            yield policy.hit(found.start("value"), end, "secret.assignment", "secret")
    for found in _SAID.finditer(text):
        value, end = _trimmed(found)
        if _classes(value) >= 3 and _SPECIAL.search(value) and not _CODE.search(value):
            yield policy.hit(found.start("value"), end, "secret.mentioned", "credential")
    yield from _in_files(text, policy)


def _in_files(text: str, policy: Policy) -> Iterator[Hit]:
    """As .netrc, XML and `define(...)` write them, and what is random beside a word for a secret."""
    for pattern in (_NETRC, _ELEMENT, _DEFINED):
        for found in pattern.finditer(text):
            if _is_value(found["value"], quoted=True, password=True):
                yield policy.hit(*found.span("value"), "secret.assignment", "secret")
    for found in _NEAR.finditer(text):
        if _random(found["value"]):
            yield policy.hit(*found.span("value"), "secret.high-entropy", "secret")


def _trimmed(found: re.Match[str]) -> tuple[str, int]:
    """The value without the punctuation that ends a sentence, and where it ends then."""
    value = found["value"].rstrip(".,;:)]}")
    return value, found.start("value") + len(value)


def _is_value(value: str, quoted: bool, password: bool) -> bool:
    """True when it may be a real secret, not a placeholder, an identifier or an expression."""
    if quoted and len(value) >= 16 and _classes(value) == 4 and not _TEMPLATE.search(value):
        return True
    if len(value) < 6 or PLACEHOLDER.match(value) or _CODE.search(value):
        return False
    if value.isdigit():
        return password and len(set(value)) > 1
    if quoted and password and value.isascii():
        return True
    if _NAME.match(value) and not (password and any(c.isdigit() for c in value)):
        return False
    if not password and _camel_case(value):
        return False
    letters, digits = any(c.isalpha() for c in value), any(c.isdigit() for c in value)
    return letters and (digits or bool(_SPECIAL.search(value.rstrip("!?"))))


def _classes(value: str) -> int:
    """How many of lower case, upper case, digits and other characters occur."""
    kinds = (str.islower, str.isupper, str.isdigit, lambda c: not c.isalnum())
    return sum(any(kind(c) for c in value) for kind in kinds)


def _random(value: str) -> bool:
    """Shannon entropy of 4 bits a character and more, with both cases and digits."""
    counts = Counter(value)
    entropy = -sum(n / len(value) * math.log2(n / len(value)) for n in counts.values())
    mixed = any(map(str.islower, value)) and any(map(str.isupper, value)) and any(map(str.isdigit, value))
    return mixed and entropy >= 4.0 and not _camel_case(value)


def _camel_case(value: str) -> bool:
    """True for names such as `OAuth2AccessToken`: their pieces are words, a token's are not."""
    pieces = _PIECE.findall(value)
    return bool(pieces) and sum(map(len, pieces)) / len(pieces) >= 3
