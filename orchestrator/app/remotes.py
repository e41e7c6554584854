"""Configuration and credentials → remotes. Opened for one company, with that company's keys only."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from orchestrator.app.credentials import git_fill
from orchestrator.app.workspace import Workspace
from orchestrator.config.credentials import Name, Vendor, credential, variable_of
from orchestrator.config.group import RemoteConfig, Slot
from orchestrator.errors import ConfigError, CredentialsError
from orchestrator.i18n import _
from orchestrator.remote import Entry, Remote
from orchestrator.wishes import COMPANY, FORGE, GLOBAL, remote_name

if TYPE_CHECKING:
    from orchestrator.reconcile.push import RemoteReport

Push = Callable[[Entry], str]


def open_remotes(
    workspace: Workspace, company: str, only: Sequence[str], *, forge: bool = False
) -> tuple[dict[str, Remote], list[RemoteReport]]:
    """The remotes of one company's push, and a report for each that could not be opened.

    `only` restricts to these names. A missing credential closes one remote, not the others. The forge is
    opened only where something is to be taken back there: what goes there goes by `orch share`.
    """
    from orchestrator.reconcile.push import RemoteReport

    opened: dict[str, Remote] = {}
    failed: list[RemoteReport] = []
    for name, owner, slot, config in configured(workspace, company):
        if (slot is Slot.FORGE and not forge) or (only and name not in only):
            continue
        try:
            opened[name] = open_remote(workspace, name, owner, slot, config)
        except (CredentialsError, ConfigError) as e:
            report = RemoteReport(name, f"{config.kind} {config.where}".strip())
            report.error, report.hint, report.error_code = e.message, e.hint, e.code
            failed.append(report)
    return opened, failed


def configured(workspace: Workspace, company: str) -> Iterator[tuple[str, str | None, Slot, RemoteConfig]]:
    """(name, owner, slot, configuration) of every remote; the owner None is the group."""
    for slot, config in workspace.group.remotes.items():
        yield remote_name(GLOBAL, slot), None, slot, config
    for slot, config in workspace.group.company(company).remotes.items():
        yield remote_name(COMPANY, slot), company, slot, config


def open_remote(
    workspace: Workspace, name: str, owner: str | None, slot: Slot, config: RemoteConfig
) -> Remote:
    """One remote. Raises CredentialsError, naming the variable to set, or ConfigError."""
    if slot is Slot.FORGE:
        return open_forge(workspace, lambda entry: entry.key, bare=True)
    if config.kind == "folder":
        return _folder(name, slot, Path(config.url), workspace.group.name)
    openers: dict[str, Callable[..., Remote]] = {
        "supabase": _supabase,
        "jira": _jira,
        "confluence": _confluence,
    }
    if config.kind not in openers:
        raise ConfigError(_("there is no remote of kind {kind}").format(kind=config.kind))
    return openers[config.kind](workspace, name, owner, config)


def open_forge(workspace: Workspace, push: Push, *, bare: bool = False) -> Remote:
    """The group's forge; `push` brings a component's branch there and returns its name.

    `bare`: it also finds this clone's branches without a pull request, which a share that was cut off left.
    """
    config = workspace.group.remotes.get(Slot.FORGE)
    if config is None:
        raise ConfigError(
            _("no forge is configured"),
            _("add [global.forge] with kind, url and repository to .orch/config.toml"),
        )
    from orchestrator.app.destination import branch_left, delete_branch

    name, unpush = FORGE, partial(delete_branch, workspace, config)
    left = partial(branch_left, workspace, config) if bare else lambda _key: ""
    if config.kind == "folder":
        from orchestrator.reconcile.remotes.folder_forge import FolderForge

        return FolderForge(Path(config.url), name=name, push=push, unpush=unpush, branch_left=left)
    return _github(workspace, name, config, push, unpush, left)


def _folder(name: str, slot: Slot, path: Path, group: str) -> Remote:
    if slot is Slot.MEMORY:
        from orchestrator.reconcile.remotes.folder_memory import FolderMemory

        return FolderMemory(path, name=name)
    if slot is Slot.ISSUES:
        from orchestrator.reconcile.remotes.folder_issues import FolderIssues

        return FolderIssues(path, name=name)
    from orchestrator.reconcile.remotes.folder_pages import FolderPages

    return FolderPages(path, name=name, space=group)


def _supabase(_workspace: Workspace, name: str, owner: str | None, config: RemoteConfig) -> Remote:
    from orchestrator.reconcile.postgrest import Postgrest
    from orchestrator.reconcile.remotes.supabase import SupabaseMemory

    key, variable = _secret("key", "supabase", owner, config.url)
    return SupabaseMemory(Postgrest(config.url, key, variable=variable), name=name, table=config.where)


def _jira(workspace: Workspace, name: str, owner: str | None, config: RemoteConfig) -> Remote:
    from orchestrator.reconcile.remotes.jira import JiraIssues

    return JiraIssues(
        jira_client(owner, config),
        config.where,
        name=name,
        url=config.url,
        issue_type=config.options.get("issue_type", "Task"),
        language=workspace.group.language,
    )


def _confluence(workspace: Workspace, name: str, owner: str | None, config: RemoteConfig) -> Remote:
    from orchestrator.reconcile.remotes.confluence import ConfluencePages

    return ConfluencePages(
        confluence_client(owner, config),
        config.where,
        name=name,
        url=config.url,
        parent=config.options.get("parent", ""),
        language=workspace.group.language,
    )


def jira_client(owner: str | None, config: RemoteConfig) -> Any:
    """A thin Jira client with the owner's own credentials."""
    from orchestrator.reconcile.jira_client import JiraClient, jira_session

    email, token, variable = _account("jira", owner, config.url)
    return JiraClient(jira_session(config.url, email, token, variable=variable))


def confluence_client(owner: str | None, config: RemoteConfig) -> Any:
    """A thin Confluence client with the owner's own credentials."""
    from orchestrator.reconcile.confluence_client import ConfluenceClient, confluence_session

    email, token, variable = _account("confluence", owner, config.url)
    site = config.url.rstrip("/").removesuffix("/wiki")
    return ConfluenceClient(confluence_session(site, email, token, variable=variable))


def _github(
    workspace: Workspace,
    name: str,
    config: RemoteConfig,
    push: Push,
    unpush: Callable[[str], None],
    left: Callable[[str], str],
) -> Remote:
    from orchestrator.reconcile.github import GitHub
    from orchestrator.reconcile.remotes.forge import GitHubForge

    token, variable = _secret("token", "forge", None, config.url)
    client = GitHub(config.url, token, config.where, variable=variable)
    return GitHubForge(
        client,
        name=name,
        push=push,
        unpush=unpush,
        branch_left=left,
        base=config.options.get("base", "main"),
        language=workspace.group.language,
    )


def _account(vendor: Vendor, owner: str | None, url: str) -> tuple[str, str, str]:
    email, _variable = _secret("email", vendor, owner, url)
    token, variable = _secret("token", vendor, owner, url, username=email)
    return email, token, variable


def _secret(name: Name, vendor: Vendor, owner: str | None, url: str, username: str = "") -> tuple[str, str]:
    """(the secret, the variable that a message may name)."""
    found = credential(
        name,
        company=owner,
        vendor=vendor,
        url=url,
        username=username,
        fill=git_fill(),
    )
    return found.reveal(), variable_of(name, vendor, owner, url)
