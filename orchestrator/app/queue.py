"""`orch retry` and `orch drop`: what a person says about wishes that wait for a person."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from orchestrator.app.workspace import Workspace
from orchestrator.errors import UserError
from orchestrator.i18n import _
from orchestrator.store.company import CompanyStore
from orchestrator.store.offers import key_of
from orchestrator.store.outbox import Outbox, Row
from orchestrator.store.set_aside import ASIDE, UNSEEN

REFUSED, DROPPED = "stuck", "dropped"


@dataclass(frozen=True, slots=True)
class Turned:
    """One wish that was made ready again or given up: where, how it stood before, and why."""

    company: str
    id: str
    remote: str
    before: str
    reason: str
    lies: bool  # something of ours lies there

    def as_json(self) -> dict[str, Any]:
        """Plain values."""
        return asdict(self)


def retry(
    workspace: Workspace, chosen: str | None, ids: Sequence[str], remotes: Sequence[str], *, dry_run: bool
) -> list[Turned]:
    """Make what was set aside ready again: of these insights or offers, or (without ids) all that is refused
    or changed by a person. What was given up comes back only by its id. Raises UserError for an id with
    nothing set aside.
    """
    states = ASIDE if ids else ASIDE[:2]
    return _turned(
        workspace,
        chosen,
        ids,
        lambda store: store.set_aside.find(states, ids or None, remotes),
        Outbox.again,
        dry_run=dry_run,
    )


def drop(
    workspace: Workspace, chosen: str | None, ids: Sequence[str], remotes: Sequence[str], *, dry_run: bool
) -> list[Turned]:
    """Give wishes up until the text changes or a person retries; what lies on a remote stays as it is.

    A wish whose outcome is unknown is not given up, unless it is for absence and nothing is shown there.
    Raises UserError for an id with nothing to give up.
    """
    return _turned(
        workspace,
        chosen,
        ids,
        lambda store: list(_open_wishes(store, ids, remotes)),
        _give_up,
        dry_run=dry_run,
    )


def given_up(workspace: Workspace, chosen: str | None, ids: Sequence[str]) -> list[Turned]:
    """The wishes of these insights that a person gave up: a push, `--force` too, leaves them so."""
    found: list[Turned] = []
    for company in workspace.companies(chosen) if ids else ():
        with workspace.store(company) as store:
            found += [_told(company, row) for key in ids for row in store.outbox.of(key)]
    return [wish for wish in found if wish.before == DROPPED]


def _open_wishes(store: CompanyStore, ids: Sequence[str], remotes: Sequence[str]) -> Iterator[Row]:
    for row in (row for key in ids for row in store.outbox.of(key)):
        unseen = row.state == "sending" and not row.wanted_hash and row.error in UNSEEN
        differs = row.wanted_hash != row.sent_hash or row.state in ("stuck", "conflict")
        open_ = unseen or (differs and row.state not in (DROPPED, "sending"))
        if open_ and (not remotes or row.remote in remotes):
            yield row


def _give_up(outbox: Outbox, row: Row) -> None:
    outbox.mark(row, DROPPED, row.error)


def _turned(
    workspace: Workspace,
    chosen: str | None,
    ids: Sequence[str],
    rows_of: Callable[[CompanyStore], list[Row]],
    act: Callable[[Outbox, Row], None],
    *,
    dry_run: bool,
) -> list[Turned]:
    found: list[Turned] = []
    for last in (False,) if dry_run else (False, True):  # all are found before any is turned
        found = []
        for company in workspace.companies(chosen):
            with workspace.lock(f"push-{company}"), workspace.store(company) as store:
                rows = rows_of(store)
                found += [_told(company, row) for row in rows]
                if last:
                    _all(store, rows, act)
        _refuse_unknown(ids, found)
    return found


def _refuse_unknown(ids: Sequence[str], found: Sequence[Turned]) -> None:
    known = {t.id for t in found}
    missing = dict.fromkeys(key for key in map(key_of, ids) if key not in known)  # an insight and its offer
    if missing:
        raise UserError(
            _("nothing is set aside for {ids}").format(ids=", ".join(missing)),
            _("`orch status` shows what waits for you, `orch show ID` where an insight lies"),
        )


def _all(store: CompanyStore, rows: Sequence[Row], act: Callable[[Outbox, Row], None]) -> None:
    with store.transaction():
        for row in rows:
            act(store.outbox, row)


def _told(company: str, row: Row) -> Turned:
    reason = row.error or row.link_error
    return Turned(company, key_of(row.key), row.remote, row.state, reason, bool(row.sent_hash))
