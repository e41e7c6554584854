"""The part of a text that shows why it was found."""

from __future__ import annotations

from collections.abc import Sequence

from orchestrator.lexical import fold, stem, words

WIDTH = 160  # characters


def snippet(title: str, text: str, terms: Sequence[str]) -> str:
    """About `WIDTH` characters of `text` around the matched terms, on one line, cut at words.

    What the title already says is left out, as long as something remains.
    """
    body = " ".join(text.removeprefix(title).split()) or " ".join(text.split())
    if len(body) <= WIDTH:
        return body
    start = _start(body, {stem(fold(term)) for term in terms})
    end = min(len(body), start + WIDTH)
    if end < len(body) and " " in body[start:end]:
        end = start + body[start:end].rindex(" ")
    return ("…" if start else "") + body[start:end] + ("…" if end < len(body) else "")


def _start(body: str, wanted: set[str]) -> int:
    """The beginning of a word, a few words before the first that was sought."""
    at = 0
    for word in body.split(" "):
        if wanted.intersection(stem(part) for part in words(word)):
            before = body.rfind(" ", 0, max(0, at - WIDTH // 4))
            return max(0, min(before + 1, len(body) - 1)) if at > WIDTH // 2 else 0
        at += len(word) + 1
    return 0
