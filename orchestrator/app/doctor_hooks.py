"""Would git run our hooks? Asked of git itself, and said with the command that mends it."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

from orchestrator import git
from orchestrator.git.process import execute
from orchestrator.git.version import CONFIGURED_HOOKS
from orchestrator.i18n import _
from orchestrator.words import word

MEND = "orch hooks install"


def examine_hooks(repository: git.Repository) -> tuple[bool, str, str]:
    """(ok, a sentence, the command that mends it). Nothing is written, nobody else's hook is run.

    A folder that belongs to the project or to all of the user's repositories is no fault: commits
    are captured at the next command.
    """
    from orchestrator.capture import hook_probe, hooks
    from orchestrator.capture.hook_place import place

    report = hooks.status(repository)
    if not report.active:
        states = ", ".join(f"{name} {word(state.value)}" for name, state in report.hooks.items())
        known = bool(report.note) and not place(repository).fault and not report.mend
        return known, report.note or states, report.mend
    silent = hook_probe.failures(repository, report)
    if silent:
        reason = next(iter(silent.values()))
        said = _("git does not run {names}: {reason}").format(names=", ".join(silent), reason=reason)
        return False, said, MEND
    where = str(report.folder)
    if report.means is not hooks.Means.CONFIGURATION:
        return True, where, ""
    older = ", ".join(f"{path} ({version})" for path, version in _older_gits(repository))
    where = _("in git's configuration")
    if older:
        where += "; " + _(
            "{older} would not run them, its commits are captured at the next orch command "
            "(or: orch hooks install --files)"
        ).format(older=older)
    return True, where, ""


def _older_gits(repository: git.Repository) -> Iterator[tuple[Path, str]]:
    """Every other git in PATH that knows no configuration hooks, with its version."""
    seen = set()
    for folder in os.environ.get("PATH", "").split(os.pathsep):
        path = Path(folder or ".") / "git"
        if not path.is_absolute() or not os.access(path, os.X_OK) or path.resolve() in seen:
            continue
        seen.add(path.resolve())
        said = execute(repository.root, ["version"], extra={"PATH": folder}).stdout.decode(errors="replace")
        numbers = re.search(r"(\d+)\.(\d+)[.\w]*", said)
        if numbers and (int(numbers[1]), int(numbers[2])) < CONFIGURED_HOOKS:
            yield path, numbers[0]
