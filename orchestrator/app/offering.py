"""Offers of one company: listing, showing and answering them."""

from __future__ import annotations

from dataclasses import replace

from orchestrator.app.insights import keys, show_insight
from orchestrator.app.shown import Shown
from orchestrator.app.shown_offer import ShownOffer
from orchestrator.app.workspace import Workspace, person
from orchestrator.entries import redacted
from orchestrator.errors import UsageError, UserError
from orchestrator.i18n import _
from orchestrator.model import Kind, Record
from orchestrator.offer.respond import accept, decline
from orchestrator.scanning import judge
from orchestrator.store.offers import PREFIX, Offer, key_of
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
    held = offer.metadata
    technologies = tuple(held.get("technologies", ()))
    gain, component = held.get("gain", ""), held.get("component", "")
    said = Record(Kind(offer.kind), offer.title, offer.content, technologies, gain, component)
    told = redacted(said, judge(said.texts(), policy))
    metadata = {"gain": told.gain, "component": told.component, "technologies": list(told.technologies)}
    return replace(offer, title=told.title, content=told.content, metadata=metadata)


def show(workspace: Workspace, chosen: str | None, prefix: str, *, raw: bool) -> Shown | ShownOffer:
    """The one insight whose id starts so, or the offer where the companies in question learnt no such thing.

    Raises UserError for none; UsageError for several, for an offer that more than one of these companies
    was made, and for the `raw` words of an offer.
    """
    found = keys(workspace, chosen, prefix)
    own = next((key for key in found if not key.startswith(PREFIX)), None)
    if own:
        return show_insight(workspace, chosen, own, raw=raw)
    if raw:
        raise UsageError(
            _("{id} is an offer: --raw is for what a company learnt itself").format(id=key_of(found[0])),
            f"orch show {prefix}",
        )
    return the_offer(workspace, chosen, found)


def the_offer(workspace: Workspace, chosen: str | None, refs: list[str]) -> ShownOffer:
    """The one offer of these names; the same may have been made to several companies."""
    found = []
    for company in workspace.companies(chosen):
        with workspace.desk(company).store as store:
            offers = filter(None, map(store.offers.at, refs))
            found += [ShownOffer(company, o, tuple(store.outbox.of(o.ref))) for o in offers]
    if len(found) > 1:
        text = _("{id} was offered to {companies}").format(
            id=key_of(refs[0]), companies=", ".join(f.company for f in found)
        )
        raise UsageError(text, f"orch show {key_of(refs[0])} --company {found[0].company}")
    (one,) = found
    return replace(one, offer=_readable(one.offer, Policy(language=workspace.group.language)))


def answer_offer(
    workspace: Workspace, chosen: str | None, prefix: str, what: str, reason: str
) -> tuple[str, Offer]:
    """Accept or decline (`what`) the one offer whose id starts so; the company it was made to, and the offer.

    Raises UserError for none, UsageError where it was made to several of the companies in question.
    """
    company = _offered_to(workspace, chosen, prefix, what)
    desk = workspace.desk(company)
    with desk.store:
        answered = ANSWERS[what](desk, prefix, who=person(), reason=reason)
    return company, _readable(answered, Policy(language=workspace.group.language))


def _offered_to(workspace: Workspace, chosen: str | None, prefix: str, what: str) -> str:
    companies = workspace.companies(chosen)
    if len(companies) == 1:
        return companies[0]
    found = []
    for company in companies:
        with workspace.store(company) as store:
            found += [company] if store.offers.matching(prefix) else []
    if not found:
        raise UserError(
            _("no company here has an offer {id}").format(id=prefix),
            _("`orch offers` lists them; `orch pull` asks for new ones"),
        )
    if len(found) > 1:
        text = _("{id} was offered to {companies}").format(id=prefix, companies=", ".join(found))
        raise UsageError(text, f"orch {what} {prefix} --company {found[0]}")
    return found[0]
