"""Logins: a user's name with its password, headers that carry a token, and the defaults of public images.

`jdbc:oracle:thin:USER/VALUE@`, `sqlplus USER/VALUE@SID` (Oracle's own tools' manuals), `auth=(USER, VALUE)`
of requests, `Authorization: Token VALUE` (Django REST framework), a session in a `Cookie` header (RFC 6265).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from orchestrator.validate.hit import Hit
from orchestrator.validate.policy import Policy
from orchestrator.validate.values import CODE, PLACEHOLDER, is_value

_USER = r"[\"']?[\w.$#-]{1,64}"
_TOOLS = r"sqlplus|sqlcl|sqlldr|expdp|impdp|exp|imp|rman[ \t]+target|tkprof"
_ORACLE = re.compile(
    rf"(?:(?i:jdbc:oracle:(?:thin|oci8?)):|(?<![\w.-])(?:{_TOOLS})(?:[ \t]+-\w+){{0,4}}[ \t]+){_USER}/\"?"
    r"(?P<value>[^\s/@\"'<>]{2,128})\"?@"
)
_TUPLE = re.compile(
    r"(?i)(?<![a-z])(?:auth|credentials?|login)[ \t]{0,4}[=(:][ \t]{0,4}\(?[ \t]{0,4}[\"'][^\s\"']{1,64}[\"']"
    r"[ \t]{0,4},[ \t]{0,4}[\"'](?P<value>[^\s\"']{4,128})[\"']"
)
_PAIR = re.compile(
    r"(?i)(?<![a-zÀ-ÿ])(?:basic[ _-]auth|credenciais|credentials)[ \t]{0,2}:?[ \t]{1,4}"
    r"[\w.@-]{2,64}[:/](?P<value>[^\s\"'`/]{5,128})"
)
_HEADER = re.compile(
    r"(?i)(?<![a-z])authorization[\"']?\s{0,4}[:=,]\s{0,4}[\"']?(?:token|api-?key|key|bot|sso-key)\s{1,4}"
    r"(?P<value>[A-Za-z0-9._~+/=:-]{16,512})"
)
_COOKIE = re.compile(
    r"(?i)(?<![a-z])(?:set-)?cookie[\"']?\s{0,4}[:=]\s{0,4}[\"']?(?:[^\n\"']{0,200}?;\s?)?[\w.-]{0,40}?(?:sess|sid|auth|token|jwt)[\w.-]{0,40}="
    r"(?P<value>[A-Za-z0-9%+/._~-]{16,1024})"
)
# A key in hexadecimal behind words that say what it is for: a commit's id looks the same.
_TOLD = re.compile(
    r"(?i)(?<![a-z])(?:auth|api|access|bot|x-api|secret)[ _-]?(?:token|key)[ \t]{1,4}"
    r"(?P<value>[0-9a-f]{24,64})(?![0-9a-f])"
)
_FORMS = (
    (_ORACLE, "secret.url-login", "secret"),
    (_HEADER, "secret.bearer-token", "secret"),
    (_COOKIE, "secret.session-cookie", "secret"),
    (_TUPLE, "secret.mentioned", "credential"),
    (_PAIR, "secret.mentioned", "credential"),
    (_TOLD, "secret.mentioned", "credential"),
)
_PARTS = ("oracle:", "auth", "credenc", "credential", "login", "cookie", "token", "key")

# What the documentation of public images and products starts them with; also a user's name as its password.
_NAMES = (
    "postgres postgresql mysql mariadb root admin guest rabbitmq rabbit redis mongo mongodb minio minioadmin "
    "keycloak grafana elastic kibana sonar airflow superset tiger oracle neo4j influx metabase odoo "
    "wordpress django rails laravel app dev development local docker example user"
)
_STOCK = frozenset(_NAMES.split())


# A host of one name, as a container's or this machine's is: there the default is what documentation says.
_OF_ONE_NAME = re.compile(
    r"(?P<user>[^\s/@:]*):(?P<value>[^\s/@]+)@(?:[A-Za-z][\w-]{0,62}|127\.0\.0\.1|\[::1\])(?![\w.-])"
)


def check(text: str, policy: Policy) -> Iterator[Hit]:
    """Sure forms block; those that examples have as well, and defaults that everybody knows, ask a person."""
    lowered = text.lower()
    named = any(part in lowered for part in _PARTS)
    for pattern, rule, kind in _FORMS if named else (_FORMS[0],):
        for found in pattern.finditer(text):
            value = found["value"]
            if _is_login(value, by_itself=kind == "secret"):
                yield of_login(policy, *found.span("value"), rule, kind, value)


def of_login(policy: Policy, start: int, end: int, rule: str, kind: str, value: str) -> Hit:
    """The hit of a login's password; one that everybody knows asks a person, however it is written."""
    if is_stock(value):
        return policy.hit(start, end, "secret.default", "credential")
    return policy.hit(start, end, rule, kind)


def is_stock(value: str) -> bool:
    """True for a password that public images are documented with: no secret of anybody, and yet a login."""
    return value.lower() in _STOCK


def is_stock_login(login: str) -> bool:
    """True for `USER:PASSWORD@HOST` with a known default, or the user's name, at a host of one name."""
    found = _OF_ONE_NAME.match(login)
    return found is not None and (is_stock(found["value"]) or found["user"] == found["value"])


def _is_login(value: str, by_itself: bool) -> bool:
    if PLACEHOLDER.match(value) or CODE.search(value):
        return False
    return by_itself or is_value(value, quoted=False, password=True)
