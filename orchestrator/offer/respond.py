"""Accept or decline an offer; the answer is remembered, and an acceptance becomes a task."""

from __future__ import annotations

from dataclasses import replace

from orchestrator.clock import now
from orchestrator.desk import Desk
from orchestrator.errors import UserError
from orchestrator.i18n import _
from orchestrator.model import Decision
from orchestrator.store.offers import Offer
from orchestrator.tasks import want_task

IN_TRAIL = {"accepted": "approve", "declined": "refuse"}  # what the trail of decisions calls an answer


def find_offer(desk: Desk, prefix: str) -> Offer:
    """The one offer whose id starts so. Raises UserError when there is none, or several."""
    found = desk.store.offers.matching(prefix)
    if not found:
        raise UserError(
            _("no offer {id} for {company}").format(id=prefix, company=desk.company),
            _("`orch offers` lists them; `orch pull` asks for new ones"),
        )
    if len(found) > 1:
        raise UserError(
            _("{id} is the beginning of {n} offers").format(id=prefix, n=len(found)),
            _("give more digits: {ids}").format(ids=", ".join(o.key for o in found[:5])),
        )
    return found[0]


def accept(desk: Desk, prefix: str, *, who: str, reason: str = "") -> Offer:
    """Accept an offer: remembered, and wished into the company's own issues as a task."""
    key = find_offer(desk, prefix).key
    with desk.store.transaction():
        offer = _answerable(find_offer(desk, key))
        _answer(desk, offer, "accepted", who, reason)
        want_task(desk, replace(offer, state="accepted"))
    return find_offer(desk, offer.key)


def decline(desk: Desk, prefix: str, *, who: str, reason: str = "") -> Offer:
    """Decline an offer; it is not shown again, also when its text changes."""
    key = find_offer(desk, prefix).key
    with desk.store.transaction():
        offer = _answerable(find_offer(desk, key))
        _answer(desk, offer, "declined", who, reason)
        desk.store.outbox.want(offer.ref, {})
    return find_offer(desk, offer.key)


def with_earlier_answer(desk: Desk, offer: Offer) -> Offer:
    """The offer with the answer that the trail has of it, where the store has none (it was made again)."""
    said = desk.store.decisions.of(offer.ref)
    if not said:
        return offer
    states = {action: state for state, action in IN_TRAIL.items()}
    last = said[-1]
    return replace(offer, state=states[last.action], who=last.who, answer=last.reason, answered_at=last.at)


def answer_stands(desk: Desk, offer: Offer) -> bool:
    """Bring an accepted offer's task in line with its words; False where a person is asked about them first.

    What was agreed to stands in the trail. Whoever can write to the group's memory could otherwise put any
    words into this company's issues. The caller's transaction.
    """
    if not (offer.state == "accepted" or offer.changed_since):
        return True
    said = desk.store.decisions.of(offer.ref)
    stands = bool(said) and said[-1].version == offer.hash
    desk.store.offers.ask_again(offer.key, asked=not stands)
    if stands:
        want_task(desk, replace(offer, state="accepted"))
    else:
        desk.store.outbox.forget_unsent(offer.ref)
    return stands


def _answer(desk: Desk, offer: Offer, state: str, who: str, reason: str) -> None:
    """Remember the answer, and append it to the trail; the same again is one entry."""
    desk.store.offers.answer(offer.key, state, who=who, reason=reason, at=now())
    words, policy = offer.hash, desk.policy.hash
    said = Decision(offer.ref, words, IN_TRAIL[state], who, now(), reason, policy, words)
    earlier = desk.store.decisions.of(offer.ref)
    if not earlier or replace(earlier[-1], at=said.at) != said:
        desk.store.decisions.append(said)


def _answerable(offer: Offer) -> Offer:
    """The same; asked inside the transaction, since a pull may take it back meanwhile."""
    if offer.state == "withdrawn":
        raise UserError(
            _("{company} took this offer back").format(company=offer.company),
            _("`orch offers` lists what is still there"),
        )
    return offer
