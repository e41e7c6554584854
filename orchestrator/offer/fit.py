"""How well another company's learning fits this one: a small, explained sum. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from orchestrator.i18n import say

# e5 cosines are squeezed: two random texts lie near 0.79, a best match near 0.93 (facts, measured).
UNRELATED, CLOSE = 0.80, 0.93

TOLD = 0.75  # of the way between: below, short texts of any two trades meet

WEIGHTS = {"technology": 0.45, "similarity": 0.30, "gain": 0.10, "kind": 0.15}
USEFUL_KINDS = {"solution": 1.0, "component": 1.0, "best_practice": 0.8, "pattern": 0.7, "insight": 0.5}


@dataclass(frozen=True, slots=True)
class Fit:
    """A score in 0..1 and the sentences that explain it, strongest part first."""

    score: float
    reasons: tuple[str, ...]


def fit(
    kind: str, metadata: Mapping[str, Any], technologies: Iterable[str], similarity: float, language: str
) -> Fit:
    """Fit of another company's learning, by its kind and metadata (`technologies`, `gain`).

    `technologies` is what this company uses; `similarity` the best cosine between the learning and
    this company's own (0 when it has none).
    """
    theirs = {str(t).casefold() for t in metadata["technologies"]}
    common = sorted(theirs & {t.casefold() for t in technologies})
    near = min(1.0, max(0.0, (similarity - UNRELATED) / (CLOSE - UNRELATED)))
    parts: list[tuple[float, str]] = []
    if common:
        share = WEIGHTS["technology"] * len(common) / len(theirs)
        parts.append((share, say(language, "you use {names} too").format(names=", ".join(common))))
    if near > 0:
        words = say(language, "close to what you have worked on") if near >= TOLD else ""
        parts.append((WEIGHTS["similarity"] * near, words))
    if metadata["gain"]:
        parts.append((WEIGHTS["gain"], say(language, "it claims a measured gain")))
    useful = USEFUL_KINDS.get(kind, 0.0)
    parts.append((WEIGHTS["kind"] * useful, ""))
    parts.sort(key=lambda p: -p[0])
    return Fit(round(sum(p for p, _r in parts), 4), tuple(r for _p, r in parts if r))
