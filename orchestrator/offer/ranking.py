"""Rank open offers anew once the company has learnt or taken up something since they came."""

from __future__ import annotations

from dataclasses import replace

from orchestrator.desk import Desk
from orchestrator.model import digest
from orchestrator.offer.fit import fit
from orchestrator.offer.receive import nearness, technologies_of
from orchestrator.store.offers import Offer

RANKED = "offers_ranked_for"  # setting: what the company had when its offers were ranked
RECIPE = "f2"  # raise it when `fit` changes: known offers are then ranked anew


def rank_anew(desk: Desk, model: str) -> int:
    """Bring the fit of open offers in line with what the company has now; how many of them changed.

    Costs one question to the index for each open offer, and nothing while the company has what it had.
    """
    store, technologies = desk.store, technologies_of(desk)
    had = digest(
        RECIPE, model, desk.group.language, *sorted(technologies), "", *sorted(store.insights.ids()), size=32
    )
    if store.setting(RANKED) == had:
        return 0
    with store.transaction():
        offers = store.offers.listing()
        found = [_fitted(desk, offer, technologies, model) for offer in offers]
        changed = [new for old, new in zip(offers, found, strict=True) if new != old]
        for offer in changed:
            store.offers.put(offer)
        store.put_setting(RANKED, had)
    return len(changed)


def _fitted(desk: Desk, offer: Offer, technologies: set[str], model: str) -> Offer:
    near = nearness(desk, desk.store.index.vector(offer.ref, model), model)
    found = fit(offer.kind, offer.metadata, technologies, near, desk.group.language)
    return replace(offer, fit=found.score, reasons=found.reasons)
