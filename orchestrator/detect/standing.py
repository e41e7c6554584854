"""Whether a message says what was learnt before, word for word."""

from __future__ import annotations

from orchestrator.model import Record, normalise

_FEWEST = 3  # words; fewer stand in a message by chance


def stands_in(record: Record, message: str) -> bool:
    """Whether each paragraph of what a record says stands in a message, whatever lies between them."""
    said = f" {normalise(message)} "
    words = [normalise(part) for part in (record.title, *record.content.split("\n\n"))]
    enough = sum(len(part.split()) for part in set(words)) >= _FEWEST
    return enough and all(f" {part} " in said for part in words if part)
