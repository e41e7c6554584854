"""Proof that git runs our hooks: it is asked to, and ours answers without doing anything else."""

from __future__ import annotations

import secrets

from orchestrator.capture.hook_state import Means, Report, State
from orchestrator.capture.hook_text import PROBE
from orchestrator.git.process import execute
from orchestrator.git.repository import Repository
from orchestrator.git.text import decoded
from orchestrator.git.version import CONFIGURED_HOOKS, HOOK_COMMAND, git_version

_SECONDS = 20.0


def failures(repo: Repository, report: Report) -> dict[str, str]:
    """Events whose hook git did not run although it should, with what git said; {} when all answered.

    Nothing is written and nobody else's hook is run: a configuration hook is asked under an event
    name that nobody can know, a file only where it is ours and no other hook hears the event.
    """
    version = git_version(repo.root)
    if version < HOOK_COMMAND:
        return {}
    if report.means is Means.CONFIGURATION:
        said = _ask_configured(repo)
        return {} if said is None else dict.fromkeys(report.hooks, said)
    found = {}
    for name, state in report.hooks.items():
        if state is State.INSTALLED or (state is State.CHAINED and _in_its_place(report, name)):
            said = _ask_file(repo, name, [] if version < CONFIGURED_HOOKS else _other_hooks(repo, name))
            if said is not None:
                found[name] = said
    return found


def _in_its_place(report: Report, name: str) -> bool:
    """False where pre-commit's hook runs ours: asking would run pre-commit's checks too."""
    from orchestrator.capture.hook_text import is_ours

    return is_ours((report.folder / name).read_bytes())


def _ask_configured(repo: Repository) -> str | None:
    """Ask our configuration hook, under an event name that nobody can know."""
    event = f"orch-probe-{secrets.token_hex(8)}"
    return _asked(repo, ["-c", f"hook.orch.event={event}", "hook", "run", "--allow-unknown-hook-name", event])


def _ask_file(repo: Repository, event: str, others: list[str] | None) -> str | None:
    """Ask our hook file, with the configuration hooks that hear the event switched off."""
    if others is None:
        return None
    disabled = [word for name in others for word in ("-c", f"hook.{name}.enabled=false")]
    return _asked(repo, [*disabled, "hook", "run", event])


def _asked(repo: Repository, args: list[str]) -> str | None:
    """None when our hook answered, or could not be asked; else what git said."""
    token = secrets.token_hex(8)
    done = execute(repo.root, args, extra={PROBE: token}, hardened=False, timeout=_SECONDS)
    said = done.stdout + done.stderr
    return None if token.encode() in said else decoded(said).strip() or "-"


def _other_hooks(repo: Repository, event: str) -> list[str] | None:
    """The configuration hooks that hear the event; None when one cannot be named on a command line."""
    done = execute(repo.root, ["hook", "list", "-z", event], hardened=False)
    names = done.stdout.decode("utf-8", "surrogateescape").split("\0")
    others = [n for n in names if n and n != "hook from hookdir" and "\t" not in n]
    return None if any("=" in n for n in others) else others
