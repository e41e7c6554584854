"""Whether git pushes a branch to the repository whose pull requests orch opens: a fork is not it."""

from __future__ import annotations

from urllib.parse import urlsplit

from orchestrator import git
from orchestrator.app.workspace import Workspace
from orchestrator.config.group import RemoteConfig
from orchestrator.errors import UserError
from orchestrator.git.address import parsed, without_credentials
from orchestrator.git.text import visible
from orchestrator.git.transfer import require_sound
from orchestrator.i18n import _
from orchestrator.offer.branch import branch_made_for, take_back_branch


def push_address(workspace: Workspace, config: RemoteConfig, remote: str) -> str:
    """Where `remote` is pushed to, for people. Asks no server.

    Raises UserError where that is not the forge's configured repository, there is no such remote, or git
    would go there by ways that this repository's own configuration chose.
    """
    addresses = require_sound(workspace.repository, remote)
    shown = ", ".join(visible(without_credentials(address)) for address in addresses)
    if config.kind == "folder":  # its pull requests are files: any repository does
        return shown
    host = _git_host(config.url)
    if all(parsed(address).is_at(host, config.where) for address in addresses):
        return shown
    words = _("git pushes {remote} to {address}, which is not {repository} at {host}")
    hint = _(
        'name in [global.forge] the remote that leads there (remote = "…"), or correct repository there, or '
        "run: git remote set-url {remote} ADDRESS"
    )
    raise UserError(
        words.format(remote=remote, address=shown, repository=config.where, host=host),
        hint.format(remote=remote),
    )


def delete_branch(workspace: Workspace, config: RemoteConfig, branch: str) -> None:
    """Delete a component's branch from the forge's repository. Raises as `push_address` and `git.push` do."""
    remote, base = config.options.get("remote", "origin"), config.options.get("base", "main")
    push_address(workspace, config, remote)
    take_back_branch(workspace.repository, remote, base, branch)


def branch_left(workspace: Workspace, config: RemoteConfig, key: str) -> str:
    """The branch of a component's key that this clone made, where the forge's repository has it; '' else.

    Raises as `git.push` does.
    """
    remote = config.options.get("remote", "origin")
    branch = branch_made_for(workspace.repository, remote, key)
    if branch:
        push_address(workspace, config, remote)
    return branch if branch and git.has_branch(workspace.repository, remote, branch) else ""


def _git_host(api: str) -> str:
    """The host that git reaches a forge by, of the address of its API."""
    host = urlsplit(api).hostname or ""
    return "github.com" if host in ("api.github.com", "www.github.com") else host
