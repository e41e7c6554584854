"""What is shown of an offer before and after it is answered; for people and as plain values."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from orchestrator.app.shown import on_remotes
from orchestrator.i18n import _
from orchestrator.store.offers import Offer
from orchestrator.store.outbox import Row
from orchestrator.words import short_id, word


@dataclass(frozen=True, slots=True)
class ShownOffer:
    """One offer as it may be read, `company` to which it was made, where the task of it stands."""

    company: str
    offer: Offer
    remotes: tuple[Row, ...]

    def facts(self) -> Iterator[tuple[str, str]]:
        """(label, value) lines, as `orch show` prints them."""
        o = self.offer
        yield _("fit"), f"{o.fit:.2f} ({'; '.join(o.reasons)})" if o.reasons else f"{o.fit:.2f}"
        if o.metadata["technologies"]:
            yield _("technologies"), ", ".join(o.metadata["technologies"])
        if o.metadata["gain"]:
            yield _("claimed gain"), o.metadata["gain"]
        if o.changed_since:
            yield _("offer"), _("changed since it was accepted; the task keeps the words of then")
        if o.state == "withdrawn":
            yield _("offer"), _("{company} took this offer back").format(company=o.company)
        if o.who:
            said = word(o.before if o.state == "withdrawn" or o.changed_since else o.state)
            yield _("answer"), " ".join(filter(None, (o.answered_at, said, o.who, o.answer)))
        yield from on_remotes(self.remotes)

    def commands(self) -> list[str]:
        """What can be said to it now."""
        answers = {"open": ("accept", "decline"), "declined": ("accept",)}
        short = short_id(self.offer.key)
        return [f"orch {a} {short} --company {self.company}" for a in answers.get(self.offer.state, ())]

    def as_json(self) -> dict[str, Any]:
        """Plain values: the offer as `orch offers --json` has it, and what belongs to it."""
        more = {"offered_to": self.company, "remotes": [asdict(r) for r in self.remotes]}
        return {**asdict(self.offer), **more, "next": self.commands()}
