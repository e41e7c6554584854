"""Vectors as a large memory has them: real sentences, and many variants of each.

Sentences are the commit messages of git repositories, embedded by orch's own model. A variant of one is
`a + 0.5 * (b - c)`, normalised, for two others `b` and `c`: noise in the directions in which real texts
differ. Neighbours then have a cosine of about 0.93 and strangers of about 0.8, as e5's texts do.
"""

from __future__ import annotations

import hashlib
import json
import random
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np

BLOCK = 20_000
BEGUN = datetime(2025, 1, 1, tzinfo=UTC)  # the first row's time; each later one is a second younger
NOISE = 0.5
CATEGORIES = ("solution", "insight", "pattern", "best_practice", "component")
SHARES = (0.55, 0.30, 0.10, 0.04, 0.01)  # of the rows, by category
COMPANIES = {"empresa-a": 0.30, **dict.fromkeys([f"empresa-{letter}" for letter in "bcdefgh"], 0.10)}
TECHNOLOGIES = {"Java": 3, "Redis": 20, "COBOL": 1000}  # one in so many sentences
Vectors = np.ndarray[Any, np.dtype[np.float32]]


@dataclass(frozen=True)
class Block:
    """Consecutive rows: which sentence each is a variant of, and its columns."""

    first: int
    vectors: Vectors
    sentences: list[int]
    categories: list[str]
    companies: list[str]


def sentences(repositories: Sequence[Path], most: int) -> list[str]:
    """Commit messages of these repositories, each once, in equal parts."""
    found: list[str] = []
    for repository in repositories:
        command = ["git", "-C", str(repository), "log", "-z", "--no-merges", "--format=%B", "-n", "20000"]
        said = subprocess.run(command, capture_output=True, check=True).stdout.decode(errors="replace")
        texts = [" ".join(text.split())[:300] for text in said.split("\0")]
        texts = [text for text in dict.fromkeys(texts) if len(text) > 30]
        share = most // len(repositories)
        found += random.Random(1).sample(texts, min(len(texts), share))
    return found


def written(row: int) -> datetime:
    """When a row was written; the first is 0."""
    return BEGUN + timedelta(seconds=row)


def technology_of(sentence: int) -> str:
    """The rarest that its number falls to: by subject, as companies are; '' for none."""
    return next((name for name, n in reversed(TECHNOLOGIES.items()) if sentence % n == 1), "")


def embedded(texts: Sequence[str], cache: Path) -> Vectors:
    """The unit vector of each text; kept in `cache` for the next run."""
    kept = cache / f"{hashlib.sha256(json.dumps(texts).encode()).hexdigest()[:16]}.npy"
    if not kept.exists():
        from orchestrator.memory.engine import open_embedder

        cache.mkdir(parents=True, exist_ok=True)
        np.save(kept, np.array(open_embedder().passages(texts), dtype=np.float32))
    loaded: Vectors = np.load(kept)
    return loaded


def blocks(base: Vectors, rows: int, seed: int = 7) -> Iterator[Block]:
    """`rows` rows, the same for the same arguments.

    A sentence belongs to one company, so that a filter by company is one by subject as well: the hardest
    kind for a graph of neighbours. Categories are drawn by chance.
    """
    dice, names = np.random.default_rng(seed), list(COMPANIES)
    ends = len(base) * np.cumsum(list(COMPANIES.values()))[:-1]
    for first in range(1, rows + 1, BLOCK):
        n = min(BLOCK, rows + 1 - first)
        a, b, c = (dice.integers(0, len(base), n) for _ in range(3))
        vectors = base[a] + NOISE * (base[b] - base[c])
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        kinds = [CATEGORIES[i] for i in dice.choice(len(CATEGORIES), n, p=SHARES)]
        owners = [names[i] for i in np.searchsorted(ends, a, side="right").tolist()]
        yield Block(first, vectors.astype(np.float32), a.tolist(), kinds, owners)


def questions(base: Vectors, count: int, seed: int = 11) -> Vectors:
    """Vectors to look for: other variants of the same sentences, with less noise."""
    dice = np.random.default_rng(seed)
    a, b, c = (dice.integers(0, len(base), count) for _ in range(3))
    vectors = base[a] + 0.3 * (base[b] - base[c])
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
