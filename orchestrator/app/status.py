"""What `orch status` shows, read from each company's store in turn.

Typed all day long, so nothing is imported here that is only needed when git has news.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from orchestrator import relocation
from orchestrator.app.freshness import drained
from orchestrator.app.left_out import RECENT, days_ago, lately_unheard
from orchestrator.app.workspace import EVERYONE, Say, Workspace
from orchestrator.config import heads
from orchestrator.config.group import Company, RemoteConfig, Slot
from orchestrator.errors import OrchError, StoreError, UsageError
from orchestrator.i18n import _
from orchestrator.store.company import CompanyStore
from orchestrator.store.outbox import Row
from orchestrator.store.places import Conflict
from orchestrator.store.touched import OWN, Extent
from orchestrator.wishes import COMPANY, GLOBAL, place_shown, remote_name, target_of, targets_of

VENDORS = {"supabase": "Supabase", "jira": "Jira", "confluence": "Confluence", "github": "GitHub"}


@dataclass(frozen=True, slots=True)
class RemoteStatus:
    """One remote's queue: counts by ok, edited, queued, unseen, stuck, conflict, gone, dropped.

    `former`: the configuration no longer has this place, and something of ours still lies there.
    """

    name: str
    label: str
    counts: dict[str, int]
    paused: str
    former: bool = False


@dataclass(frozen=True, slots=True)
class CompanyStatus:
    """One company's part of the screen. `failure`: why its store cannot be used; nothing is known then.
    `behind`: what of git could not be read for it.

    `read`: commits that touch its paths, where they taught nothing; `idle`: there are none. `lost`: decisions
    of an earlier store of this clone that is gone. `elsewhere`: insights of commits that touch none of its
    paths as they are now. `put_away`: insights that were withdrawn or superseded. `unheard` are commits that
    speak to orch and touch no company's paths, the same in each company. `unresolved`: what a `Supersedes:`
    of the last days names and is no insight here, with its commit. `moved`: (former place, place of today,
    how many texts) of what lies at the former one still.
    """

    id: str
    name: str
    share: str
    kinds: tuple[tuple[str, int], ...] = ()
    total: int = 0
    read: int = 0
    idle: bool = False
    put_away: int = 0
    lost: int = 0
    elsewhere: int = 0
    unheard: Extent = field(default_factory=Extent)
    absent: int = 0
    to_review: int = 0
    blocked: int = 0
    stale: int = 0
    unresolved: tuple[tuple[str, str], ...] = ()
    remotes: tuple[RemoteStatus, ...] = ()
    moved: tuple[tuple[str, str, int], ...] = ()
    set_aside: tuple[Row, ...] = ()
    conflicts: frozenset[Conflict] = frozenset()
    offers: dict[str, int] = field(default_factory=dict)
    size_kib: int = 0
    failure: StoreError | None = None
    behind: OrchError | None = None

    @property
    def queued(self) -> int:
        """How many wishes are due over all remotes."""
        return sum(r.counts.get("queued", 0) for r in self.remotes)

    @property
    def complete(self) -> bool:
        """False while something lies where the configuration no longer leads, a trail is missed, or git's
        news wait.
        """
        return not (self.lost or self.behind or any(r.former for r in self.remotes))

    def as_json(self) -> dict[str, Any]:
        """The same as plain values; `error` is None while the store can be used."""
        told = asdict(replace(self, failure=None, behind=None))
        del told["failure"], told["conflicts"], told["behind"]
        said = {"error": failure_json(self.failure), "unread": failure_json(self.behind)}
        return {**told, "kinds": dict(self.kinds), "queued": self.queued, **said}


def failure_json(failure: OrchError | None) -> dict[str, str] | None:
    """Why a company's store cannot be used, or git read for it, as plain values; None while it can."""
    if failure is None:
        return None
    return {"code": failure.code, "message": failure.message, "hint": failure.hint}


def collect_status(workspace: Workspace, chosen: str | None, say: Say) -> list[CompanyStatus]:
    """Drain what is new, then read each company's counts. A store that cannot be used stops no other."""
    companies = workspace.companies(chosen)
    drained(workspace, say, companies)
    return [_status(workspace, workspace.group.company(i)) for i in companies]


def _status(workspace: Workspace, company: Company) -> CompanyStatus:
    try:
        return _read_status(workspace, company)
    except StoreError as e:
        return CompanyStatus(company.id, company.name, company.share.value, failure=e)


