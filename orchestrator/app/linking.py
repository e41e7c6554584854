"""What says the same as an insight, shown as one; and a person's word that two are not the same."""

from __future__ import annotations

from dataclasses import dataclass

from orchestrator.app.embedding import Embedders
from orchestrator.app.insights import find_insight
from orchestrator.app.workspace import Workspace, person
from orchestrator.clock import now
from orchestrator.echoing import held_by
from orchestrator.errors import UserError
from orchestrator.i18n import _
from orchestrator.twins import place


@dataclass(frozen=True, slots=True)
class Unlinked:
    """An insight, those that are another learning from now on (or no more), and who speaks for it now."""

    id: str
    others: tuple[str, ...]
    canonical: str


def unlink(workspace: Workspace, chosen: str | None, prefix: str) -> Unlinked:
    """Say that an insight is not the same as the one that speaks for it, or as those it speaks for.

    Or as the withdrawn one for which it waits. It stays said. Raises UserError when nothing says the same.
    """
    company, insight = find_insight(workspace, chosen, prefix)
    desk = workspace.desk(company)
    with desk.store as store, store.transaction():
        speaker = store.twins.canonical(insight.id)
        others = list(filter(None, [speaker or held_by(desk, insight.id)])) or store.twins.of(insight.id)
        if not others:
            raise UserError(
                _("nothing says the same as {id}").format(id=insight.id),
                _("`orch show {id}` lists what does").format(id=insight.id),
            )
        for other in others:
            store.twins.set_apart(insight.id, other, person(), now())
        place(desk, Embedders().of(desk).model)
        return Unlinked(insight.id, tuple(others), store.twins.canonical(insight.id))


def rejoin(workspace: Workspace, chosen: str | None, prefix: str) -> Unlinked:
    """Take back what `unlink` said of an insight. Raises UserError when nothing was said."""
    company, insight = find_insight(workspace, chosen, prefix)
    desk = workspace.desk(company)
    with desk.store as store, store.transaction():
        others = store.twins.rejoin(insight.id)
        if not others:
            raise UserError(
                _("nobody said that {id} is not the same as another").format(id=insight.id),
                _("`orch show {id}` lists what says the same").format(id=insight.id),
            )
        place(desk, Embedders().of(desk).model)
        return Unlinked(insight.id, tuple(others), store.twins.canonical(insight.id))
