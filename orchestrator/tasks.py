"""The task that an accepted offer becomes in the company's own issues."""

from __future__ import annotations

from orchestrator.desk import Desk
from orchestrator.store.offers import Offer
from orchestrator.wishes import Wish, adoption, wanted_hashes


def task_of(desk: Desk, offer: Offer) -> Wish | None:
    """The task that an accepted offer wishes for, also after it was taken back; None for any other."""
    if not offer.was_accepted:
        return None
    return adoption(
        offer.ref,
        offer.company,
        offer.kind,
        offer.title,
        offer.content,
        desk.company,
        desk.group,
        taken_back=offer.state == "withdrawn",
    )


def want_task(desk: Desk, offer: Offer) -> None:
    """Wish for the task as it is to be now; of an offer that was taken back the task stays without its words.

    None is made of one that was taken back before it was sent. The caller holds the transaction.
    """
    if offer.state == "withdrawn" and not (offer.was_accepted and desk.store.outbox.of(offer.ref)):
        return
    wish = task_of(desk, offer)
    desk.store.outbox.want(offer.ref, wanted_hashes([wish] if wish else []))


def want_tasks(desk: Desk) -> None:
    """Bring the tasks of all offers in line with the configuration. The caller holds the transaction."""
    for offer in desk.store.offers.listing(("accepted", "withdrawn")):
        want_task(desk, offer)
