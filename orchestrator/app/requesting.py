"""A pull request for a branch of this repository: validated, pushed with git, opened once."""

from __future__ import annotations

from typing import Any

from orchestrator import git
from orchestrator.app.clearance import clear_branch, cleared, policy_of
from orchestrator.app.destination import push_address
from orchestrator.app.places import configured_place
from orchestrator.app.remotes import open_forge
from orchestrator.app.trail import write_down
from orchestrator.app.workspace import Workspace
from orchestrator.config.group import Slot
from orchestrator.errors import UsageError
from orchestrator.git.files import resolve
from orchestrator.i18n import _
from orchestrator.remote import Entry, Observed


def request_pull(
    workspace: Workspace, title: str, body: str, head: str, base: str, *, reviewed: bool = False
) -> Observed:
    """Push branch `head` and open its pull request into `base`; an open one is returned as it is.

    Raises UsageError and UserError for names and branches that are none and for a git remote that leads to
    another repository than the forge's, ConfigError without a forge, RefusedError for what may not leave (in
    words or files), and what git's push and the forge raise.
    """
    config = configured_place(workspace, Slot.FORGE).config
    if git.check_ref_name(head) == git.check_ref_name(base):
        raise UsageError(_("a branch cannot be merged into itself"), _("head and base must differ"))
    if not title.strip():
        raise UsageError(_("there is no text"), _("give a title of at least one word"))
    raw = Entry("", "pull", "", title, body, "")
    entry = cleared(workspace, None, raw, {"head": head, "base": base}, reviewed=reviewed)
    remote = config.options.get("remote", "origin")
    push_address(workspace, config, remote)
    commit = resolve(workspace.repository, f"refs/heads/{head}")
    clear_branch(workspace, commit, _tip(workspace, remote, base), reviewed=reviewed)
    forge: Any = open_forge(workspace, lambda _entry: head)
    write_down(
        workspace,
        None,
        f"pull:{remote}:{base}:{head}",
        (config.url, config.where, entry.title, entry.body),
        record=commit,
        policy=policy_of(workspace, None).hash,
        reviewed=reviewed,
    )
    git.push(workspace.repository, remote, head, commit=commit)
    found: Observed = forge.create_pr(entry.title, entry.body, head, base)
    return found


def _tip(workspace: Workspace, remote: str, base: str) -> str | None:
    """The remote's newest commit of `base` that this clone knows; None (all is judged) where it knows none.

    Our own branch of that name says nothing of what the remote holds.
    """
    return git.tips(workspace.repository).get(f"refs/remotes/{remote}/{base}")
