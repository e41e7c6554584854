"""Take back much at once: all that a company shared, or what its paths no longer hold."""

from __future__ import annotations

from collections.abc import Collection

from orchestrator.app import reviewing
from orchestrator.app.learning import catch_up
from orchestrator.app.orphans import orphan_ids, workspace_of
from orchestrator.app.workspace import Say, Workspace
from orchestrator.model import Kind


def withdraw_all(workspace: Workspace, company: str, reason: str = "") -> list[str]:
    """Take back all that a company shared, of one that the configuration no longer has too; the ids.

    Raises UsageError for a company of which there is no store.
    """
    if company not in orphan_ids(workspace.group):
        workspace.companies(company)  # says which there are
    desk = workspace_of(workspace, company).desk(company)
    with desk.store as store:
        found = list(store.insights.listing(kinds=tuple(Kind), states=("active",)))
        out = [i for i in found if any(r.sent_hash or r.wanted_hash for r in store.outbox.of(i.id))]
        return [reviewing.write_answer(desk, insight, "withdraw", reason, "", "").id for insight in out]


def lying(workspace: Workspace, company: str | None, ids: Collection[str]) -> int:
    """How many objects of these insights lie on remotes, or may: so many does the next push take back."""
    found = 0
    companies = (company,) if company in orphan_ids(workspace.group) else workspace.companies(company)
    for one in filter(None, companies):
        with workspace.store(one) as store:
            rows = [row for key in ids for row in store.outbox.of(key)]
            asked = (row for row in rows if row.state == "sending" and not row.only_asked)
            found += sum(1 for row in rows if row.sent_hash) + sum(1 for row in asked if not row.sent_hash)
    return found


def withdraw_elsewhere(workspace: Workspace, chosen: str | None, reason: str, say: Say) -> list[str]:
    """Withdraw what was learnt from commits outside of the companies' paths as they are now; those ids.

    Raises LockedError while git cannot be read for it: half read, everything would seem to lie outside.
    """
    companies = workspace.companies(chosen)
    catch_up(workspace, say, companies, wait=60.0, required=True)
    found: list[str] = []
    for company in companies:
        with workspace.store(company) as store:
            ids = [i.id for i in store.insights.elsewhere()]
        found += [i.id for i in reviewing.answer_all(workspace, company, ids, "withdraw", reason)]
    return found
