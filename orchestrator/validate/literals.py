"""Secrets as code and configuration write them: quoted, in SQL, in XML, in .netrc, in variables.

Surer forms block; those that an example in a text may have as well ask a person.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from orchestrator.validate.hit import Hit
from orchestrator.validate.logins import of_login
from orchestrator.validate.policy import Policy
from orchestrator.validate.values import (
    BEGINS,
    OF_A_LOGIN,
    OF_A_MACHINE,
    PLACEHOLDER,
    TYPE,
    classes,
    is_value,
    mixed,
    random_looking,
)

_QUOTED = re.compile(
    rf"(?i){BEGINS}(?:{OF_A_LOGIN})\d{{0,3}}[\"'\]]{{0,2}}[ \t]{{0,10}}(?:=>|==?|:)[ \t]{{0,10}}"
    r"(?P<quote>[\"'])(?P<value>[^\s\"'\\$%{}<>()\[\]]{4,64})(?P=quote)"
)
# `pass` is a verb as well ("tests pass: 12"): only with an operator and a value as mixed as a password.
_PASS_GIVEN = re.compile(
    r"(?:(?<![A-Za-z])pass|(?<=_)PASS|(?<=[a-z])Pass)[\"'\]]?[ \t]{0,4}(?:=>|:=|=|:)[ \t]{0,4}[\"']?"
    r"(?P<value>[^\s\"'`,;]{6,128})"
)
_PASS = re.compile(
    r"(?im)(?:^|[{,(;])[ \t]{0,40}[\"']?pass[\"']?[ \t]{0,4}[:=][ \t]{0,4}(?P<quote>[\"'])"
    r"(?P<value>[^\s\"'\\$%{}<>]{4,64})(?P=quote)"
)
_SQL = re.compile(r"(?i)(?<![a-z])(?:identified\s+by|password)\s+'(?P<value>[^'\s]{4,128})'")
_VARIABLE = re.compile(
    r"(?m)(?:^|(?<=[\s\"'-]))[A-Z][A-Z0-9_]{0,40}(?:PASSWORD|PASSWD|PASS|PWD|SENHA)[=:] ?"
    r"(?P<value>[A-Za-z0-9!@#%^&*_-]{6,64})[\"']?(?=\s|$)"
)
_KEY = re.compile(
    r"(?i)(?<![a-z0-9])[a-z][a-z0-9_-]{0,40}[_-]?key[\"'\]]{0,2}[ \t]{0,10}(?:=>|=|:)[ \t]{0,10}[\"']?"
    r"(?P<value>[A-Za-z0-9+/=_:.@#-]{16,512})"
)
_NETRC = re.compile(
    r"(?i)(?<![a-z])login[ \t]{1,4}\S{1,128}[ \t\n]{1,4}password[ \t]{1,4}(?P<value>\S{4,128})"
)
_ELEMENT = re.compile(
    rf"(?i)<(?:[a-z0-9_]{{0,20}}[_-])?(?:{OF_A_LOGIN}|pass|{OF_A_MACHINE})(?:\s[^<>]{{0,80}})?>(?P<value>[^<>\s]{{6,512}})</"
)
_DEFINED = re.compile(
    rf"(?i)(?<![a-z])(?:{OF_A_LOGIN}|{OF_A_MACHINE}|auth_key|[a-z_]{{0,20}}salt)[\"']\s{{0,10}},\s{{0,10}}[\"'](?P<value>[^\"'\n]{{6,128}})[\"']"
)
_NEAR = re.compile(
    rf"(?i)(?<![A-Za-z])(?:{OF_A_LOGIN}|{OF_A_MACHINE}|bearer|auth)(?![A-Za-z])[^\n]{{0,40}}?(?<![A-Za-z0-9+/_=.-])"
    r"(?P<value>[A-Za-z0-9+/_-]{24,512}={0,2})"
)

# A key's bytes in hexadecimal: 128, 192 or 256 bits, as long as a hash, so that the words around must say so.
_OF_BYTES = r"(?:aes|hmac|3?des|cript\w*|encrypt\w*|mestra|master|signing|assinatura)"
_BYTES = re.compile(
    rf"(?i)(?<![a-z])(?:(?:chave|key|segredo|secret)(?![a-z])[^\n]{{0,24}}?(?<![a-z]){_OF_BYTES}|"
    rf"{_OF_BYTES}(?![a-z])[^\n]{{0,24}}?(?<![a-z])(?:chave|key|segredo|secret))(?![a-z])[^\n]{{0,24}}?(?<![0-9a-f])"
    r"(?P<value>[0-9a-f]{64}|[0-9a-f]{48}|[0-9a-f]{32})(?![0-9a-f])"
)

_SURE = (_NETRC, _ELEMENT, _DEFINED)
_LESS_SURE = (_QUOTED, _PASS, _SQL)


def check(text: str, policy: Policy) -> Iterator[Hit]:
    """Passwords and keys in the forms of files, and what is random beside a word for a secret."""
    for pattern, right, rule, kind in _FORMS:
        for found in pattern.finditer(text):
            if right(found["value"]):
                yield of_login(policy, *found.span("value"), rule, kind, found["value"])


def _quoted_password(value: str) -> bool:
    return is_value(value, quoted=True, password=True)


def _mixed_password(value: str) -> bool:
    return classes(value) >= 3 and is_value(value, quoted=False, password=True)


def _no_placeholder(value: str) -> bool:
    return not (PLACEHOLDER.match(value) or TYPE.match(value))


_FORMS: tuple[tuple[re.Pattern[str], Callable[[str], bool], str, str], ...] = (
    *((pattern, _quoted_password, "secret.assignment", "secret") for pattern in _SURE),
    (_PASS_GIVEN, _mixed_password, "secret.assignment", "secret"),
    (_VARIABLE, _no_placeholder, "secret.assignment", "secret"),
    *((pattern, _no_placeholder, "secret.quoted", "credential") for pattern in _LESS_SURE),
    (_BYTES, _no_placeholder, "secret.key", "credential"),
    (_KEY, mixed, "secret.key", "credential"),
    (_NEAR, random_looking, "secret.high-entropy", "secret"),
)
