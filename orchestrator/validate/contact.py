"""Ways to reach a person: e-mail addresses, telephone numbers, street addresses."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from orchestrator.validate.hit import Hit
from orchestrator.validate.policy import Policy

_NEAR = 48  # characters before a bare number in which a word for talking may stand
_DIGIT = re.compile(r"\d")
_EMAIL = re.compile(
    r"(?<![\w.+%-])(?P<local>[\w.+%-]{1,64})@(?P<domain>(?:[\w-]{1,63}\.){1,8}(?P<top>[^\W\d_]{2,24}))(?![^\W_])"
)
_SPELT_OUT = re.compile(
    r"(?i)(?<![\w.])[\w.+-]{2,64}\s{0,2}[\[({<]\s?(?:at|arroba|em)\s?[\])}>]\s{0,2}[\w-]{2,63}"
    r"(?:\s{0,2}(?:\.|[\[({]\s?(?:dot|ponto)\s?[\])}])\s{0,2}[\w-]{2,63}){1,4}"
)
_TOP = r"(?:com|net|org|gov|edu|adv|app|dev|io)(?:\.br)?(?!\w)|br(?!\w)"
# With blanks around the @, with `_at_`, and told in words, as people write against robots.
_SPACED = re.compile(
    r"(?<![\w.+-])(?P<local>(?=[\w+-]{0,63}[._])[\w.+-]{2,64}\s{0,2}@\s{0,2}|[\w+-]{1,64}\s{0,2}@\s{1,2})"
    rf"(?P<domain>(?:[\w-]{{2,63}}\.){{1,5}}(?:{_TOP}))"
)
_BLANK_AT = re.compile(r"\s@|@\s")
_AT = re.compile(rf"(?i)(?<![\w.])[a-z][\w.+-]{{0,60}}_at_(?:[a-z][a-z0-9-]{{1,62}}\.){{1,4}}(?:{_TOP})")
_IN_WORDS = re.compile(
    r"(?i)(?<![\w.])[\w.+-]{2,64}\s{1,2}(?:arroba\s{1,2}[\w-]{2,63}(?:\s{0,2}\.\s{0,2}|\s{1,2}ponto\s{1,2})[a-z]{2,24}"
    r"|at\s{1,2}[\w-]{2,63}\s{1,2}dot\s{1,2}(?:com|net|org|gov|edu|io|dev|br))"
    r"(?:\s{1,2}(?:ponto|dot)\s{1,2}[a-z]{2,24}){0,3}(?!\w)"
)
_BRACKETED = re.compile(r"[\[({<]\s?(?:at|arroba|em)\s?[\])}>]")
# RFC 2606 and RFC 6761 names belong to nobody; forges' and mailers' robots are no persons.
_NOBODY = re.compile(
    r"(?i)(?:^|\.)(?:example|exemplo)\.(?:com|net|org)(?:\.br)?$|\.(?:example|test|invalid|localhost)$"
)
_ROBOT = re.compile(r"(?i)^(?:git|hg|svn|no-?reply|do-?not-?reply|nao-?responda|mailer-daemon|postmaster)$")
# Endings of files and units that follow an @ in `icon@2x.png`, `getty@tty1.service`, `pkg@1.2.x`.
_ENDINGS = (
    "png jpg jpeg gif svg webp ico js jsx ts tsx mjs cjs json css scss less html htm xml yml yaml toml txt "
    "md lock java kt go rb php py sql vue service socket timer target mount path slice device swap sha git"
)
_NO_DOMAIN = frozenset(_ENDINGS.split())

_PHONE = re.compile(
    r"(?<![\w.+/-])(?:\+?55[\s-]?)?\(0?\d{2}\)\s?9?\s?\d{4}[\s.-]?\d{4}(?!\d)"
    r"|(?<![\w.+/-])(?:\+?55[\s-]?)?\d{2}[\s-]9\s?\d{4}[-.\s]\d{4}(?![\d-])"
    r"|(?<![\w.+/-])\+55[\s-]?\d{2}[\s-]?9?\d{4}[\s-]?\d{4}(?!\d)"
    r"|(?:(?<![\w.+/-])|(?<=wa\.me/))55\d{2}9\d{8}(?![\w-]|\.\d)"
)
_LINKED = re.compile(r"(?i)(?:wa\.me/|[?&]phone=)\+?(?P<number>\d{10,15})(?!\d)")
_LONG_RUN = re.compile(r"\d{10}")
_MOBILE = re.compile(r"(?<![\w.+/-])\d{2}9\d{8}(?![\w-]|\.\d)")
_TALKS = re.compile(r"(?i)(?<![a-z])(?:mensage[mn]s?|sms|zap|what?s\w{0,4}|contatos?|celular(?:es)?|tele)")
_ABROAD = re.compile(r"(?<![\w.+/-])\+[1-9]\d{0,2}(?:[\s.-]?\(?\d{1,4}\)?){2,5}(?![\w-])")
_PHONE_NAMED = re.compile(
    r"(?i)(?<![a-z])(?:tel|telefone|fone|celular|cel|whats(?:app)?|zap|contato|ligar|phone|mobile)(?![a-z])"
    r"[^\n\d+]{0,24}(?P<number>(?:\+?\d{1,3}[\s-]?)?\(?(?:\d{2}\)?[\s.-]?)?9?\s?\d{4}[\s.-]?\d{4})(?![\d-])"
)
_YEARS = re.compile(r"(?:19|20)\d\d\D?(?:19|20)\d\d")
_COUNTED = re.compile(r"(?i)\s{1,2}(?:mil|milh(?:ão|ões|ares)|registros?|linhas?|itens|rows?|records?)(?!\w)")
_ADDRESS = re.compile(
    r"(?<!\w)(?:[Rr]ua|R\.|[Aa]v\.|[Aa]venida|[Tt]ravessa|[Aa]lameda|[Pp]ra[cç]a|[Rr]odovia|[Ee]strada|[Ll]argo)\s+"
    r"[^\n]{3,100}?\d{5}-?\d{3}(?!\d)"
)
_STREET = re.compile(
    r"(?<!\w)(?:[Rr]ua|[Aa]v\.|[Aa]venida|[Tt]ravessa|[Aa]lameda|[Pp]ra[cç]a|[Rr]odovia)\s+"
    r"(?:(?:d[aeo]s?\s+)?[A-ZÀ-Ý][\wÀ-ÿ.]{1,30}\s?){1,6}"
    r",?\s{0,2}(?:n[º°o.]{0,2}\s?)?\d{1,5}(?!\w)"
)


def check(text: str, policy: Policy) -> Iterator[Hit]:
    """E-mail addresses but for robots' and reserved ones, telephone numbers, streets with a number."""
    yield from _emails(text, policy)
    if not _DIGIT.search(text):
        return
    yield from _phones(text, policy)
    for pattern in (_ADDRESS, _STREET):
        for found in pattern.finditer(text):
            if not _COUNTED.match(text, found.end()):
                yield policy.hit(*found.span(), "personal.address", "address")


