"""git's credential helper as a source of credentials: asked without a prompt, never told anything."""

from __future__ import annotations

from pathlib import Path

from orchestrator.config.credentials import Fill
from orchestrator.errors import OrchError
from orchestrator.git.process import execute

SECONDS = 10.0
NOWHERE = Path("/")  # in no repository: a cloned one must not name the program that runs
NO_PROMPT = {"GIT_ASKPASS": "", "SSH_ASKPASS": ""}
ASK = ("-c", "credential.useHttpPath=true", "credential", "fill")  # else a company's path is dropped


def git_fill() -> Fill | None:
    """`git credential fill` by the user's own helpers; None when none is configured.

    A helper is a program: only the user's own configuration may name one, so git is run outside of
    any repository.
    """
    configured = execute(NOWHERE, ["config", "--get", "credential.helper"], hardened=False)
    if configured.returncode:
        return None

    def fill(request: str) -> str | None:
        try:
            done = execute(NOWHERE, ASK, stdin=request.encode(), extra=NO_PROMPT, timeout=SECONDS)
        except OrchError:
            return None  # a helper that hangs knows nothing: the next source is asked
        return done.stdout.decode(errors="replace") if done.returncode == 0 else None

    return fill
