"""Offers of one company: listing them and answering them."""

from __future__ import annotations

from orchestrator.app.workspace import Workspace, person
from orchestrator.offer.respond import accept, decline
from orchestrator.store.offers import Offer

ANSWERS = {"accept": accept, "decline": decline}


def list_offers(workspace: Workspace, chosen: str | None, states: tuple[str, ...]) -> dict[str, list[Offer]]:
    """Offers in these states, best fit first, by company."""
    result = {}
    for company in workspace.companies(chosen):
        desk = workspace.desk(company)
        with desk.store:
            result[company] = desk.store.offers.listing(states)
    return result


def answer_offer(workspace: Workspace, chosen: str | None, prefix: str, what: str, reason: str) -> Offer:
    """Accept or decline (`what`) the one offer whose id starts so, for one company."""
    desk = workspace.desk(workspace.company(chosen))
    with desk.store:
        return ANSWERS[what](desk, prefix, who=person(), reason=reason)
