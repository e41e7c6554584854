"""What a list of insights does not show: nobody should take it for lost."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from orchestrator.app.workspace import Workspace
from orchestrator.model import Kind
from orchestrator.store.touched import UNHEARD, Extent


@dataclass(frozen=True, slots=True)
class LeftOut:
    """What a list of insights leaves out: withdrawn and superseded ones, and commits that taught nothing."""

    put_away: int = 0
    unheard: Extent = field(default_factory=Extent)


def left_out(workspace: Workspace, chosen: str | None, kinds: Sequence[str]) -> LeftOut:
    """What `list_insights` leaves out of these companies and kinds unless it is asked for everything."""
    found, lost = 0, Extent()
    for company in workspace.companies(chosen):
        with workspace.store(company) as store:
            found += store.insights.put_away([Kind(k) for k in kinds])
            lost = store.touched.extent(UNHEARD)  # of shared code: each company knows the same
    return LeftOut(found, lost)
