"""Offers of one company: listing them and answering them."""

from __future__ import annotations

from dataclasses import replace

from orchestrator.app.workspace import Workspace, person
from orchestrator.offer.respond import accept, decline
from orchestrator.scanning import judge
from orchestrator.store.offers import Offer
from orchestrator.validate import Policy

ANSWERS = {"accept": accept, "decline": decline}


def list_offers(
    workspace: Workspace, chosen: str | None, states: tuple[str, ...], limit: int
) -> dict[str, list[Offer]]:
    """Offers in these states, best fit first, by company, as they may be read."""
    result = {}
    for company in workspace.companies(chosen):
        desk = workspace.desk(company)
        with desk.store:
            result[company] = desk.store.offers.listing(states)[:limit]
    policy = Policy(language=workspace.group.language)
    return {company: [_readable(o, policy) for o in found] for company, found in result.items()}


def _readable(offer: Offer, policy: Policy) -> Offer:
    """Without keys and personal data: what the origin took out, its orch may have been too old to see."""
    texts = judge({"title": offer.title, "content": offer.content}, policy).redacted
    return replace(offer, title=texts["title"], content=texts["content"])


def answer_offer(workspace: Workspace, chosen: str | None, prefix: str, what: str, reason: str) -> Offer:
    """Accept or decline (`what`) the one offer whose id starts so, for one company."""
    desk = workspace.desk(workspace.company(chosen))
    with desk.store:
        answered = ANSWERS[what](desk, prefix, who=person(), reason=reason)
    return _readable(answered, Policy(language=workspace.group.language))
