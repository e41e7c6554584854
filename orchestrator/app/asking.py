"""`orch search --global`: ask the group's memory, keep what it answers, and search that as ever.

The memory proposes by meaning and by words; what it proposes is taken in as a pull would take it in, and
then the company's own index ranks it: online and offline by one formula. What was taken back meanwhile is
forgotten at the same occasion.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from orchestrator.app.clearance import clear_question
from orchestrator.app.embedding import Embedders, LazyEmbedder
from orchestrator.app.global_memory import moment, open_memory
from orchestrator.app.workspace import Workspace
from orchestrator.desk import Desk
from orchestrator.errors import LockedError, TransientError, UsageError
from orchestrator.i18n import _
from orchestrator.lexical import Filters
from orchestrator.memory.lexical import parse
from orchestrator.offer.contact import last, noted
from orchestrator.offer.follow import forget_gone, take_in
from orchestrator.offer.receive import receive
from orchestrator.remote_memory import Followed, Memory, SharedRow, Worded

PROPOSED = 50  # rows by meaning, and as many by words


@dataclass(frozen=True, slots=True)
class Contact:
    """Whether the memory answered; `at` is when it last did (UTC ISO 8601, '' for never)."""

    online: bool
    at: str
    why: str = ""

    def as_json(self) -> dict[str, Any]:
        """Plain values."""
        return {"online": self.online, "at": self.at, "why": self.why}


def ask_group(workspace: Workspace, companies: Sequence[str], query: str, filters: Filters) -> Contact:
    """Bring what the group's memory has on this question into the companies' stores.

    Of the filters those count that a memory can narrow by: kind, company, technology, since.

    Offline nothing changes, and the contact says since when. Raises UsageError without words, RefusedError
    for a question that itself may not leave, CredentialsError, ConfigError without a memory.
    """
    if not query.strip():
        raise UsageError(
            _("there is nothing to search for"), _('say what you look for: orch search "slow queue"')
        )
    memory = open_memory(workspace)
    embedders = Embedders()
    contacts = [_ask(workspace, company, memory, query, filters, embedders) for company in companies]
    return min(contacts, key=lambda c: (c.online, c.at))


def _ask(
    workspace: Workspace, company: str, memory: Memory, query: str, filters: Filters, embedders: Embedders
) -> Contact:
    desk = workspace.desk(company)
    with desk.store:
        clear_question(desk.policy, query)
        try:
            with workspace.lock(f"push-{company}"), desk.store.erasing.within():
                _take(desk, memory, query, filters, embedders.of(desk))
                noted(desk)
        except (TransientError, LockedError) as e:
            return Contact(False, last(desk), e.message)
        return Contact(True, last(desk))


def _take(desk: Desk, memory: Memory, query: str, filters: Filters, embedder: LazyEmbedder) -> None:
    if not isinstance(memory, Followed):
        receive(desk, memory.rows(), embedder.model, certain=True)  # a folder: reading it is no journey
        return
    found: list[SharedRow] = []
    model = embedder.open()
    if model is not None:
        found += memory.nearest(
            model.query(query),
            limit=PROPOSED,
            kind=filters.get("kind"),
            company=filters.get("company"),
            technology=filters.get("technology"),
            since=moment(since) if (since := filters.get("since")) else None,
        )
    if isinstance(memory, Worded):
        found += memory.worded(list(parse(query).terms.values()), limit=PROPOSED, kind=filters.get("kind"))
    take_in(desk, memory, found, embedder.model)
    forget_gone(desk, memory)
