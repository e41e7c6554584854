"""Valid-looking but fake identifiers and secrets, from parts and check-digit rules."""

from __future__ import annotations

import base64
import json
import random
import string

LETTERS = string.ascii_letters + string.digits
HEX = "0123456789abcdef"


def token(size: int, alphabet: str = LETTERS, seed: int = 7) -> str:
    return "".join(random.Random(seed).choices(alphabet, k=size))


def _mod11(digits: list[int], weights: range) -> int:
    rest = sum(d * w for d, w in zip(digits, weights, strict=False)) % 11
    return 0 if rest < 2 else 11 - rest


def cpf(rng: random.Random) -> str:
    """Eleven digits; Receita Federal's modulus 11 with weights 10..2 and 11..2."""
    digits = [rng.randrange(10) for _ in range(9)]
    if len(set(digits)) == 1:
        digits[0] = (digits[0] + 1) % 10
    digits.append(_mod11(digits, range(10, 1, -1)))
    digits.append(_mod11(digits, range(11, 1, -1)))
    return "".join(map(str, digits))


def dotted_cpf(plain: str) -> str:
    return f"{plain[:3]}.{plain[3:6]}.{plain[6:9]}-{plain[9:]}"


def cnpj(rng: random.Random, letters: bool = False) -> str:
    """Fourteen characters; each is worth ord(c) - 48 (IN RFB 2.229/2024)."""
    alphabet = string.digits + string.ascii_uppercase if letters else string.digits
    chars = [rng.choice(alphabet) for _ in range(12)]
    if letters:
        chars[rng.randrange(12)] = rng.choice(string.ascii_uppercase)
    for _ in range(2):
        values = [ord(c) - 48 for c in reversed(chars)]
        rest = sum(v * (2 + i % 8) for i, v in enumerate(values)) % 11
        chars.append(str(0 if rest < 2 else 11 - rest))
    return "".join(chars)


def dotted_cnpj(plain: str) -> str:
    return f"{plain[:2]}.{plain[2:5]}.{plain[5:8]}/{plain[8:12]}-{plain[12:]}"


def card(rng: random.Random) -> str:
    """A card number of 16 (or Amex' 15) digits with a right Luhn digit."""
    prefix, size = rng.choice(
        [("4", 16), ("51", 16), ("55", 16), ("34", 15), ("37", 15), ("6011", 16), ("636368", 16)]
    )
    body = prefix + "".join(rng.choice(string.digits) for _ in range(size - 1 - len(prefix)))
    total = 0
    for i, char in enumerate(reversed(body)):
        value = int(char) * (2 if i % 2 == 0 else 1)
        total += value - 9 if value > 9 else value
    return body + str(-total % 10)


def grouped_card(plain: str, sep: str = " ") -> str:
    sizes = [4, 6, 5] if len(plain) == 15 else [4, 4, 4, 4]
    parts, at = [], 0
    for size in sizes:
        parts.append(plain[at : at + size])
        at += size
    return sep.join(parts)


def jwt(role: str = "") -> str:
    def part(value: dict[str, str]) -> str:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")

    payload = {"iss": "fake", **({"role": role} if role else {})}
    return f"{part({'alg': 'HS256', 'typ': 'JWT'})}.{part(payload)}.{token(43)}"


def pem() -> str:
    kind = "RSA PRIVATE" + " KEY"
    return f"-----BEGIN {kind}-----\n{token(64)}\n{token(64, seed=8)}\n-----END {kind}-----"


def django_key(rng: random.Random) -> str:
    """As `django.core.management.utils.get_random_secret_key` makes it."""
    return "".join(rng.choices("abcdefghijklmnopqrstuvwxyz0123456789!@#$%^&*(-_=+)", k=50))


def secret_examples() -> dict[str, str]:
    """Rule id → an example that only looks real."""
    return {
        "secret.atlassian-token": "ATA" + "TT3xFfGF0" + token(170) + "=1A2B3C4D",
        "secret.supabase-secret-key": "sb_" + "secret_" + token(31),
        "secret.supabase-access-token": "sbp" + "_" + token(40, HEX),
        "secret.supabase-service-role": jwt("service_role"),
        "secret.jwt": jwt(),
        "secret.aws-access-token": "AK" + "IA" + token(16, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"),
        "secret.github-token": "gh" + "p_" + token(36),
        "secret.gitlab-token": "gl" + "pat-" + token(20),
        "secret.slack-token": "xo" + "xb-" + token(12, string.digits) + "-" + token(24),
        "secret.google-api-key": "AI" + "za" + token(35),
        "secret.stripe-key": "sk_" + "live_" + token(24),
        "secret.openai-key": "sk-" + "proj-" + token(48),
        "secret.npm-token": "np" + "m_" + token(36),
        "secret.pypi-token": "py" + "pi-AgE" + token(60),
        "secret.asaas-key": "$aa" + "ct_prod_" + token(60),
        "secret.mercadopago-token": "APP_"
        + "USR-"
        + token(16, string.digits)
        + "-112233-"
        + token(32, HEX)
        + "-987654321",
        "secret.pagarme-key": "sk" + "_" + token(16),
        "secret.efi-credential": "Client_" + "Secret_" + token(40, HEX),
        "secret.cielo-key": "Merchant" + "Key: " + token(40, string.ascii_uppercase),
        "secret.private-key": pem(),
        "secret.webhook-url": "https://hooks." + "slack.com/services/" + token(9) + "/" + token(24),
        "secret.password-hash": "$2" + "b$10$" + token(53),
        "secret.putty-key": "PuTTY-User-" + "Key-File-2: ssh-rsa\nPublic-Lines: 1\nAA\nPrivate-" + "Lines: 1",
        "secret.azure-account-key": "Account" + "Key=" + token(86) + "==",
        "secret.google-oauth": "GOC" + "SPX-" + token(28),
        "secret.meta-token": "EA" + "ACEdEose0cBA" + token(80),
        "secret.webhook-key": "wh" + "sec_" + token(32),
        "secret.notion-token": "nt" + "n_" + token(46),
        "secret.hubspot-token": "pat" + "-na1-" + "-".join(token(n, HEX) for n in (8, 4, 4, 4, 12)),
        "secret.vercel-token": "vercel_" + "blob_rw_" + token(16) + "_" + token(30),
        "secret.django-key": "django-" + "insecure-" + django_key(random.Random(3)),
        "secret.second-factor": "otp"
        + "auth://totp/Loja:ana?secret="
        + token(16, "ABCDEFGHJKLMNPQRST234567"),
    }
