"""Turn what other companies shared into offers for this one, ranked and searchable offline."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from orchestrator.ledger import Desk, now
from orchestrator.offer.fit import fit
from orchestrator.remote import SharedRow
from orchestrator.store.offers import Offer
from orchestrator.store.search_index import Item


@dataclass(slots=True)
class Received:
    """What a pull changed: keys of new, changed and withdrawn offers."""

    new: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    withdrawn: list[str] = field(default_factory=list)


def receive(desk: Desk, rows: Iterable[SharedRow], model: str) -> Received:
    """Bring the offers in line with the shared memory, in one transaction.

    The company's own rows are passed over; an answer that was given stays. `rows` must be the whole
    shared memory, since what is missing there was taken back.
    """
    result = Received()
    others = [r for r in rows if r.company != desk.company]
    technologies = _technologies(desk)
    with desk.store.transaction():
        for row in others:
            _offer(desk, row, technologies, model, result)
        result.withdrawn = desk.store.offers.withdraw_missing([r.key for r in others])
        desk.store.index.remove(result.withdrawn)
    return result


def _offer(desk: Desk, row: SharedRow, technologies: set[str], model: str, result: Received) -> None:
    known = desk.store.offers.get(row.key)
    if known is not None and known.hash == row.hash and known.state != "withdrawn":
        return
    found = fit(row, technologies, _similarity(desk, row, model), desk.group.language)
    title = str(row.metadata.get("title") or row.content.partition("\n")[0])
    desk.store.offers.put(
        Offer(
            key=row.key,
            company=row.company,
            kind=row.kind,
            title=title,
            content=row.content,
            metadata=row.metadata,
            hash=row.hash,
            fit=found.score,
            reasons=found.reasons,
            offered_at=now(),
        )
    )
    desk.store.index.put([_item(row, title, model)])
    (result.new if known is None else result.changed).append(row.key)


def _similarity(desk: Desk, row: SharedRow, model: str) -> float:
    if row.vector is None or row.model != model or not model:
        return 0.0
    nearest = desk.store.index.nearest(row.vector, 1, model=model, scope="own")
    return nearest[0][1] if nearest else 0.0


def _technologies(desk: Desk) -> set[str]:
    """What the company says it uses, and what its own learnings name."""
    configured = set(desk.group.company(desk.company).technologies)
    learnt = {t for i in desk.store.insights.listing() for t in i.record.technologies}
    return configured | learnt


def _item(row: SharedRow, title: str, model: str) -> Item:
    same_model = row.vector is not None and row.model == model
    return Item(
        ref=row.key,
        scope="shared",
        company=row.company,
        kind=row.kind,
        title=title,
        text=row.content,
        technologies=tuple(str(t) for t in row.metadata.get("technologies") or ()),
        shared=True,
        created_at=row.created_at,
        model=model if same_model else "",
        vector=row.vector if same_model else None,
    )
