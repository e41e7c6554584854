"""What a commit teaches, taken into the ledger: a new insight, a new text, or more evidence of one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace

from orchestrator import detect
from orchestrator.clock import now
from orchestrator.consent import AUTOMATIC, TRAILER_WHO, TWIN_WHO
from orchestrator.desk import Desk
from orchestrator.echoing import hold
from orchestrator.ledger import agreed, decision_on, record, redate, rewish
from orchestrator.model import Evidence, Insight
from orchestrator.refusing import said_no
from orchestrator.store.company import CompanyStore
from orchestrator.store.unit_vector import Vector

STRICTNESS = ("", "yes", "ask", "no")  # of what commits say about sharing; the stricter word wins


def take_in(
    desk: Desk,
    insight: Insight,
    vector: Vector | None,
    model: str,
    *,
    rewritten: bool,
    asked: bool = False,
    retold: bool = False,
    gone: AbstractSet[str] = frozenset(),
) -> bool:
    """Record a learning of a commit: new, a new text of a known one, or only more evidence of it.

    `rewritten` says that its commit replaced the one that taught the earlier text, `asked` that a person
    answers for new words whatever the policy says, `retold` that the earlier text is said by nobody any more;
    `gone` are commits that are about to be forgotten.
    Returns whether anything new was learnt. What a person wrote, edited or withdrew is never replaced by a
    commit's words.
    """
    known = desk.store.insights.get(insight.id)
    if (
        asked
        and insight.share != "no"
        and (known is None or rewritten)
        and not said_no(desk.store, insight.id)
    ):
        desk.store.decisions.append(decision_on(desk, insight, "ask", TWIN_WHO))
    if known is None:
        _write_down(desk, insight, vector, model)
        return True
    desk.store.evidence.add(known.id, insight.evidence)
    known = redate(desk, known)
    stay = [e for e in known.evidence if e.commit not in gone]
    known = _heed_share(desk, known, insight.share, only_word=rewritten or not stay)
    replaces = rewritten or retold or _counts(insight, stay)
    if known.state == "withdrawn":
        return False
    if known.version != insight.version and replaces and not _by_a_person(desk, known):
        renewed = replace(insight, created_at=known.created_at, share=known.share)
        _write_down(desk, renewed, vector, model)
        return True
    if known.state == "superseded" and desk.store.superseding.of(known.id) is None:
        revived = replace(known, state="active", updated_at=now())
        same = vector if known.version == insight.version else None
        record(desk, revived, desk.judge(revived), same, model)
    return False


def _write_down(desk: Desk, insight: Insight, vector: Vector | None, model: str) -> None:
    """Record new words; they ask where a person refused some of them as a learning of its own (ADR 0054)."""
    refused = [*_refused_within(desk.store, insight)] if insight.detector == "trailers" else []
    if refused:
        insight = replace(insight, share=max(insight.share, "ask", key=STRICTNESS.index))
    record(desk, insight, desk.judge(insight), vector, model)
    for other in refused:
        if other.state == "withdrawn":
            hold(desk, insight.id, other.id)


def _refused_within(store: CompanyStore, insight: Insight) -> Iterator[Insight]:
    """What was refused of the same message, and stands in these words."""
    words = f"{insight.record.title}\n\n{insight.record.content}"
    for other in store.insights.refused_at(insight.evidence[0].said_at):
        if other.id != insight.id and said_no(store, other.id) and detect.stands_in(other.record, words):
            yield other


def _counts(insight: Insight, others: Sequence[Evidence]) -> bool:
    """Whether these words are the ones that count: of a document the last, else those said first.

    By the author's time, so that clones which read in another order agree.
    """
    if insight.detector == "decisions":
        return True
    (own,) = insight.evidence
    return all((own.said_at, own.commit) < (e.said_at, e.commit) for e in others)


def _by_a_person(desk: Desk, insight: Insight) -> bool:
    """A person's words win over what a detector says of a commit."""
    edited = any(d.action == "edit" for d in desk.store.decisions.of(insight.id))
    return edited or insight.detector == "person"


def _heed_share(desk: Desk, known: Insight, said: str, *, only_word: bool) -> Insight:
    """Take over what another commit says of sharing; with several commits the stricter word wins."""
    word = said if only_word else max(known.share, said, key=STRICTNESS.index)
    if word == known.share:
        return known
    desk.store.insights.set_share(known.id, word)
    heeded = replace(known, share=word)
    verdict = desk.store.verdicts.of(known)
    was = agreed(desk.store, known, verdict)
    if word == "no" and was != "refuse":
        desk.store.decisions.append(decision_on(desk, heeded, "refuse", TRAILER_WHO))
    elif word == "ask" and was == "approve" and _automatic(desk, known):
        desk.store.decisions.append(decision_on(desk, heeded, "ask", TRAILER_WHO))
    rewish(desk, heeded, verdict)
    return heeded


def _automatic(desk: Desk, insight: Insight) -> bool:
    """True when the last yes was not a person's."""
    last = [d for d in desk.store.decisions.of(insight.id) if d.action != "edit"][-1:]
    return bool(last) and last[0].who in AUTOMATIC
