"""What a service manager (systemd, launchd) needs to know to keep `orch watch` running."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from orchestrator.errors import UsageError
from orchestrator.i18n import _

# Settings of this shell that the watcher needs as well. Never a credential: a watcher is offline.
_PASSED_ON = (
    "ORCH_LANG",
    "ORCH_STATE_DIR",
    "ORCH_MODEL_DIR",
    "XDG_CONFIG_HOME",
    "XDG_STATE_HOME",
    "XDG_CACHE_HOME",
)
_SYSTEM_PATH = ("/usr/local/bin", "/usr/bin", "/bin")
Command = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Job:
    """One watch to be kept running: `arguments` of an absolute program, in `folder`, for `clone`."""

    clone: Path
    folder: Path
    arguments: tuple[str, ...]
    environment: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Definition:
    """The file that a service manager reads, and the commands that make it act on it.

    `settings` reads out of such a file what does not depend on the shell that wrote it. `end` stops a
    job whose file is gone. The job runs when the output of `is_running` is or holds `sign_of_life`.
    """

    manager: str
    name: str
    path: Path
    content: bytes
    settings: Callable[[bytes], object]
    reach: Command
    start: tuple[Command, ...]
    renew: tuple[Command, ...]
    stop: tuple[Command, ...]
    end: tuple[Command, ...]
    forget: tuple[Command, ...]
    links: tuple[Path, ...]
    is_enabled: Command
    is_running: Command
    sign_of_life: str


def watch_job(clone: Path, folder: Path, *, documents: bool) -> Job:
    """The job of `orch watch` in the work tree `folder`. Raises UsageError for an impossible path."""
    options = () if documents else ("--no-docs",)
    for path in (clone, folder):
        if any(ord(character) < 32 for character in str(path)):
            raise UsageError(
                _("{path}: a path with control characters cannot be installed").format(path=path)
            )
    return Job(clone, folder, (*program(), "watch", *options), _environment())


def program() -> tuple[str, ...]:
    """How to start this orch by absolute paths, whatever the folder it is started in holds.

    `-P` keeps Python from importing modules out of the clone that is watched.
    """
    script = Path(sys.executable).parent / "orch"
    return (str(script),) if os.access(script, os.X_OK) else (sys.executable, "-P", "-m", "orchestrator")


def _environment() -> dict[str, str]:
    git = shutil.which("git")
    folders = dict.fromkeys([*([str(Path(git).parent)] if git else []), *_SYSTEM_PATH])
    passed_on = {name: os.environ[name] for name in _PASSED_ON if os.environ.get(name)}
    return {"PATH": os.pathsep.join(folders)} | passed_on


def shown(commands: Sequence[Command]) -> list[str]:
    """Commands as a person would type them."""
    import shlex

    return [shlex.join(command) for command in commands]
