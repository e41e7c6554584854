"""A commit that is read again by newer detectors: what it says otherwise now is what it taught before.

History is read anew where a configuration changed (`read_before`), and detectors change from one version to
the next. Taken for a new learning, other words would go without the answers that a person gave to the former.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from orchestrator.model import Evidence, Insight, normalise

ALIKE = 0.5  # of the words of the shorter one: reworded, not another learning of the same commit


def reworded(commit: str, before: Iterable[Insight], told: Sequence[Insight]) -> dict[str, Insight]:
    """The insight that a commit taught in the place of what it teaches now, by the latter's id.

    `before` has the commit as evidence. What is told by its id still is left out; of the others those belong
    together that say the same, then the most alike, then those of one anchor.
    """
    known, still = {i.id: i for i in before}, {i.id for i in told}
    silent = {key: i for key, i in known.items() if key not in still}
    fresh = [now for now in told if now.id not in known]
    pairs = [
        (fit, key, now.id) for key, i in silent.items() for now in fresh if any(fit := _fit(commit, i, now))
    ]
    found: dict[str, Insight] = {}
    for _fitting, former, now_id in sorted(pairs, reverse=True):
        if former in silent and now_id not in found:
            found[now_id] = silent.pop(former)
    return found


def _fit(commit: str, before: Insight, now: Insight) -> tuple[bool, float, bool]:
    """How two of one commit fit: in the same words, how alike, at the same place."""
    said = next((e for e in before.evidence if e.commit == commit), Evidence(commit))
    likeness = _likeness(_words(before), _words(now))
    return (
        (said.says or before.version) == now.version,
        likeness if likeness >= ALIKE else 0.0,
        bool(now.anchor) and now.anchor in (said.anchor or before.anchor, before.anchor),
    )


def _likeness(one: set[str], other: set[str]) -> float:
    return len(one & other) / max(1, min(len(one), len(other)))


def _words(insight: Insight) -> set[str]:
    return set(normalise(f"{insight.record.title} {insight.record.content}").split())
