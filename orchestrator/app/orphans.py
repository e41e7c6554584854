"""Companies that the configuration no longer has: their stores are here still, and what they shared is out.

A store goes by its company's id. One that was renamed or removed would be asked by no command any more; so
it is named, and opened for one thing only: to take back what it shared.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace

from orchestrator.app.workspace import Workspace
from orchestrator.config.company import ID_PATTERN
from orchestrator.config.group import Company, Group
from orchestrator.errors import StoreError
from orchestrator.i18n import _, ngettext
from orchestrator.model import Share
from orchestrator.store.company import FILE_NAME
from orchestrator.wishes import GLOBAL, place_shown


@dataclass(frozen=True, slots=True)
class Orphan:
    """A former company: how many texts of it lie with the group, at which places (as people read them), and
    whether all of them are to be taken back.
    """

    id: str
    out: int
    places: tuple[str, ...]
    leaving: bool

    @property
    def told(self) -> str:
        """One line for people, with the way out."""
        lie = ngettext(
            "{id} is in the configuration no more; {n} text of it is still at {places}",
            "{id} is in the configuration no more; {n} texts of it are still at {places}",
            self.out,
        ).format(id=self.id, n=self.out, places=", ".join(self.places))
        return f"{lie} ({self.mend})"

    @property
    def mend(self) -> str:
        """The command that helps."""
        return "orch push" if self.leaving else f"orch withdraw --company {self.id} --all"


def orphan_ids(group: Group) -> list[str]:
    """Ids of companies that have a store in this clone and no entry in the configuration."""
    known = {c.id for c in group.companies}
    found = sorted(path.parent.name for path in (group.folder / "companies").glob(f"*/{FILE_NAME}"))
    return [name for name in found if name not in known and re.fullmatch(ID_PATTERN, name)]


def orphans(workspace: Workspace) -> Iterator[Orphan]:
    """Former companies of which something lies with the group; stores that cannot be used are passed by."""
    for name in orphan_ids(workspace.group):
        with suppress(StoreError), workspace.store(name) as store:
            places = [place for place in store.outbox.places() if place[0].startswith(f"{GLOBAL}.")]
            rows = [row for remote, target in places for row in store.outbox.sent(remote, target)]
            wanted = any(row.wanted_hash for place in places for row in store.outbox.at(*place))
            if rows:
                shown = dict.fromkeys(place_shown(row.target) for row in rows)
                yield Orphan(name, len({row.key for row in rows}), tuple(shown), not wanted)


def workspace_of(workspace: Workspace, company: str) -> Workspace:
    """The workspace in which a company can be worked for: a former one has no paths and no remotes there."""
    if company not in orphan_ids(workspace.group):
        return workspace
    former = Company(company, company, paths=(), share=Share.MANUAL)
    return replace(workspace, group=replace(workspace.group, companies=(*workspace.group.companies, former)))


def told_at_trust(group: Group) -> Iterator[str]:
    """What a configuration that is not trusted yet would leave without a company."""
    for name in orphan_ids(group):
        yield _(
            "{id}: its store stays here, and what it shared where it is: orch withdraw --company {id} --all"
        ).format(id=name)
