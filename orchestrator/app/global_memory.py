"""The group's memory where it lies, asked over the network: what the public API's search does."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from orchestrator.app.clearance import clear_question, policy_of
from orchestrator.app.embedding import Embedders, wanted_engine
from orchestrator.app.places import configured_place, open_place
from orchestrator.app.remembering import check_category
from orchestrator.app.workspace import Workspace
from orchestrator.config.group import Slot
from orchestrator.detect.technologies import proper
from orchestrator.errors import ConfigError, UsageError, UserError
from orchestrator.i18n import _
from orchestrator.remote_memory import Memory

MOST = 200  # rows of one search: the limit of `match_global_memory`


def open_memory(workspace: Workspace) -> Memory:
    """The group's memory. Raises ConfigError without one, CredentialsError without its key."""
    remote = open_place(workspace, configured_place(workspace, Slot.MEMORY))
    if not isinstance(remote, Memory):
        raise ConfigError(_("{name} is not a memory").format(name=remote.label))
    return remote


def memory_stats(workspace: Workspace) -> dict[str, Any]:
    """{total, by_category, by_instance} of the shared rows."""
    return dict(open_memory(workspace).stats())


def nearest(
    workspace: Workspace,
    query: str,
    *,
    limit: int,
    category: str | None,
    company: str | None,
    technology: str | None = None,
    since: str | None = None,
) -> list[dict[str, Any]]:
    """Shared rows by meaning, best first, as plain values.

    `technology` in any case; `since` is ISO 8601, without an offset UTC.
    Raises UsageError for empty words, a limit outside 1 to 200, an unknown category or company, a time that
    is none; RefusedError for a question that may not leave; UserError where no model is; TransientError
    offline.
    """
    if not query.strip() or not 1 <= limit <= MOST:
        raise UsageError(_("a search needs words, and a limit between 1 and {n}").format(n=MOST))
    named: Any = technology  # whoever writes learnings down with a list of them may ask with one
    if named and not isinstance(named, str):
        raise UsageError(_("a search takes one technology, not {value}").format(value=named))
    kind = check_category(category) if category else None
    owner = workspace.company(company) if company else None
    after = moment(since) if since else None
    clear_question(policy_of(workspace, None), query)
    memory = open_memory(workspace)
    embedder = Embedders().open(wanted_engine(workspace.group))
    if embedder is None:
        raise UserError(
            _("no embedding model on this platform; searching by words only"), _("use `orch search`")
        )
    rows = memory.nearest(
        embedder.query(query),
        limit=limit,
        kind=kind,
        company=owner,
        technology=proper(technology) if technology else None,
        since=after,
    )
    return [
        {
            "id": r.key,
            "content": r.content,
            "source_instance": r.company,
            "category": r.kind,
            "metadata": dict(r.metadata),
            "created_at": r.created_at,
            "similarity": r.similarity,
        }
        for r in rows
    ]


def moment(text: str) -> str:
    """A date or time with its offset (UTC where it has none). Raises UsageError where it is none."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise UsageError(_("{value} is not a date such as 2026-01-31").format(value=text)) from error
    return (found if found.tzinfo else found.replace(tzinfo=UTC)).isoformat()
