"""What a component's learning is about: its name, and where several have it, the folder around it. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import zip_longest

from orchestrator.model import normalise


def topic_of(folder: str, name: str, taken: Mapping[str, str]) -> tuple[str, str]:
    """What the learning of a folder's component is about, and the folder that tells it apart ('' for none).

    Its name; while another folder's has that, the last folder around it that differs, too. What was once told
    of a folder stays. No name holds the stroke, so that no other name is the same.
    """
    plain, parts = normalise(name), folder.split("/")[::-1]
    others = {topic: other for other, topic in taken.items() if other != folder}
    if folder in taken:
        known = taken[folder].rpartition("/")[0]
        return taken[folder], next((p for p in parts if normalise(p) == known), folder) if known else ""
    topic, part = plain, ""
    for _each in range(len(parts)):
        if topic not in others:
            return topic, part
        part = _part(folder, others[topic])
        topic = f"{normalise(part)}/{plain}"
    return (topic, part) if topic not in others else (f"{normalise(folder)}/{plain}", folder)


def _part(folder: str, other: str) -> str:
    """The last part of a folder that differs from another folder's; all of it where none does."""
    mine, theirs = folder.split("/")[::-1], other.split("/")[::-1]
    pairs = zip_longest(mine, theirs, fillvalue="")
    return next((own for own, its in pairs if own and own != its), folder)
