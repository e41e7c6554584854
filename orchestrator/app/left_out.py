"""What a list of insights does not show: nobody should take it for lost."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from orchestrator import git
from orchestrator.app.workspace import Workspace
from orchestrator.model import Kind
from orchestrator.store.company import CompanyStore
from orchestrator.store.touched import OWN, UNHEARD, Extent

RECENT = 30  # days for which what a message says in vain is told: history cannot be mended later
SILENCE = "orch.unheard"  # the key of git's configuration that silences it


@dataclass(frozen=True, slots=True)
class LeftOut:
    """What a list of insights leaves out: withdrawn and superseded ones, and commits that taught nothing.

    `read`: how many commits touched the companies' paths.
    """

    put_away: int = 0
    unheard: Extent = field(default_factory=Extent)
    read: int = 0


def left_out(workspace: Workspace, chosen: str | None, kinds: Sequence[str]) -> LeftOut:
    """What `list_insights` leaves out of these companies and kinds unless it is asked for everything."""
    found, lost, read = 0, Extent(), 0
    for company in workspace.companies(chosen):
        with workspace.store(company) as store:
            found += store.insights.put_away([Kind(k) for k in kinds])
            lost = lately_unheard(workspace, store)  # of shared code: each company knows the same
            read += store.touched.extent(OWN).commits
    return LeftOut(found, lost, read)


def lately_unheard(workspace: Workspace, store: CompanyStore) -> Extent:
    """Commits of the last days that teach something and touch nobody's paths.

    None where git's configuration says `orch.unheard false`.
    """
    found = store.touched.extent(UNHEARD, days_ago(RECENT))
    if found.commits and git.config_get(workspace.repository, SILENCE) == "false":
        return Extent()
    return found


def days_ago(days: int) -> str:
    """The time so many days ago, UTC ISO 8601."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - days * 86_400))
