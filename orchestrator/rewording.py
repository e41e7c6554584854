"""Which of what was learnt before a commit's words take the place of: it was rewritten, or read again. Pure.

An amend moves learnings about in a message, drops one and puts another in its place. Newer detectors word a
commit otherwise that is read again (`read_before`). Taken for new learnings, other words would go without the
answers that a person gave to the former ones; taken for what they are not, they would go with them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from orchestrator.lexical import stems
from orchestrator.model import Insight, normalise

SURELY = 0.1  # more likeness than another's tells two apart
ALIKE = 0.5  # of the words of the shorter one: reworded, not another learning
IN_PLACE = 0.25  # of those where it stood at the same place of the message: fewer are chance


@dataclass(frozen=True, slots=True)
class Silent:
    """What a commit taught before, here or where it was rewritten from, and does not say by its id any more.

    `anchors` are where it was said, `says` the versions of the words in which it was. `rank`: how sure it is
    that this commit's words came in its place; None where that is known of the same words only. `by_place`:
    what stands at its place is it, also in words that have nothing in common.
    """

    insight: Insight
    anchors: frozenset[str]
    says: frozenset[str]
    rank: tuple[bool, ...] | None = ()
    by_place: bool = False


def reworded(silent: Iterable[Silent], fresh: Sequence[Insight]) -> dict[str, Silent]:
    """What each fresh one takes the place of, by its id: who says the same, then whose commit is the surer,
    then the most alike, then what stood at its place. Each takes one place, and each place is taken once.
    """
    waiting = {s.insight.id: s for s in silent}
    pairs = sorted(
        ((fit, s.insight.id, now.id) for s in waiting.values() for now in fresh if (fit := _fit(s, now))),
        reverse=True,
    )
    found: dict[str, Silent] = {}
    for _fitting, former, now_id in pairs:
        if former in waiting and now_id not in found:
            found[now_id] = waiting.pop(former)
    return found


def _fit(silent: Silent, now: Insight) -> tuple[bool, tuple[bool, ...], float, bool] | None:
    """How two fit, to be compared; None for two learnings."""
    same = silent.insight.record == now.record or now.version in silent.says
    in_place, like = now.anchor in silent.anchors, likeness(silent.insight, now)
    if not same and (silent.rank is None or not _enough(silent, like, in_place=in_place)):
        return None
    return same, silent.rank or (), like, in_place


def _enough(silent: Silent, like: float, *, in_place: bool) -> bool:
    return like >= (IN_PLACE if in_place else ALIKE) or (in_place and silent.by_place)


def likeness(one: Insight, other: Insight) -> float:
    """Share of the words of the shorter one that the other has, 0 to 1."""
    mine, theirs = _words(one), _words(other)
    return len(mine & theirs) / max(1, min(len(mine), len(theirs)))


def _words(insight: Insight) -> frozenset[str]:
    """Stems of what it says; of a trailer without the commit's prose, which explains all that stand there."""
    title, content = insight.record.title, insight.record.content
    said = content.partition("\n\n")[0] if insight.detector == "trailers" else content
    found = frozenset(s for s in stems(f"{title}\n{said}") if len(s) > 2 or s.isdigit())
    return found or frozenset(normalise(title).split())
