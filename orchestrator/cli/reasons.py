"""The outbox's own words for why a row waits, as people read them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from orchestrator.i18n import _
from orchestrator.store.places import Conflict


def place_to_add() -> str:
    """What to do where no remote is configured at all."""
    return _(
        'add [global.folder] with path = "../shared" (or [global.supabase], [global.jira], '
        "[global.confluence]) to .orch/config.toml, then run `orch trust`"
    )


def ways_out(
    company: str, refused: bool, conflicts: Iterable[Conflict], *, stopped: bool = False
) -> Iterator[str]:
    """What a person may do about what was refused or stopped, and what people changed or removed there."""
    if stopped:
        yield _("`orch show ID` says why it may not leave any more; `orch review --refuse ID` ends it")
    if refused:
        yield _("after mending the cause `orch retry ID`; or `orch drop ID` gives it up")
    yield from dict.fromkeys(_way_out(company, conflict) for conflict in conflicts)


def _way_out(company: str, conflict: Conflict) -> str:
    if conflict.former:
        return _("`orch push --force ID` takes it away there, a person's words too; `orch drop ID` leaves it")
    if conflict.gone:
        return _(
            "`orch push --force ID` creates again what a person removed; `orch drop ID` lets it be; "
            "`orch withdraw ID` takes it back everywhere"
        )
    if conflict.task:
        return _(
            "an offer's task: `orch push --force ID --company {company}` writes over what a person changed, "
            "`orch drop ID --company {company}` lets it be"
        ).format(company=company)
    return _("`orch adopt ID` takes the person's text, `orch push --force ID` writes over it")
