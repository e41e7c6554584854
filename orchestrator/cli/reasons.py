"""The outbox's own words for why a row waits, as people read them."""

from __future__ import annotations

from orchestrator.i18n import _


def told(reason: str) -> str:
    """A reason in the reader's language; a vendor's own words stay as they are."""
    validation = "validation: "
    if reason.startswith(validation):
        return _("validation refuses it: {rules}").format(rules=reason.removeprefix(validation))
    words = {
        "edited": _("a person changed it there"),
        "gone": _("a person removed it there"),
        "unknown outcome": _("the answer was lost; the next push asks again"),
        "no vector": _("it waits for its vector"),
    }
    return words.get(reason, reason)
