"""Credentials that do not belong in a committed file, by how they look and by what they are called.

The whole text is looked at, comments too: what is committed is public to everyone who can clone.
This guards one small file of ours; `validate` judges what leaves.
"""

from __future__ import annotations

import binascii
import json
import re

# (what it is called in the message, how it looks, the variables that take its place)
_SUPABASE = ("ORCH_SUPABASE_KEY", "ORCH_<COMPANY>_SUPABASE_KEY")
_ATLASSIAN = ("ORCH_ATLASSIAN_TOKEN", "ORCH_<COMPANY>_ATLASSIAN_TOKEN")
_FORGE = ("ORCH_FORGE_TOKEN",)
_LOOKS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("Supabase", r"\bsb_(?:secret|publishable)_[A-Za-z0-9_-]{8,}", _SUPABASE),
    ("Supabase", r"\bsbp_[a-f0-9]{16,}", _SUPABASE),
    ("JWT", r"\beyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{4,}\.[A-Za-z0-9_-]{4,}", _SUPABASE),
    ("Atlassian", r"\bAT(?:ATT|CTT|BB|STT)[A-Za-z0-9][A-Za-z0-9_=-]{12,}", _ATLASSIAN),
    ("GitHub", r"\bgh[opusr]_[A-Za-z0-9]{16,}", _FORGE),
    ("GitHub", r"\bgithub_pat_[A-Za-z0-9_]{16,}", _FORGE),
    ("GitLab", r"\bgl(?:pat|dt|rt|ptt)-[A-Za-z0-9_-]{16,}", _FORGE),
    ("AWS", r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b", ()),
    ("Slack", r"\bxox[abeoprs]-[A-Za-z0-9-]{10,}", ()),
    ("PEM", r"-----BEGIN [A-Z ]*PRIVATE KEY-----", ()),
    ("URL", r"\b[a-z][a-z0-9+.-]*://[^\s/@:\"']*:[^\s/@\"']+@", ("ORCH_<COMPANY>_<REMOTE>_TOKEN",)),
)

# A key whose last word is one of these names a credential, in English or Portuguese.
_NAMES = re.compile(
    r"(?:^|[_.-])(?:token|key|apikey|password|passwd|pass|pwd|secret|credential|credentials|bearer"
    r"|auth|senha|segredo|chave|credencial|jwt|pat|service_role|anon)$"
)
_SPELLED = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_VARIABLES = {
    "supabase": "SUPABASE_KEY",
    "jira": "JIRA_TOKEN",
    "confluence": "CONFLUENCE_TOKEN",
    "forge": "FORGE_TOKEN",
}


def find(text: str) -> tuple[int, str, tuple[str, ...]] | None:
    """The first thing in a text that looks like a credential: line, kind, variables to set instead."""
    hits = [
        (match.start(), what, variables)
        for what, pattern, variables in _LOOKS
        for match in re.finditer(pattern, text)
        if what != "JWT" or _is_jwt(match[0])
    ]
    if not hits:
        return None
    start, what, variables = min(hits)
    return text.count("\n", 0, start) + 1, what, variables


def _is_jwt(text: str) -> bool:
    """True when the first part decodes to a JSON header; `eyJ` alone also starts other base64."""
    from base64 import urlsafe_b64decode

    head = text.partition(".")[0]
    try:
        return isinstance(json.loads(urlsafe_b64decode(head + "=" * (-len(head) % 4))), dict)
    except (ValueError, binascii.Error):
        return False


def names_credential(key: str) -> bool:
    """Whether a key's name says that its value is a credential (`api_key`, `apiToken`, `senha`)."""
    return _NAMES.search(_SPELLED.sub("_", key).lower()) is not None


def variable(section: str, company: str = "") -> str:
    """The environment variable that takes the place of a credential in that section of a company."""
    prefix = f"ORCH_{company.upper().replace('-', '_')}_" if company else "ORCH_"
    return prefix + _VARIABLES.get(section, "<REMOTE>_TOKEN")
