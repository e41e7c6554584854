"""Well-known technologies: how people name them, and the packages and images that bring them.

The table is `technologies.txt` beside this file, curated by hand; its head says how to read it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources

from orchestrator.detect.prose import fold

_NO_SITE = r"(?!\.(?:com|org|net|io|dev|ai|app|co|cloud|gov|edu|br)(?![\w-]))"  # "openai.com" is an address
_WORD = re.compile(r"[^a-z0-9]+")
_ADDRESS = re.compile(r"https?://\S+|(?<![\w.-])[\w-]{1,63}(?:\.[\w-]{1,63}){1,5}/\S+")


@dataclass(frozen=True, slots=True)
class Technology:
    """A well-known technology: its proper name and its category (an English message id)."""

    name: str
    category: str


def of_package(package: str) -> Technology | None:
    """The technology that a package, module or image brings, or None when it is not well known."""
    packages, _ = _tables()
    key = re.sub(r"/v\d+$", "", package.strip().lower())
    if key in packages:
        return packages[key]
    for mark in ("/", ":"):
        for end in (i for i, c in enumerate(key) if c == mark):
            if key[: end + 1] in packages:
                return packages[key[: end + 1]]
    last = re.split(r"[/:]", key)[-1]
    return None if key.startswith("@") or "." in key.split("/")[0] else packages.get(last)


@lru_cache(maxsize=4096)
def about(package: str) -> frozenset[Technology]:
    """The technologies that a package is of or about: `redis-rails` and `acme/envoy-dev` tell of one."""
    packages, names = _tables()
    words = (word for word in _WORD.split(package.lower()) if len(word) > 2)
    told = {packages.get(word) or names.get(word) for word in words} | {of_package(package)}
    return frozenset(found for found in told if found)


def named(name: str) -> Technology | None:
    """The technology of that name or package (`Postgres`, `ioredis`, `Apache Kafka`), or None."""
    _, names = _tables()
    return names.get(fold(name.strip())) or of_package(name)


def proper(name: str) -> str:
    """The name that learnings have a technology under (`postgres` → `PostgreSQL`); an unknown one stays."""
    name = name.strip()
    known = named(name)
    return known.name if known else name


def mentioned(text: str) -> tuple[str, ...]:
    """Proper names of the well-known technologies in a prose, in order, each once."""
    _, names = _tables()
    found = (names[m[0]].name for m in _pattern().finditer(_ADDRESS.sub(" ", fold(text))))
    return tuple(dict.fromkeys(found))


@lru_cache(maxsize=1)
def _tables() -> tuple[dict[str, Technology], dict[str, Technology]]:
    packages: dict[str, Technology] = {}
    names: dict[str, Technology] = {}
    for name, category, spoken, brought in _rows():
        technology = Technology(name, category)
        packages.update((package, technology) for package in brought.split())
        names[fold(name)] = technology
        names.update((word, technology) for word in spoken.split() if word != "-")
    return packages, names


@lru_cache(maxsize=1)
def _pattern() -> re.Pattern[str]:
    """Matches names in folded prose: those given as such, and names of several words."""
    spoken = {word for row in _rows() for word in row[2].split() if word != "-"}
    spoken |= {fold(row[0]) for row in _rows() if " " in row[0]}
    longest_first = sorted(spoken, key=lambda w: (-len(w), w))
    return re.compile(r"(?<![\w.-])(?:" + "|".join(map(re.escape, longest_first)) + r")(?![\w-])" + _NO_SITE)


@lru_cache(maxsize=1)
def _rows() -> tuple[tuple[str, str, str, str], ...]:
    text = (resources.files("orchestrator.detect") / "technologies.txt").read_text("utf-8")
    rows = (line.split("|") for line in text.splitlines() if line and not line.startswith("#"))
    return tuple((name, category, spoken, brought) for name, category, spoken, brought in rows)