def _read_status(workspace: Workspace, company: Company) -> CompanyStatus:
    home = workspace.group.clone
    with workspace.store(company.id) as store:
        counts = store.insights.counts()
        found = CompanyStatus(
            id=company.id,
            name=company.name,
            share=company.share.value,
            kinds=tuple(sorted(counts.items())),
            total=sum(counts.values()),
            read=(read := 0 if counts else store.touched.extent(OWN).commits),
            idle=not counts and not read,
            put_away=store.insights.put_away(),
            unheard=lately_unheard(workspace, store),
            absent=len(store.absent.blobs()),
            lost=max((h.number for _name, h in heads.earlier(company.id, home, store.identity)), default=0),
            elsewhere=len(store.insights.elsewhere()),
            to_review=store.verdicts.undecided(),
            blocked=store.verdicts.blocked(),
            stale=len(store.cited.stale()),
            unresolved=tuple(store.superseding.unresolved(days_ago(RECENT))),
            remotes=tuple(_remotes(workspace, company, store)),
            moved=tuple(_moved(workspace, company, store)),
            set_aside=(aside := tuple(store.set_aside.for_a_person())),
            conflicts=_conflicts(workspace, company, aside),
            offers=store.offers.counts(),
            behind=workspace.behind.get(company.id) or workspace.behind.get(EVERYONE),
        )
    return replace(found, size_kib=store.size() // 1024)  # closed: without what only an open one needs


def _conflicts(workspace: Workspace, company: Company, rows: Sequence[Row]) -> frozenset[Conflict]:
    targets = targets_of(company, workspace.group)
    return frozenset(
        Conflict.of(row.key, row.error, former=targets.get(row.remote) != row.target)
        for row in rows
        if row.state == "conflict"
    )


def _remotes(workspace: Workspace, company: Company, store: CompanyStore) -> list[RemoteStatus]:
    counts = store.set_aside.counts()
    now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    result = []
    for scope, configured in ((GLOBAL, workspace.group.remotes), (COMPANY, company.remotes)):
        for slot, config in configured.items():
            name = remote_name(scope, slot)
            label, place = remote_label(scope, slot, config), (name, target_of(config))
            if slot is Slot.FORGE and place not in counts:
                continue  # only `orch share` brings something there
            pause = store.pauses.of(name, now)
            result.append(RemoteStatus(name, label, counts.get(place, {}), pause[0] if pause else ""))
    former = former_places(workspace, company, store)
    return result + [RemoteStatus(n, _former_label(n, t), counts[n, t], "", former=True) for n, t in former]


def former_places(workspace: Workspace, company: Company, store: CompanyStore) -> list[tuple[str, str]]:
    """(remote, target) of the places that the configuration no longer has and from which something is to go.

    What stays there as it was agreed to, or by a person's word, is no open end.
    """
    found = relocation.former_places(store, targets_of(company, workspace.group))
    return [place for place in found if store.places.is_due(place)]


def _moved(workspace: Workspace, company: Company, store: CompanyStore) -> Iterator[tuple[str, str, int]]:
    """Where the configuration leads elsewhere than to what was pushed: so does a place that is mistyped."""
    for (before, now), n in relocation.moves(store, targets_of(company, workspace.group)).items():
        yield place_shown(before), place_shown(now), n


def _former_label(name: str, target: str) -> str:
    scope, _dot, slot = name.partition(".")
    return f"{scope} · {slot} ({place_shown(target)})"


def known_remotes(workspace: Workspace, chosen: str | None, names: Sequence[str]) -> Sequence[str]:
    """The same names of remotes. Raises UsageError for one that no company in question has."""
    known = {remote_name(GLOBAL, slot) for slot in workspace.group.remotes if slot is not Slot.FORGE}
    for company in workspace.companies(chosen):
        known |= {remote_name(COMPANY, slot) for slot in workspace.group.company(company).remotes}
    for name in names:
        if name not in known:
            raise UsageError(
                _("there is no remote {name} in .orch/config.toml").format(name=name),
                _("it has {ids}").format(ids=", ".join(sorted(known)) or "-"),
            )
    return names


def remote_label(scope: str, slot: Slot, config: RemoteConfig) -> str:
    """How people call a remote: vendor and place, or the folder's part."""
    if config.kind == "folder":
        return f"{scope} · {slot.value} ({config.url})"
    vendor = VENDORS.get(config.kind, config.kind)
    return f"{scope} · {vendor} {config.where}".rstrip()
