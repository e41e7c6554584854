"""The outbox's own words for why a row waits, as people read them."""

from __future__ import annotations

from collections.abc import Iterator

from orchestrator.i18n import _


def ways_out(refused: bool, changed: bool) -> Iterator[str]:
    """What a person may do about what was refused, and about what people changed on a remote."""
    if refused:
        yield _("after mending the cause `orch retry ID`; or `orch drop ID` gives it up")
    if changed:
        yield _("`orch adopt ID` takes the person's text, `orch push --force ID` writes over it")
