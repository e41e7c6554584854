"""How well another company's learning fits this one: a small, explained sum. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from orchestrator.i18n import say
from orchestrator.memory.fusion import ONE_IN_TWENTY, Unrelated, greatest

TEXTS = Unrelated(0.861, 0.0213)  # of two learnings, not of a question and one: they are nearer to each other
SAME = 0.955  # from which two say the same (`memory.likeness`)

WEIGHTS = {"technology": 0.45, "similarity": 0.30, "gain": 0.10, "kind": 0.15}
USEFUL_KINDS = {"solution": 1.0, "component": 1.0, "best_practice": 0.8, "pattern": 0.7, "insight": 0.5}


@dataclass(frozen=True, slots=True)
class Fit:
    """A score in 0..1 and the sentences that explain it, strongest part first."""

    score: float
    reasons: tuple[str, ...]


def closeness(cosine: float, texts: int) -> float:
    """How near the nearest of so many own texts is, 0 to 1; 0 where by chance one in twenty is as near.

    Measured with benchmarks/relatedness.py, see ADR 0054; of the default model.
    """
    if cosine < TEXTS.mean + greatest(texts, ONE_IN_TWENTY) * TEXTS.deviation:
        return 0.0
    return min(1.0, (cosine - TEXTS.mean) / (SAME - TEXTS.mean))


def fit(
    kind: str, metadata: Mapping[str, Any], technologies: Iterable[str], near: float, language: str
) -> Fit:
    """Fit of another company's learning, by its kind and metadata (`technologies`, `gain`).

    `technologies` is what this company uses; `near` how close the learning is to this
    company's own, 0 to 1.
    """
    theirs = {str(t).casefold() for t in metadata["technologies"]}
    common = sorted(theirs & {t.casefold() for t in technologies})
    parts: list[tuple[float, str]] = []
    if common:
        share = WEIGHTS["technology"] * len(common) / len(theirs)
        parts.append((share, say(language, "you use {names} too").format(names=", ".join(common))))
    if near > 0:
        parts.append((WEIGHTS["similarity"] * near, say(language, "close to what you have worked on")))
    if metadata["gain"]:
        parts.append((WEIGHTS["gain"], say(language, "it claims a measured gain")))
    useful = USEFUL_KINDS.get(kind, 0.0)
    parts.append((WEIGHTS["kind"] * useful, ""))
    parts.sort(key=lambda p: -p[0])
    return Fit(round(sum(p for p, _r in parts), 4), tuple(r for _p, r in parts if r))
