"""The group's memory where it lies, asked over the network: what the public API's search does."""

from __future__ import annotations

from typing import Any

from orchestrator.app.clearance import clear_question, policy_of
from orchestrator.app.embedding import Embedders, wanted_engine
from orchestrator.app.places import configured_place, open_place
from orchestrator.app.remembering import check_category
from orchestrator.app.workspace import Workspace
from orchestrator.config.group import Slot
from orchestrator.errors import ConfigError, UsageError, UserError
from orchestrator.i18n import _
from orchestrator.remote import Memory

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
    workspace: Workspace, query: str, *, limit: int, category: str | None, company: str | None
) -> list[dict[str, Any]]:
    """Shared rows by meaning, best first, as plain values.

    Raises UsageError for empty words, a limit outside 1 to 200, an unknown category or company; RefusedError
    for a question that may not leave;
    UserError where no model is; TransientError offline.
    """
    if not query.strip() or not 1 <= limit <= MOST:
        raise UsageError(_("a search needs words, and a limit between 1 and {n}").format(n=MOST))
    kind = check_category(category) if category else None
    owner = workspace.company(company) if company else None
    clear_question(policy_of(workspace, None), query)
    memory = open_memory(workspace)
    embedder = Embedders().open(wanted_engine(workspace.group))
    if embedder is None:
        raise UserError(
            _("no embedding model on this platform; searching by words only"), _("use `orch search`")
        )
    rows = memory.nearest(embedder.query(query), limit=limit, kind=kind, company=owner)
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
