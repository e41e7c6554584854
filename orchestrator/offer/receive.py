"""Turn what other companies shared into offers for this one, ranked and searchable offline."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from orchestrator.clock import now
from orchestrator.desk import Desk
from orchestrator.i18n import _
from orchestrator.memory.fusion import MANY
from orchestrator.memory.likeness import SAME_MEANING
from orchestrator.offer.fit import closeness, fit
from orchestrator.offer.incoming import as_offer, refusal, usable_vector
from orchestrator.offer.respond import answer_stands, with_earlier_answer
from orchestrator.remote_memory import SharedRow
from orchestrator.store.offers import Offer
from orchestrator.store.search_index import Item
from orchestrator.store.unit_vector import Vector
from orchestrator.tasks import want_task
from orchestrator.wishes import GLOBAL_MEMORY

EMPTY = "memory_was_empty"  # setting: the last pull found nothing where offers were known


@dataclass(slots=True)
class Received:
    """What a pull changed: keys of new, changed and withdrawn offers.

    `refused` is {key: reason} of rows that are no offers; `kept` counts the offers that stay although
    the memory was empty; `taken_back` are those of `withdrawn` that had been accepted, `reworded` those of
    `changed` that were accepted in other words and wait for a new answer.
    """

    new: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    withdrawn: list[str] = field(default_factory=list)
    refused: dict[str, str] = field(default_factory=dict)
    kept: int = 0
    taken_back: list[str] = field(default_factory=list)
    reworded: list[str] = field(default_factory=list)


def receive(desk: Desk, rows: Iterable[SharedRow], model: str, *, certain: bool = False) -> Received:
    """Bring the offers in line with the shared memory, in one transaction.

    The company's own rows are passed over; an answer that was given stays. `rows` must be the whole
    shared memory, since what is missing there was taken back.
    """
    result = Received()
    everything = list(rows)
    with desk.store.transaction():
        result.kept = 0 if certain else doubtful(desk, empty=not everything)
        if result.kept:
            return result
        offered = take_rows(desk, everything, technologies_of(desk), model, result)
        withdraw(desk, [key for key in desk.store.offers.living_keys() if key not in offered], result)
    return result


def take_rows(
    desk: Desk, rows: Sequence[SharedRow], technologies: set[str], model: str, result: Received
) -> set[str]:
    """Take in those rows that are other companies' offers, and return their keys."""
    others = _offers_of(desk, rows, result)
    for row, offer in others:
        _take_in(desk, row, offer, technologies, model, result)
    return {offer.key for _row, offer in others}


def withdraw(desk: Desk, keys: Sequence[str], result: Received) -> None:
    """The offers of these keys were taken back, as far as there are any."""
    gone = desk.store.offers.withdraw(keys)
    for offer in gone:
        desk.store.outbox.forget_unsent(offer.ref)
        want_task(desk, offer)
    result.taken_back += [offer.key for offer in gone if offer.was_accepted]
    desk.store.index.remove([offer.ref for offer in gone])
    if gone:
        desk.store.erasing.note()
    result.withdrawn += [offer.key for offer in gone]


def doubtful(desk: Desk, *, empty: bool) -> int:
    """How many offers stay because an empty memory is not believed; 0 when there is no doubt.

    A key that sees nothing, or a share that is not mounted, looks like a group that took everything
    back. It is believed the second time, and never while rows of our own should be there.
    """
    known = desk.store.offers.living() if empty else 0
    if not known:
        if desk.store.setting(EMPTY):
            desk.store.put_setting(EMPTY, "")
        return 0
    sent = desk.store.outbox.sent(GLOBAL_MEMORY)
    ours = any(row.wanted_hash and row.wanted_hash == row.sent_hash for row in sent)
    if desk.store.setting(EMPTY) and not ours:
        desk.store.put_setting(EMPTY, "")
        return 0
    desk.store.put_setting(EMPTY, now())
    return known


def _offers_of(desk: Desk, rows: Sequence[SharedRow], result: Received) -> list[tuple[SharedRow, Offer]]:
    """The rows that are other companies' offers; what is none is named, and the rest goes on."""
    found = []
    for row in rows:
        if row.company == desk.company:
            continue
        reason = refusal(row) or _foreign(desk, row)
        if reason:
            result.refused[str(row.key)[:60]] = reason
        else:
            found.append((row, as_offer(row, now())))
    return found


def _foreign(desk: Desk, row: SharedRow) -> str:
    """Ids are public: a row may bear one of ours, or one that another company had first."""
    if desk.store.insights.get(row.key) is not None:
        return _("its key belongs to an insight of {company}").format(company=desk.company)
    known = desk.store.offers.get(row.key)
    if known is not None and known.company != row.company:
        return _("its key belongs to an offer of {company}").format(company=known.company)
    return ""


def _take_in(
    desk: Desk, row: SharedRow, offer: Offer, technologies: set[str], model: str, result: Received
) -> None:
    known = desk.store.offers.get(offer.key)
    vector = usable_vector(row, model)
    if known is not None and known.hash == offer.hash and known.state != "withdrawn":
        _take_vector(desk, offer, vector, model)
        return
    found = fit(offer.kind, offer.metadata, technologies, nearness(desk, vector, model), desk.group.language)
    fitted = replace(offer, fit=found.score, reasons=found.reasons)
    desk.store.offers.put(fitted if known else with_earlier_answer(desk, fitted))
    if known is not None:
        desk.store.erasing.note()
    desk.store.index.put([_item(offer, str(row.created_at or ""), vector, model)])
    answered = desk.store.offers.get(offer.key)
    if answered is not None and not answer_stands(desk, answered):
        result.reworded.append(offer.key)
    (result.new if known is None else result.changed).append(offer.key)


def _take_vector(desk: Desk, offer: Offer, vector: Vector | None, model: str) -> None:
    """The origin's vector of the same words, where it is another now: the former was of words it took out."""
    held = desk.store.index.vector(offer.ref, model) if vector is not None else None
    if vector is not None and held is not None and list(held) != list(vector):
        desk.store.index.set_vector(offer.ref, model, vector)
        desk.store.erasing.note()


def nearness(desk: Desk, vector: Vector | None, model: str) -> float:
    """How close a text is to what the company has learnt, 0 to 1, see `fit.closeness`.

    0 where nothing tells: no own texts, no vector, or vectors of a model whose cosines nobody measured.
    """
    if vector is None or model not in SAME_MEANING:
        return 0.0
    index = desk.store.index
    nearest = index.nearest(vector, 1, model=model, scope="own")
    return closeness(nearest[0][1], index.own_texts(MANY)) if nearest else 0.0


def technologies_of(desk: Desk) -> set[str]:
    """What the company says it uses, and what its own learnings name."""
    configured = set(desk.group.company(desk.company).technologies)
    return configured | set(desk.store.insights.technologies())


def index_offers(desk: Desk) -> None:
    """Make the known offers findable again, those that were taken back excepted; embedded later."""
    known = desk.store.offers.listing(("open", "accepted", "declined"))
    desk.store.index.put(_item(offer, offer.offered_at, None, "") for offer in known)


def _item(offer: Offer, created_at: str, vector: Vector | None, model: str) -> Item:
    return Item(
        ref=offer.ref,
        scope="shared",
        company=offer.company,
        kind=offer.kind,
        title=offer.title,
        text=offer.content,
        technologies=tuple(offer.metadata["technologies"]),
        shared=True,
        created_at=created_at,
        model=model if vector is not None else "",
        vector=vector,
    )
