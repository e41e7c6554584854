"""`orch components` and `orch share`."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import Any

from orchestrator import git
from orchestrator.app.audit import require_sound
from orchestrator.app.clearance import policy_of
from orchestrator.app.destination import push_address
from orchestrator.app.freshness import drained
from orchestrator.app.learning import catch_up
from orchestrator.app.remotes import Push, open_forge
from orchestrator.app.trail import write_down
from orchestrator.app.workspace import Say, Workspace, person
from orchestrator.config.group import RemoteConfig, Slot
from orchestrator.desk import Desk
from orchestrator.errors import ConfigError, RefusedError, UsageError
from orchestrator.i18n import _
from orchestrator.offer.branch import branch_plan
from orchestrator.offer.present import folders_of, present
from orchestrator.offer.receiving import require_receivers
from orchestrator.offer.requests import Attempt, branch_in_use, remember, rename_former, require_not_withdrawn
from orchestrator.offer.share import (
    Shared,
    Sharing,
    examine,
    issue_of,
    prepare,
    publish,
    pull_request,
)
from orchestrator.reconcile.former import configured_targets
from orchestrator.reconcile.standing import hold_place, require_place
from orchestrator.remote import Entry, Remote
from orchestrator.wishes import FORGE


@dataclass(frozen=True, slots=True)
class Component:
    """A component of the catalogue: own ones by folder, others' as they were shared."""

    name: str
    company: str
    folder: str
    offered: bool

    def as_json(self) -> dict[str, Any]:
        """Plain values."""
        return asdict(self)


def list_components(workspace: Workspace, chosen: str | None, say: Say) -> list[Component]:
    """Components of the companies in question, and what others offered them that is not listed so."""
    drained(workspace, say, workspace.companies(chosen))
    here, offered = set(), set()
    for company in workspace.companies(chosen):
        desk = workspace.desk(company)
        with desk.store as store:
            here |= {
                Component(n, company, f, offered=False)
                for f, n in present(store, workspace.repository).items()
            }
            offers = [o for o in store.offers.listing(("open", "accepted")) if o.kind == "component"]
            offered |= {Component(o.title, o.company, "", offered=True) for o in offers}
    seen = {(c.company, c.name) for c in here}
    found = here | {c for c in offered if (c.company, c.name) not in seen}
    return sorted(found, key=lambda c: (c.company, c.name, c.folder))


def share_component(
    workspace: Workspace,
    chosen: str | None,
    name: str,
    to: str,
    say: Say,
    *,
    into: str = "",
    reviewed: bool = False,
    dry_run: bool = False,
) -> Shared | Sharing:
    """Offer a component to a company by pull request; a dry run returns what would go where.

    Raises RefusedError when validation finds something in its files: what is blocked never goes,
    the rest goes once a person says `reviewed`; MistakeError where git could not be read for it.
    """
    receiver = workspace.group.company(workspace.companies(to)[0])
    catch_up(workspace, say, workspace.companies(chosen), wait=60.0, required=True)
    company = _origin(workspace, chosen, name, receiver.id)
    if company in workspace.behind:  # half read, its own no may not have been heard
        raise workspace.behind[company]
    if receiver.id == company:
        raise UsageError(_("a company does not share with itself"), _("choose another company for --to"))
    config, remote, base = _forge_config(workspace)
    policy = policy_of(workspace, None)
    desk = workspace.desk(company)
    with desk.store:
        require_sound(workspace, company, desk.store)
        sharing = prepare(desk, workspace.repository, name, receiver, into=into)
        require_not_withdrawn(desk, sharing)
        issue = issue_of(desk, sharing)
        request = pull_request(sharing, workspace.group.language, base, issue)
        found = examine(desk, workspace.repository, sharing, request, policy)
        branch = branch_in_use(desk, workspace.repository, sharing, remote)
    for path, why in found:
        say(f"  {path}: {why}")
    if found and not reviewed:
        raise RefusedError(
            _("{name} needs a person's look before it is shared").format(name=sharing.name),
            _("read the lines above; if they may leave, run it again with --reviewed"),
        )
    require_receivers(workspace.group, workspace.repository, sharing)
    planned = replace(sharing, branch=branch)
    branch_plan(workspace.repository, planned, remote, base)
    address = push_address(workspace, config, remote)
    if dry_run:
        return replace(planned, address=address)
    sharing = replace(sharing, address=address)
    with workspace.lock(f"push-{company}"), (desk := workspace.desk(company)).store:
        rename_former(desk, workspace.repository)
        _write_down(workspace, desk.policy.hash, sharing, request, reviewed=reviewed)
        shared = _publish(workspace, desk, sharing, request, remote, base, issue)
        remember(desk, request, shared)
    return shared


def _origin(workspace: Workspace, chosen: str | None, name: str, to: str) -> str:
    """The company that shares: of several the only one, besides the receiver, that has such a component."""
    companies = workspace.companies(chosen)
    having = []
    for company in companies if len(companies) > 1 else ():
        with workspace.store(company) as store:
            having += [company] if company != to and folders_of(store, workspace.repository, name) else []
    return having[0] if len(having) == 1 else workspace.company(chosen)


def _write_down(
    workspace: Workspace, policy: str, sharing: Sharing, request: Entry, *, reviewed: bool
) -> None:
    """The command is a person's consent to exactly this tree under this pull request."""
    write_down(
        workspace,
        sharing.origin,
        f"component:{sharing.folder}:{sharing.to}",
        (request.title, request.body, sharing.branch),
        record=sharing.tree,
        policy=policy,
        reviewed=reviewed,
        who=person(),
    )


def _forge_config(workspace: Workspace) -> tuple[RemoteConfig, str, str]:
    """(the forge, git's name for its repository, the branch to merge into). ConfigError without one."""
    config = workspace.group.remotes.get(Slot.FORGE)
    if config is None:
        raise ConfigError(
            _("no forge is configured"),
            _("add [global.forge] with kind, url and repository to .orch/config.toml"),
        )
    return config, config.options.get("remote", "origin"), config.options.get("base", "main")


def _forge(workspace: Workspace, desk: Desk, push: Push) -> Remote:
    """The forge; of a folder the one that this company knows. Raises TransientError while that is away."""
    remote, target = open_forge(workspace, push), configured_targets(desk)[FORGE]
    require_place(desk, remote, target)
    hold_place(desk, remote, target)
    return remote


def _publish(
    workspace: Workspace, desk: Desk, sharing: Sharing, request: Entry, remote: str, base: str, issue: str
) -> Shared:
    attempt = Attempt(desk, request, sharing)
    who = git.config_get(workspace.repository, "user.name") or "orch"
    email = git.config_get(workspace.repository, "user.email") or "orch@localhost"
    return publish(
        lambda push: _forge(workspace, desk, attempt.noting(push)),
        attempt,
        workspace.repository,
        sharing,
        language=workspace.group.language,
        remote=remote,
        base=base,
        author=(who, email),
        issue=issue,
    )
