"""git's credential helper as a source of credentials: asked without a prompt, never told anything."""

from __future__ import annotations

from pathlib import Path

from orchestrator.config.credentials import Fill
from orchestrator.errors import OrchError
from orchestrator.git.process import execute

SECONDS = 10.0


def git_fill() -> Fill | None:
    """`git credential fill` by the user's own helpers; None when none is configured.

    Run from the home folder: a helper is a program, and the configuration of a repository that came
    from elsewhere must not name one.
    """
    configured = execute(Path.home(), ["config", "--get", "credential.helper"], hardened=False)
    if configured.returncode:
        return None

    def fill(request: str) -> str | None:
        try:
            done = execute(Path.home(), ["credential", "fill"], stdin=request.encode(), timeout=SECONDS)
        except OrchError:
            return None  # a helper that hangs knows nothing: the next source is asked
        return done.stdout.decode(errors="replace") if done.returncode == 0 else None

    return fill
