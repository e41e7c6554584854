"""Passwords told in prose and in blocks: further from their word than an assignment, so that a person looks.

"troquei a senha para X", "a senha do certificado A1 é X", "user joao pass X", "login/senha: joao/X", and a
value that stands alone on the indented line below its name, which blocks as any assignment does.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from orchestrator.validate.hit import Hit
from orchestrator.validate.policy import Policy
from orchestrator.validate.values import (
    BEGINS,
    CODE,
    OF_A_LOGIN,
    OF_A_MACHINE,
    PLACEHOLDER,
    SPECIAL,
    TYPE,
    classes,
    is_value,
)

_LOGIN = r"(?:senhas?|passwords?|passwd|passphrase|passcode|pwd)"
_MARKS = r"[*_]{0,2}[\"'`]?"
_VALUE = rf"{_MARKS}(?P<value>[^\s\"'`]{{6,128}})"
_WORDS = r"(?:\s+[\wÀ-ÿ]{1,20}){0,4}?"
_STATED = re.compile(
    rf"(?i)(?<![\wÀ-ÿ]){_LOGIN}(?![\wÀ-ÿ]){_WORDS}[*_]{{0,2}}"
    rf"(?:\s*[:=]|\s+(?:agora\s+)?(?:é|eh|era|is|was)(?:\s+now)?)[*_]{{0,2}}\s+{_VALUE}"
)
_CHANGED = re.compile(
    rf"(?i)(?<![\wÀ-ÿ]){_LOGIN}(?![\wÀ-ÿ]){_WORDS}\s+(?:para|pra|to|virou|ficou|foi|became)\s+{_VALUE}"
)
_PAIR = re.compile(
    rf"(?i)(?<![a-zÀ-ÿ])(?:user(?:name)?|usu[aá]rio|login)[\s:=]{{1,3}}\S{{2,64}}[\s,;/]{{1,4}}(?:(?:e|and|com|with)\s+)?"
    rf"(?:pass|{_LOGIN})[\s:=]{{1,3}}{_VALUE}"
)
_SLASHED = re.compile(
    rf"(?i)(?<![a-zÀ-ÿ])(?:user(?:name)?|usu[aá]rio|login)\s?/\s?(?:pass|{_LOGIN})\s{{0,2}}[:=]\s{{0,2}}[^\s/]{{2,64}}/{_VALUE}"
)
# What stands near the word, whatever joins them: "senha (X)", "senha → X", "senha provisória X", "senha/X".
_TOKEN = re.compile(r"[^\s\"'`()<>\[\]{}→–—]{1,128}")
_TOKENS, _REACH = 6, 120  # tokens and characters behind the word that are looked at
_AFTER = re.compile(rf"(?i){_LOGIN}(?![\wÀ-ÿ])[:=/]{{0,2}}")
_WITH = re.compile(r"(?i)(?<![\wÀ-ÿ])(?:com|usando|with|using)\s{1,2}(?:[ao]s?\s{1,2}|the\s{1,2})?\Z")
_IS_ONE = re.compile(
    rf"(?i)(?<!\S){_MARKS}(?P<value>[^\s\"'`]{{6,128}}?)[*_\"'`]{{0,3}}\s{{1,2}}(?:é|eh|era|is|was)\s{{1,2}}(?:an?|[ao]|the)\s{{1,2}}"
    r"(?:nova\s|new\s|atual\s|antiga\s|old\s)?\Z"
)
_BEFORE = 170
_NEW_LINE = re.compile(r"\n\s")  # an empty line, or one of code that is indented: it is about something else
# Addresses, versions, issues, and an argument with its name.
_NO_PASSWORD = re.compile(r"@[\w-]+\.[A-Za-z]|@v\d+$|@v?\d+(?:\.\d+)+$|^[\w/.-]+#\d+$|^[\w.-]+=[\w.-]*$")
_BELOW = re.compile(
    r"[:=][ \t]{0,4}(?:[|>][+-]?)?[ \t]*\n[ \t]{1,40}"
    r"(?P<quote>[\"']?)(?P<value>[^\s\"']{6,512})(?P=quote)[ \t]*(?:\n|\Z)"
)
_NAMED = re.compile(rf"(?i){BEGINS}(?:(?P<password>{OF_A_LOGIN})|{OF_A_MACHINE})[\"'\]]?[ \t]{{0,4}}\Z")
_NEAR = 48  # characters before the operator in which the name stands
_PASSWORD = re.compile("[sS][eE][nN][hH][aA]|[pP][aA][sS][sS]|[pP][wW][dD]")
_USER = re.compile("[uU][sS][eEuU]|[lL][oO][gG][iI][nN]")
# What follows "password" in a title and is none: algorithms, issues, versions, amounts, dates.
_NONE = re.compile(
    r"(?i)^(?:o?auth2?|(?:sha|md|aes|rsa|utf|base|bcrypt|scrypt|argon|pbkdf|x|tls|ssl|rc|rfc|http|h|k)-?\d+\w{0,4}|"
    r"[a-z][a-z0-9]*-\d+|#\d+.*|v?\d+(?:[./:-]\d+)+\w*|\d+[a-zµ%]{1,3}|(?:python|django|php|java|node|py|net)\d.*)$"
)


def check(text: str, policy: Policy) -> Iterator[Hit]:
    """Passwords that prose tells ask a person; those below their name block."""
    for begins, patterns in ((_PASSWORD, _OF_PASSWORDS), (_USER, _OF_USERS)):
        for word in begins.finditer(text):
            for pattern, right in patterns:
                found = pattern.match(text, word.start())
                value = found["value"].rstrip(".,;:)]}*_") if found else ""
                if found and right(value):
                    start = found.start("value")
                    yield policy.hit(start, start + len(value), "secret.mentioned", "credential")
    for word in _PASSWORD.finditer(text):
        for start, value in _around(text, word.start()):
            yield policy.hit(start, start + len(value), "secret.mentioned", "credential")
    yield from _below(text, policy)


def _around(text: str, place: int) -> Iterator[tuple[int, str]]:
    """What is as mixed as a password and stands some words behind the word, or before it and "é a"."""
    word = _AFTER.match(text, place)
    if not word or (place and text[place - 1].isalnum()):
        return
    before = text[max(0, place - _BEFORE) : place]
    told = _WITH.search(before)
    for n, token in enumerate(_TOKEN.finditer(text, word.end(), word.end() + _REACH)):
        value = token[0].rstrip(".,;:*_").lstrip("*_:=/")
        if n >= _TOKENS or _NEW_LINE.search(text, word.end(), token.start() + 1):
            break
        if _is_striking(value) or (n == 0 and value[-1:].isdigit() and told and _is_stated(value)):
            yield token.start() + token[0].index(value), value
            break
    if (found := _IS_ONE.search(before)) and _is_new(found["value"]):
        yield place - len(before) + found.start("value"), found["value"]


def _below(text: str, policy: Policy) -> Iterator[Hit]:
    for found in _BELOW.finditer(text):
        name = _NAMED.search(text[max(0, found.start() - _NEAR) : found.start()])
        if name and is_value(found["value"], bool(found["quote"]), bool(name["password"])):
            yield policy.hit(*found.span("value"), "secret.assignment", "secret")


def _is_stated(value: str) -> bool:
    return is_value(value, quoted=False, password=True) and not (_NONE.match(value) or TYPE.match(value))


def _is_new(value: str) -> bool:
    """Behind "to" stands any word: a password only when it is as mixed as one, or nothing but digits."""
    mixed = classes(value) >= 3 or bool(SPECIAL.search(value)) or (value.isdigit() and len(value) <= 8)
    return mixed and _is_stated(value) and not _NO_PASSWORD.search(value)


def _is_striking(value: str) -> bool:
    """As mixed as hardly anything but a password, so that it need not be told plainly."""
    mixed = len(value) >= 8 and classes(value) >= 3 and SPECIAL.search(value) and any(map(str.isdigit, value))
    return bool(mixed) and not _NO_PASSWORD.search(value) and _is_stated(value)


def _is_paired(value: str) -> bool:
    return not (PLACEHOLDER.match(value) or CODE.search(value) or value.isalpha())


_OF_PASSWORDS = ((_STATED, _is_stated), (_CHANGED, _is_new))
_OF_USERS = ((_PAIR, _is_stated), (_SLASHED, _is_paired))
