"""What the doctor says of the paths that the configuration names: companies' globs and shared folders."""

from __future__ import annotations

from orchestrator import git
from orchestrator.app.group_folders import committed_folders
from orchestrator.app.workspace import Workspace
from orchestrator.config.match import idle_globs
from orchestrator.errors import OrchError
from orchestrator.i18n import _


def examine_folders(workspace: Workspace) -> str:
    """Raises OrchError for a shared folder that git would commit."""
    if taken := committed_folders(workspace.repository, workspace.group):
        text = _("{folder} lies in this repository: git would commit what is shared there")
        raise OrchError(text.format(folder=", ".join(taken)))
    return _("no folder is in git's sight")


def idle_paths(workspace: Workspace) -> str:
    """Globs of the companies that match no file of the work tree: mistyped, or not there yet; '' for none."""
    listed = git.run(workspace.repository, "ls-files", "-z", "--cached", "--others", "--exclude-standard")
    files = [name.decode("utf-8", "surrogateescape") for name in listed.split(b"\0") if name]
    idle = idle_globs(workspace.group, files)
    return "; ".join(f"{company}: {', '.join(globs)}" for company, globs in idle.items())
