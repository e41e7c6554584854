"""A secret and the headers that carry it; neither shows in a repr."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from orchestrator.errors import CredentialsError
from orchestrator.i18n import _


@dataclass(frozen=True, slots=True)
class Credential:
    """`variable` names the environment variable that holds the secret; `headers` carry it."""

    variable: str
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    secrets: tuple[str, ...] = field(default=(), repr=False)

    @classmethod
    def bearer(cls, variable: str, token: str) -> Credential:
        """`Authorization: Bearer …`. Raises CredentialsError for an empty or malformed token."""
        token = _sound(variable, token)
        return cls(variable, {"Authorization": f"Bearer {token}"}, (token,))

    @classmethod
    def basic(cls, variable: str, user: str, token: str) -> Credential:
        """`Authorization: Basic …` of `user:token`. Raises CredentialsError as `bearer` does."""
        token = _sound(variable, token)
        packed = base64.b64encode(f"{user}:{token}".encode()).decode()
        return cls(variable, {"Authorization": f"Basic {packed}"}, (token, packed))

    @classmethod
    def supabase(cls, variable: str, key: str) -> Credential:
        """An `sb_` key goes into `apikey` only; a legacy JWT into `apikey` and `Authorization`."""
        key = _sound(variable, key)
        headers = {"apikey": key}
        if not key.startswith("sb_"):
            headers["Authorization"] = f"Bearer {key}"
        return cls(variable, headers, (key,))

    def masked(self, text: str) -> str:
        """The text without the secret, in case a vendor quotes it back."""
        for secret in self.secrets:
            text = text.replace(secret, "***")
        return text


def is_published(key: str) -> bool:
    """Whether a Supabase key is for everybody to hold: a publishable one, or a legacy JWT of such a role."""
    if key.startswith("sb_"):
        return key.startswith("sb_publishable_")
    try:
        payload = json.loads(base64.urlsafe_b64decode(key.split(".")[1] + "=="))
        return payload["role"] in ("anon", "authenticated")
    except (IndexError, KeyError, TypeError, ValueError):
        return False


def _sound(variable: str, token: str) -> str:
    """The token without surrounding blanks; control characters would split headers."""
    token = token.strip()
    hint = _("set the variable {variable}").format(variable=variable)
    if not token:
        raise CredentialsError(_("{variable} is not set").format(variable=variable), hint)
    if not (token.isascii() and token.isprintable()) or " " in token:
        words = _("{variable} holds characters that no token has")
        raise CredentialsError(words.format(variable=variable), hint)
    return token
