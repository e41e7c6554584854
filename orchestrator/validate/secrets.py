"""Secrets by their shape: own rules for what the engine misses, or finds only in company.

Formats are the vendors' own documentation: Atlassian (ATATT/ATCTT/ATBB), Supabase (`sb_secret_`,
`sbp_`, service-role JWT), AWS (key id prefixes), Asaas (`$aact_`), Mercado Pago (APP_USR-),
Pagar.me (sk_, ak_live_), Efí (Client_Id_/Client_Secret_), Cielo (MerchantKey), PagBank;
PEM is RFC 7468, JWT RFC 7519.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Iterator

from orchestrator.validate.hit import Hit
from orchestrator.validate.logins import is_stock_login
from orchestrator.validate.policy import Policy

_WORD = r"(?<![A-Za-z0-9])"  # tokens stick to underscores and dashes, never to letters and digits

_MERCADO_PAGO = r"(?:APP_USR|TEST)-\d{10,}-\d{6}-[0-9a-fA-F]{32}(?:__[A-Z_]+__)?(?:-\d+)?"
_PAGARME = r"(?:sk_[A-Za-z0-9]{16,64}|[ae]k_(?:live|test)_[A-Za-z0-9]{20,})(?![A-Za-z0-9_])"
_PAGBANK = (
    r"(?i)(?:pagseguro|pagbank|iugu)[^\n]{0,40}?(?<![0-9a-f-])"
    r"[0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f-]{12,80}"
)
_PEM = (
    r"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----"
    r"(?:[^-]{0,20000}(?:-----END [A-Z0-9 ]{0,40}-----)?)"
)
_AZURE = r"(?i)(?:AccountKey|SharedAccessKey|SharedAccessSignature)=[A-Za-z0-9+/=%&_-]{20,}"
_WEBHOOK = (
    r"https://(?:hooks\.slack\.com/(?:services|workflows)|discord(?:app)?\.com/api/webhooks|"
    r"[a-z0-9.-]{1,200}\.webhook\.office\.com)/[A-Za-z0-9/_@.-]{16,}"
)

# The body of a private key without its frame, as it begins in base64: PKCS #8 and #1 (RSA, EC) and OpenSSH.
_KEY_BODY = (
    _WORD + r"(?:MII[A-Za-z0-9+/]{3}IBA(?:DANBgkqhkiG9w0BAQ|AK[BC])|MHcCAQEE|MIGHAgEAMBMGByqGSM49|"
    r"MIG2AgEAMBAGByqGSM49|b3BlbnNzaC1rZXktdjE)[A-Za-z0-9+/=\s]{16,8000}"
)
_SESSION = (
    r"(?:JSESSIONID|PHPSESSID|ASP\.NET_SessionId|connect\.sid|laravel_session|(?<![A-Za-z_-])sessionid)"
    r"=[A-Za-z0-9%+/._-]{16,}"
)
_SIGNED = r"(?:[?&;](?:amp;)?sig=[A-Za-z0-9%+/=_-]{20,}|X-(?:Amz|Goog)-Signature=[0-9a-fA-F]{32,})"

_PUTTY = (
    r"PuTTY-User-Key-File-\d:[^\n]{0,80}(?:\n[^\n]{0,200}){0,80}?"
    r"\nPrivate-Lines: \d+(?:\n[A-Za-z0-9+/=]{1,76}(?![^\n])){0,80}(?:\nPrivate-MAC: [0-9a-f]+)?"
)

# Prefixes that the engine does not know, from the vendors' documentation: Google (OAuth client secret, access
# and refresh token), Meta, Stripe's and Svix' webhooks, Notion, HubSpot, Vercel, Django, the
# URI of a second factor.
_OTP = r"otpauth://[ht]otp/[^\s\"'<>]{0,200}?[?&]secret=[A-Z2-7a-z]{12,}"
_HUBSPOT = r"pat-(?:na|eu|ap)\d-[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"

# Rule, what a text must hold for it to be tried ('': always; one of these is enough), pattern.
FORMATS: tuple[tuple[str, str, str], ...] = (
    ("secret.atlassian-token", "ATATT ATCTT ATSTT ATBB", _WORD + r"AT(?:ATT|CTT|STT|BB)[A-Za-z0-9_=-]{20,}"),
    ("secret.supabase-secret-key", "sb_secret_", r"sb_secret_[A-Za-z0-9_-]{16,}"),
    ("secret.supabase-access-token", "sbp_", _WORD + r"sbp_(?:oauth_|v0_)?[0-9a-f]{32,}"),
    (
        "secret.aws-access-token",
        "AKIA ASIA ABIA ACCA A3T",
        _WORD + r"(?:AKIA|ASIA|ABIA|ACCA|A3T[A-Z0-9])[A-Z2-7]{16}(?![A-Za-z0-9])",
    ),
    (
        "secret.github-token",
        "ghp_ gho_ ghu_ ghs_ ghr_ github_pat_",
        _WORD + r"(?:gh[pousr]_[A-Za-z0-9]{36,}|github_pat_[A-Za-z0-9_]{40,})",
    ),
    (
        "secret.gitlab-token",
        "glpat- gldt- glrt- glcbt- glptt- glsoat-",
        _WORD + r"gl(?:pat|dt|rt|cbt|ptt|soat)-[A-Za-z0-9_-]{20,}",
    ),
    ("secret.slack-token", "xox", _WORD + r"xox[abeoprs]-[A-Za-z0-9-]{10,}"),
    ("secret.google-api-key", "AIza", _WORD + r"AIza[A-Za-z0-9_-]{35}"),
    (
        "secret.google-oauth",
        "GOCSPX- ya29. 1//0",
        _WORD + r"(?:GOCSPX-[\w-]{20,}|ya29\.[\w-]{20,}|1//0[\w-]{30,})",
    ),
    ("secret.meta-token", "EAA", _WORD + r"EAA[A-Z][A-Za-z0-9]{40,}(?![A-Za-z0-9])"),
    ("secret.webhook-key", "whsec_", _WORD + r"whsec_[A-Za-z0-9+/=_-]{24,}"),
    (
        "secret.notion-token",
        "ntn_ secret_",
        _WORD + r"(?:ntn_[A-Za-z0-9]{30,}|secret_[A-Za-z0-9]{43}(?![A-Za-z0-9]))",
    ),
    ("secret.hubspot-token", "pat-", _WORD + _HUBSPOT),
    ("secret.vercel-token", "vercel_blob_rw_", r"vercel_blob_rw_[A-Za-z0-9_]{20,}"),
    ("secret.django-key", "django-insecure-", r"django-insecure-[^\s\"'`]{30,}"),
    ("secret.second-factor", "otpauth://", _OTP),
    ("secret.stripe-key", "k_live_ k_test_", _WORD + r"[rs]k_(?:live|test)_[A-Za-z0-9]{16,}"),
    ("secret.openai-key", "sk-", _WORD + r"sk-(?:ant-|proj-|svcacct-)?[A-Za-z0-9_-]{24,}"),
    ("secret.npm-token", "npm_", _WORD + r"npm_[A-Za-z0-9]{36}"),
    ("secret.pypi-token", "pypi-AgE", _WORD + r"pypi-AgE[A-Za-z0-9_-]{50,}"),
    ("secret.asaas-key", "$aact_", r"\$aact_[A-Za-z0-9_=+/:.-]{16,}"),
    ("secret.mercadopago-token", "APP_USR- TEST-", _WORD + _MERCADO_PAGO),
    ("secret.pagarme-key", "sk_ ak_ ek_", _WORD + _PAGARME),
    ("secret.efi-credential", "Client_Id_ Client_Secret_", _WORD + r"Client_(?:Id|Secret)_[0-9a-f]{32,}"),
    ("secret.cielo-key", "", r"(?i)merchant[_-]?key[\"'\s:=>]{1,6}[A-Za-z0-9]{40}(?![A-Za-z0-9])"),
    ("secret.telegram-token", ":AA", r"(?<![A-Za-z0-9])\d{8,10}:AA[A-Za-z0-9_-]{33}(?![A-Za-z0-9_-])"),
    ("secret.pagbank-token", "", _PAGBANK),
    ("secret.jwt", "eyJ", _WORD + r"eyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}"),
    ("secret.private-key", "-----BEGIN", _PEM),
    ("secret.private-key", "MII MHcC MIG b3Bl", _KEY_BODY),
    ("secret.session-cookie", "SESSID JSESSIONID SessionId connect.sid laravel_session sessionid", _SESSION),
    ("secret.signed-url", "sig= -Signature=", _SIGNED),
    ("secret.azure-account-key", "", _AZURE),
    ("secret.webhook-url", "hooks.slack.com /api/webhooks .webhook.office.com", _WEBHOOK),
    ("secret.password-hash", "$", r"\$(?:1|2[abxy]|5|6|y|apr1|argon2id?)\$[A-Za-z0-9./$=,+]{20,}"),
    ("secret.putty-key", "PuTTY-User-Key-File-", _PUTTY),
)
_COMPILED = tuple((rule, anchors.split(), re.compile(pattern)) for rule, anchors, pattern in FORMATS)

_URL_LOGIN = re.compile(r"(?<=://)([^\s/@:\"'<>]{0,128}):([^\s/@\"'<>]{1,256})(?=@[A-Za-z0-9\[])")
_HOST = 80  # characters behind a login in which its host ends, where the host has one name
_LOOPBACK = re.compile(r"@(?:localhost|127\.0\.0\.1|\[::1\])(?![\w.-])")
_BASIC = re.compile(r"(?i)(?<![a-z])basic\s{1,4}([A-Za-z0-9+/]{8,}={0,2})")
_BEARER = re.compile(r"(?i)(?<![a-z])bearer\s{1,4}([A-Za-z0-9._~+/=-]{16,})")
_TEMPLATE = re.compile(
    r"[${<*\[]|%(?![0-9A-F]{2})|^x+$|^(?:pass(?:word)?|senha|secret|token|user)$", re.IGNORECASE
)


def check(text: str, policy: Policy) -> Iterator[Hit]:
    """Tokens, private keys, JWTs, and logins in URLs and in Authorization headers."""
    for rule, anchors, pattern in _COMPILED:
        if anchors and not any(anchor in text for anchor in anchors):
            continue
        for found in pattern.finditer(text):
            name = _jwt_rule(found.group()) if rule == "secret.jwt" else rule
            yield policy.hit(*found.span(), name, "secret")
    for found in _URL_LOGIN.finditer(text):
        if not _TEMPLATE.search(found.group(2)) and not _is_stock(text, found):
            known = is_stock_login(text[found.start() : found.end() + _HOST])
            rule, kind = ("secret.default", "credential") if known else ("secret.url-login", "secret")
            yield policy.hit(*found.span(), rule, kind)
    for found in _BASIC.finditer(text):
        if b":" in _decoded(found.group(1)):
            yield policy.hit(*found.span(1), "secret.basic-login", "secret")
    for found in _BEARER.finditer(text):
        if any(c.isdigit() for c in found.group(1)):
            yield policy.hit(*found.span(1), "secret.bearer-token", "secret")


def _is_stock(text: str, login: re.Match[str]) -> bool:
    """A name that is its own password, at a machine that is everybody's: an example's `postgres:postgres`."""
    return login[1] == login[2] and bool(_LOOPBACK.match(text, login.end()))


def _jwt_rule(token: str) -> str:
    """A Supabase service key is a JWT whose payload says so: it bypasses row-level security."""
    try:
        role = json.loads(_decoded(token.split(".")[1])).get("role")
    except (ValueError, AttributeError, RecursionError):
        return "secret.jwt"
    return "secret.supabase-service-role" if role == "service_role" else "secret.jwt"


def _decoded(run: str) -> bytes:
    body = run.rstrip("=")
    try:
        return base64.urlsafe_b64decode(body + "=" * (-len(body) % 4))
    except (binascii.Error, ValueError):
        return b""
