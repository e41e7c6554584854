"""A component's name as it may stand in a commit's message, a title or a command: one plain word. Pure.

Whoever writes a manifest chooses the name in it; a line break there would forge a trailer, and `closes #1`
would close somebody's issue.
"""

from __future__ import annotations

import re
import unicodedata

from orchestrator.terminal import visible

LONGEST = 200  # npm allows 214, others less; nobody's component needs it
_PLAIN = re.compile(r"@?[^\W_][\w.+~:/-]*")  # `@scope/name`, `group:artifact`, `github.com/acme/auth/v2`
_OTHER = re.compile(r"[^\w.+~-]+")


def is_plain_name(text: str) -> bool:
    """Whether it is one word of letters, digits and `.+~:/-_`, which a terminal shows as it is."""
    return len(text) <= LONGEST and bool(_PLAIN.fullmatch(text)) and visible(text) == text


def plain_name(text: str) -> str:
    """The nearest plain name, for a folder's: what may not be in one becomes a dash."""
    name = _OTHER.sub("-", unicodedata.normalize("NFC", text)).lstrip("-._+~").rstrip("-")[:LONGEST]
    return name if is_plain_name(name) else "component"


def bare_name(name: str) -> str:
    """The last part of a package's name: `@acme/auth`, `github.com/acme/auth/v2` give `auth`."""
    parts = [part for part in " ".join(name.split()).split("/") if part]
    if len(parts) > 1 and parts[-1][:1] == "v" and parts[-1][1:].isdigit():
        parts.pop()
    return parts[-1][:80] if parts else ""
