"""The launchd agent that keeps `orch watch` running on macOS. Pure text; nothing is started here."""

from __future__ import annotations

import hashlib
import os
import plistlib
import re
from pathlib import Path
from typing import Any

from orchestrator.app.background import Definition, Job

_LAUNCHCTL = "launchctl"


def launchd_agent(job: Job) -> Definition:
    """The agent of a job: its label, its property list, and launchctl's commands for it."""
    label = agent_label(job.clone)
    path = Path.home() / "Library/LaunchAgents" / f"{label}.plist"
    content = plistlib.dumps(_properties(job, label))
    domain = f"gui/{os.getuid()}"
    target = f"{domain}/{label}"
    bootstrap = (_LAUNCHCTL, "bootstrap", domain, str(path))
    return Definition(
        manager="launchd",
        name=label,
        path=path,
        content=content,
        settings=agent_settings,
        reach=(_LAUNCHCTL, "print", domain),
        start=((_LAUNCHCTL, "enable", target), bootstrap),
        renew=((_LAUNCHCTL, "bootout", target), (_LAUNCHCTL, "enable", target), bootstrap),
        stop=((_LAUNCHCTL, "bootout", target),),
        end=((_LAUNCHCTL, "bootout", target),),
        forget=(),
        links=(),
        is_enabled=(_LAUNCHCTL, "print", target),
        is_running=(_LAUNCHCTL, "list", label),
        sign_of_life='"PID"',
    )


def agent_label(clone: Path) -> str:
    """`orch.watch.<folder>.<digest>`: readable in launchctl's list, and one for each clone."""
    digest = hashlib.sha256(os.fsencode(clone)).hexdigest()[:12]
    return f"orch.watch.{re.sub(r'[^A-Za-z0-9-]', '-', clone.name)[:60]}.{digest}"


def agent_settings(content: bytes) -> object:
    """What an agent says, without environment and without the choice of documents; None if damaged."""
    try:
        found = plistlib.loads(content)
        arguments = [a for a in found.get("ProgramArguments", []) if a != "--no-docs"]
        return {**found, "ProgramArguments": arguments, "EnvironmentVariables": None}
    except (plistlib.InvalidFileException, ValueError, AttributeError):
        return None


def _properties(job: Job, label: str) -> dict[str, Any]:
    return {
        "Label": label,
        "ProgramArguments": list(job.arguments),
        "WorkingDirectory": str(job.folder),
        "EnvironmentVariables": dict(sorted(job.environment.items())),
        "RunAtLoad": True,
        "KeepAlive": {"SuccessfulExit": False},
        "ThrottleInterval": 60,
        "ProcessType": "Background",
        "LowPriorityIO": True,
        "Nice": 10,
        "Umask": 0o077,
        "StandardOutPath": os.devnull,
        "StandardErrorPath": str(Path.home() / "Library/Logs" / f"{label}.log"),
    }
