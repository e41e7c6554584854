"""git's credential helper as a source of credentials: asked without a prompt, never told anything."""

from __future__ import annotations

from orchestrator import git
from orchestrator.config.credentials import Fill
from orchestrator.errors import OrchError


def git_fill(repository: git.Repository) -> Fill | None:
    """`git credential fill` for the user's own helpers; None when no helper is configured.

    Only the user's configuration counts: a helper is a program, and a repository that came from
    elsewhere must not name one.
    """
    if git.config_get(repository, "credential.helper", scope="global") is None:
        return None

    def fill(request: str) -> str | None:
        try:
            return git.run(repository, "credential", "fill", input=request.encode()).decode()
        except OrchError:
            return None  # no helper knew it: the next source is asked

    return fill
