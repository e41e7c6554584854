"""Whether a message says what was learnt before, word for word."""

from __future__ import annotations

from functools import lru_cache

from orchestrator.model import Record, normalise

_FEWEST = 3  # words; fewer stand in a message by chance


def stands_in(record: Record, message: str) -> bool:
    """Whether each paragraph of what a record says stands in a message, whatever lies between them."""
    words = _paragraphs(record.title, record.content)
    said = _said(message)
    return bool(words) and all(f" {part} " in said for part in words)


@lru_cache(maxsize=4096)  # each of many records is looked for in each of many messages
def _paragraphs(title: str, content: str) -> tuple[str, ...]:
    """The paragraphs as topics compare, none where they are too few words to say anything."""
    words = tuple(filter(None, dict.fromkeys(map(normalise, (title, *content.split("\n\n"))))))
    return words if sum(len(part.split()) for part in words) >= _FEWEST else ()


@lru_cache(maxsize=16)
def _said(message: str) -> str:
    return f" {normalise(message)} "
