"""Render what is due for one remote, and validate the very bytes that would leave."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from orchestrator.ledger import Desk, agreed
from orchestrator.model import Outcome, Verdict
from orchestrator.remote import Entry
from orchestrator.store.outbox import Row
from orchestrator.validate import judge
from orchestrator.wishes import COMPANY, adoption, wishes


@dataclass(frozen=True, slots=True)
class Due:
    """One due row with the entry to be there (None: absence), or the reason why it may not leave."""

    row: Row
    entry: Entry | None
    refused: str = ""


def render(desk: Desk, row: Row) -> Due:
    """The entry of a row as it would be sent now, after the second gate."""
    if not row.wanted_hash:
        return Due(row, None)
    insight = desk.store.insights.get(row.key)
    if insight is None:
        return _adopted(desk, row)
    verdict = desk.store.insights.verdict(insight)
    word = agreed(desk.store, insight, verdict)
    for wish in wishes(insight, verdict, word, desk.group):
        if wish.remote == row.remote:
            return _gate(desk, row, wish.entry, verdict)
    return Due(row, None)


def _adopted(desk: Desk, row: Row) -> Due:
    """The task for an accepted offer: another company's words, already cleared by its origin."""
    offer = desk.store.offers.get(row.key)
    if offer is None or offer.state != "accepted":
        return Due(row, None)
    wish = adoption(
        offer.key, offer.company, offer.kind, offer.title, offer.content, desk.company, desk.group
    )
    return _gate(desk, row, wish.entry, None) if wish else Due(row, None)


def with_vector(desk: Desk, due: Due, model: str) -> Due:
    """The same with the insight's vector, for a remote that is a memory."""
    if due.entry is None:
        return due
    vector = desk.store.index.vector(due.row.key, model)
    metadata = {**due.entry.metadata, "model": model}
    return replace(due, entry=replace(due.entry, vector=vector, metadata=metadata))


def _gate(desk: Desk, row: Row, entry: Entry, verdict: Verdict | None) -> Due:
    """Second gate: what leaves the company must be clean as rendered; review needs a yes that is there."""
    found = judge(_texts(entry), desk.policy)
    if row.remote.startswith(COMPANY + "."):
        refused = found.outcome is Outcome.BLOCK
    else:
        reviewed = verdict is not None and verdict.outcome is Outcome.REVIEW
        allowed = {Outcome.ALLOW, Outcome.REVIEW} if reviewed else {Outcome.ALLOW}
        refused = found.outcome not in allowed
    if not refused:
        return Due(row, entry)
    return Due(row, entry, refused=", ".join(sorted({f.rule for f in found.findings})))


def _texts(entry: Entry) -> dict[str, str]:
    """Everything textual that would be sent; our own id is masked, so that its digits alarm nobody."""
    texts = {
        "title": entry.title,
        "body": entry.body,
        "labels": " ".join(entry.labels),
        "metadata": "\n".join(_leaves(entry.metadata)),
    }
    return {name: text.replace(entry.key, "orch-id") for name, text in texts.items()}


def _leaves(value: object) -> Iterator[str]:
    """Every text in a JSON value, each judged as it reads, without JSON's punctuation around it."""
    if isinstance(value, Mapping):
        for name, inner in value.items():
            yield str(name)
            yield from _leaves(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _leaves(inner)
    elif value:
        yield str(value)
