"""Take back much at once: all that a company shared, or what its paths no longer hold."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field

from orchestrator.app import reviewing
from orchestrator.app.embedding import Embedders
from orchestrator.app.learning import catch_up
from orchestrator.app.orphans import orphan_ids, workspace_of
from orchestrator.app.workspace import Say, Workspace
from orchestrator.echoing import held_for
from orchestrator.model import Insight, Kind
from orchestrator.offer.requests import requests_of, take_back_requests
from orchestrator.store.company import CompanyStore
from orchestrator.store.outbox import Row
from orchestrator.twins import place
from orchestrator.wishes import COMPANY, GLOBAL


def withdraw_all(workspace: Workspace, company: str, reason: str = "") -> tuple[list[str], list[str]]:
    """Take back all that a company shared, of one that the configuration no longer has too.

    Returns the ids of the insights, and the keys of the pull requests that carry a component. Raises
    UsageError for a company of which there is no store.
    """
    if company not in orphan_ids(workspace.group):
        workspace.companies(company)  # says which there are
    desk = workspace_of(workspace, company).desk(company)
    with desk.store as store:
        found = list(store.insights.listing(kinds=tuple(Kind), states=("active",)))
        out = [i.id for i in found if _is_shared(store, i)]
        for insight_id in out:
            if (insight := store.insights.get(insight_id)) is not None:
                reviewing.write_answer(desk, insight, "withdraw", reason, "", "")
        place(desk, Embedders().of(desk).model)  # what says the same waits for a person
        return out, take_back_requests(desk)


def _is_shared(store: CompanyStore, insight: Insight) -> bool:
    """Whether it lies with the group, or is about to; what only the company's own places hold is its own."""
    rows = (row for row in store.outbox.of(insight.id) if row.remote.startswith(f"{GLOBAL}."))
    return any(row.sent_hash or row.wanted_hash for row in rows)


@dataclass(slots=True)
class Follows:
    """What follows from a withdrawal: objects that the next push takes back, `own` of them of the company's
    own places, and the insights that say the same and wait now.
    """

    objects: int = 0
    own: int = 0
    same: list[str] = field(default_factory=list)


def follows(
    workspace: Workspace, company: str | None, ids: Collection[str], requests: Collection[str] = ()
) -> Follows:
    """What the next push takes back of these insights and pull requests, and of those that say the same."""
    found = Follows()
    companies = (company,) if company in orphan_ids(workspace.group) else workspace.companies(company)
    for one in filter(None, companies):
        desk = workspace_of(workspace, one).desk(one)
        with desk.store as store:
            same = held_for(desk, ids)
            carry = [r.key for i in map(store.insights.get, ids) if i for r in requests_of(desk, i)]
            keys = dict.fromkeys((*ids, *same, *carry, *requests))
            rows = [row for key in keys for row in store.outbox.of(key) if _goes(row)]
        found.same += same
        found.objects += len(rows)
        found.own += sum(1 for row in rows if row.remote.startswith(f"{COMPANY}."))
    return found


def _goes(row: Row) -> bool:
    """Whether something lies there, or may, that is wished for no more."""
    may_lie = row.sent_hash or (row.state == "sending" and not row.only_asked)
    return bool(may_lie) and not row.wanted_hash


def withdraw_elsewhere(workspace: Workspace, chosen: str | None, reason: str, say: Say) -> list[str]:
    """Withdraw what was learnt from commits outside of the companies' paths as they are now; those ids.

    Raises LockedError or MistakeError while git cannot be read for it: half read, everything would seem to
    lie outside.
    """
    companies = workspace.companies(chosen)
    catch_up(workspace, say, companies, wait=60.0, required=True)
    for mistake in workspace.behind.values():
        raise mistake
    found: list[str] = []
    for company in companies:
        with workspace.store(company) as store:
            ids = [i.id for i in store.insights.elsewhere()]
        found += [i.id for i in reviewing.answer_all(workspace, company, ids, "withdraw", reason)]
    return found
