"""What of a learning is embedded."""

from __future__ import annotations


def embedding_text(title: str, content: str) -> str:
    """What is embedded of a learning: its title, and its content unless that only repeats it."""
    return title if content.startswith(title) and len(content) <= len(title) + 1 else f"{title}\n{content}"