def _emails(text: str, policy: Policy) -> Iterator[Hit]:
    if "@" in text:
        for pattern in (_EMAIL, _SPACED) if _BLANK_AT.search(text) else (_EMAIL,):
            for found in pattern.finditer(text):
                if _is_persons(found["local"].rstrip("@ \t\n"), found["domain"]):
                    yield policy.hit(*found.span(), "personal.email", "email")
    for pattern in (_SPELT_OUT, _AT, _IN_WORDS) if _is_told(text) else ():
        for found in pattern.finditer(text):
            yield policy.hit(*found.span(), "personal.email", "email")


def _is_told(text: str) -> bool:
    lowered = text.lower()
    told = any(word in lowered for word in ("arroba", "_at_", " dot "))
    return told or bool(_BRACKETED.search(lowered))


def _is_persons(local: str, domain: str) -> bool:
    return not (
        domain.rpartition(".")[2].lower() in _NO_DOMAIN or _NOBODY.search(domain) or _ROBOT.match(local)
    )


def _phones(text: str, policy: Policy) -> Iterator[Hit]:
    for start, end in _numbers(text):
        if not _COUNTED.match(text, end):
            yield policy.hit(start, end, "personal.phone", "phone")


def _numbers(text: str) -> Iterator[tuple[int, int]]:
    for found in _PHONE.finditer(text):
        if _area_code(found.group()):
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
