"""Cut Markdown to a vendor's budget, at a line, with code fences closed and a note that says so."""

from __future__ import annotations

import re

from orchestrator.markup.adf import to_adf, to_json

# Jira Cloud stores at most 32,767 characters of description and does not say whether it counts
# text or ADF JSON (about 5.6 times as long): keep both within it.
MAX_DESCRIPTION_JSON = 32_767
MAX_DESCRIPTION_TEXT = 10_000

_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")


def shorten(markdown: str, limit: int, note: str) -> str:
    """The text itself if it has at most `limit` characters, else its first lines and `note`.

    The result may exceed `limit` by the length of the note and of a closing fence.
    """
    if len(markdown) <= limit:
        return markdown
    head = markdown[:limit]
    border = head.rfind("\n")
    head = head[:border] if border > limit // 2 else head
    return f"{head.rstrip()}\n{_closing_fence(head)}\n{note}"


def shorten_description(markdown: str, note: str) -> str:
    """Markdown whose rendering fits Jira's description, text and ADF JSON both."""
    limit = MAX_DESCRIPTION_TEXT
    shortened = shorten(markdown, limit, note)
    while limit and len(to_json(to_adf(shortened))) > MAX_DESCRIPTION_JSON:
        limit = limit * 3 // 4
        shortened = shorten(markdown, limit, note)
    return shortened


def _closing_fence(head: str) -> str:
    """The fence that closes a code block which is open at the end of `head`, else ''."""
    opened = ""
    for line in head.split("\n"):
        found = _FENCE.match(line)
        if not found:
            continue
        fence = found[1]
        if not opened:
            opened = fence
        elif fence[0] == opened[0] and len(fence) >= len(opened) and not line[found.end() :].strip():
            opened = ""
    return f"{opened}\n" if opened else ""
