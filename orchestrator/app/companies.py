"""What `orch companies` lists: each company's extent, queue and store, and the code that all share.

One store is open at a time, and each number is one count in SQL.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from orchestrator.app.freshness import drained
from orchestrator.app.status import failure_json
from orchestrator.app.workspace import Say, Workspace
from orchestrator.config.group import Company
from orchestrator.errors import StoreError
from orchestrator.git.objects import subjects
from orchestrator.store.company import CompanyStore
from orchestrator.store.touched import OWN, SHARED, UNHEARD, Extent


@dataclass(frozen=True, slots=True)
class Counted:
    """Commits that touched some code, and the newest of them; its subject as validation lets it be read."""

    extent: Extent = field(default_factory=Extent)
    subject: str = ""

    def as_json(self) -> dict[str, Any]:
        """Plain values; `last` is None where there is no commit."""
        newest = {"commit": self.extent.last, "at": self.extent.at, "subject": self.subject}
        return {"commits": self.extent.commits, "last": newest if self.extent.last else None}


@dataclass(frozen=True, slots=True)
class CompanyExtent:
    """One company. `due` and `set_aside` count wishes over all remotes, `size` is in bytes.

    `shared` is what this company's store knows of the code of all, `unheard` of commits that speak to orch
    and touch no company's paths. `failure`: why its store cannot be
    used; the numbers are 0 then.
    """

    id: str
    name: str
    share: str
    paths: tuple[str, ...]
    changes: Counted = field(default_factory=Counted)
    shared: Counted = field(default_factory=Counted)
    unheard: Extent = field(default_factory=Extent)
    kinds: tuple[tuple[str, int], ...] = ()
    due: int = 0
    set_aside: int = 0
    offers: tuple[tuple[str, int], ...] = ()
    size: int = 0
    failure: StoreError | None = None

    @property
    def insights(self) -> int:
        """How many active insights there are of all kinds."""
        return sum(n for _kind, n in self.kinds)

    @property
    def open_offers(self) -> int:
        """How many offers wait for an answer."""
        return dict(self.offers).get("open", 0)

    def as_json(self) -> dict[str, Any]:
        """Plain values; `error` is None while the store can be used."""
        return {
            "id": self.id,
            "name": self.name,
            "share": self.share,
            "paths": list(self.paths),
            **self.changes.as_json(),
            "insights": dict(self.kinds),
            "queue": {"due": self.due, "set_aside": self.set_aside},
            "offers": dict(self.offers),
            "bytes": self.size,
            "error": failure_json(self.failure),
        }


@dataclass(frozen=True, slots=True)
class GroupExtent:
    """All companies, and the code of none of them; `default` is the company that owns the rest, or ''."""

    companies: tuple[CompanyExtent, ...]
    shared: Counted
    default: str
    unheard: Extent = field(default_factory=Extent)

    def as_json(self) -> dict[str, Any]:
        """Plain values; `shared` is None where a default company owns whatever no glob matches."""
        shared = None if self.default else self.shared.as_json()
        listed = [c.as_json() for c in self.companies]
        lost = asdict(self.unheard)
        return {"companies": listed, "shared": shared, "default": self.default, "unheard": lost}


def count_companies(workspace: Workspace, say: Say) -> GroupExtent:
    """Drain what is new, then count for each company in turn. A store that cannot be used stops no other."""
    drained(workspace, say, [c.id for c in workspace.group.companies])
    found = [_company(workspace, company) for company in workspace.group.companies]
    known = next((c for c in found if c.failure is None), None)
    shared, unheard = (known.shared, known.unheard) if known else (Counted(), Extent())
    return GroupExtent(tuple(found), shared, workspace.group.default_company, unheard)


def _company(workspace: Workspace, company: Company) -> CompanyExtent:
    described = CompanyExtent(company.id, company.name, company.share.value, company.paths)
    try:
        desk = workspace.desk(company.id)
        with desk.store as store:
            counted, policy = _counted(store, described), desk.policy
        counted = replace(counted, size=store.size())  # closed: without what only an open one needs
    except StoreError as e:
        return replace(described, failure=e)
    said = subjects(workspace.repository, _newest(counted))
    if said:
        from orchestrator.scanning import judge

        said = dict(judge(said, policy).redacted)
    named = {
        place: replace(part, subject=said.get(part.extent.last, ""))
        for place, part in (("changes", counted.changes), ("shared", counted.shared))
    }
    return replace(counted, changes=named["changes"], shared=named["shared"])


def _newest(counted: CompanyExtent) -> Iterable[str]:
    return filter(None, (counted.changes.extent.last, counted.shared.extent.last))


def _counted(store: CompanyStore, company: CompanyExtent) -> CompanyExtent:
    queue = store.set_aside.counts().values()
    return replace(
        company,
        changes=Counted(store.touched.extent(OWN)),
        shared=Counted(store.touched.extent(SHARED)),
        unheard=store.touched.extent(UNHEARD),
        kinds=tuple(sorted(store.insights.counts().items())),
        due=sum(n.get("queued", 0) for n in queue),
        set_aside=sum(n.get("stuck", 0) + n.get("conflict", 0) + n.get("gone", 0) for n in queue),
        offers=tuple(sorted(store.offers.counts().items())),
    )
