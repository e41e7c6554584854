"""What looks like the value of a secret, and the words that announce one, in Portuguese and English."""

from __future__ import annotations

import math
import re
from collections import Counter

# Words for a secret.
OF_A_LOGIN = r"senhas?|passwords?|passwd|passphrase|pwd|psw|pw|pin"
OF_A_MACHINE = (
    r"segredos?|secrets?|tokens?|chaves?|credencia(?:l|is)|credentials?|"
    r"(?:api|access|auth|private|secret|encryption|signing|master|account|client|app|consumer|validation|"
    r"shared|session|cookie|service)[ _-]?(?:key|secret|token)"
)
# A word begins where no letter is before it, or as a part of its own in camelCase.
# A suffix of the word: `password_db`, `senhaBanco`.
SUFFIX = r"(?:[_-][a-z0-9_-]{1,30}|(?-i:[A-Z])[A-Za-z0-9]{1,30})?"
BEGINS = r"(?:(?<![A-Za-z])|(?<=[a-z])(?-i:(?=[A-Z])))"

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
CODE = re.compile(
    r"[(){}<>\[\]$|\\`]|::|->|=>|%[A-Za-z_]+%|^[/.~@&*-]|^(?:https?|ssh|file|git)://|^\w+\.\w+(?:\.\w+)*$"
)
_NAME = re.compile(
    r"^[A-Za-z][a-z]*(?:[A-Z][a-z]+)*$|^[A-Za-z]+(?:[_./-][A-Za-z0-9]+)+$|^v?\d+(?:\.\d+)+\S*$|^[A-Z]+-\d+$"
)
_TEMPLATE = re.compile(
    r"\{\{|\$\{|\$\(|<%|<[a-z]|::|->|[a-z_]{3}\(|\.\w+[.(\[]|^(?:https?|file)://|\[[a-zA-Zç -]+\]"
)
TYPE = re.compile(r"(?i)^(?:text|string|str|bool(?:ean)?|int(?:eger)?|varchar|char|hash(?:ed)?|input|field)$")
_PIECE = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|[0-9]+")
# Regular expressions, templates and addresses are as mixed ("[A-Z0-9]{8}-…") and have signs that keys lack.
_PATTERN = re.compile(r"[\[\]{}<>|\\]|://|^[^A-Za-z]*$")
# Signs of expressions, which a generated key without quotes does not have.
_PUNCTUATED = re.compile(r"[.,;:|\\<>{}\[\]/\"'`]")
SPECIAL = re.compile(r"[!@#$%^&*?~+=]")


# Parts of the words for a secret, and of what may hold one: where none is, nothing need be looked for.
_PARTS = (
    *(
        "senha",
        "pass",
        "pw",
        "psw",
        "pin",
        "segredo",
        "secret",
        "token",
        "chave",
        "creden",
        "key",
        "identified",
    ),
    *("login", "salt", "bearer", "auth"),
)


def announces(text: str) -> bool:
    """True where a word for a secret may stand."""
    lowered = text.lower()
    return any(part in lowered for part in _PARTS)


def is_value(value: str, quoted: bool, password: bool) -> bool:
    """True when it may be a real secret, not a placeholder, an identifier or an expression."""
    if quoted and len(value) >= 12 and classes(value) == 4 and not _TEMPLATE.search(value):
        return True
    if made_by_chance(value) and (quoted or not _PUNCTUATED.search(value)):
        return True  # whatever signs it has: Django's keys hold brackets and dollars
    if len(value) < 6 or PLACEHOLDER.match(value) or CODE.search(value):
        return False
    if value.isdigit():
        return password and len(set(value)) > 1
    if quoted and password and value.isascii():
        return True
    if _NAME.match(value) and not (password and any(c.isdigit() for c in value)):
        return False
    if not password and camel_case(value) and not SPECIAL.search(value):
        return False
    letters, digits = any(c.isalpha() for c in value), any(c.isdigit() for c in value)
    return letters and (digits or bool(SPECIAL.search(value.rstrip("!?"))))


def mixed(value: str) -> bool:
    """Letters and a good part of digits among each other: neither a name, nor a number, nor a path."""
    digits = sum(map(str.isdigit, value))
    return digits >= 4 and any(map(str.isalpha, value)) and not (camel_case(value) or _NAME.match(value))


def classes(value: str) -> int:
    """How many of lower case, upper case, digits and other characters occur."""
    kinds = (str.islower, str.isupper, str.isdigit, lambda c: not c.isalnum())
    return sum(any(kind(c) for c in value) for kind in kinds)


def random_looking(value: str) -> bool:
    """Shannon entropy of 4 bits a character and more, with both cases and digits."""
    both = any(map(str.islower, value)) and any(map(str.isupper, value)) and any(map(str.isdigit, value))
    return both and entropy(value) >= 4.0 and not camel_case(value)


def made_by_chance(value: str) -> bool:
    """Long, with letters, digits and signs among each other, of which none make words: a generated key."""
    if len(value) < 24 or _PATTERN.search(value) or not any(map(str.isdigit, value)):
        return False
    pieces = _PIECE.findall(value)
    return (
        SPECIAL.search(value) is not None and entropy(value) >= 4.0 and len("".join(pieces)) < 3 * len(pieces)
    )


def entropy(value: str) -> float:
    """Shannon entropy, bits a character."""
    return -sum(n / len(value) * math.log2(n / len(value)) for n in Counter(value).values())


def camel_case(value: str) -> bool:
    """True for names such as `OAuth2AccessToken`: their pieces are words and few of them numbers."""
    pieces = _PIECE.findall(value)
    digits = sum(map(str.isdigit, value))
    return bool(pieces) and sum(map(len, pieces)) / len(pieces) >= 3 and digits < len(value) * 0.3
