"""`orch watch --install|--status|--uninstall`: the watcher as a job of the user's service manager."""

from __future__ import annotations

import platform
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from orchestrator.app.background import Command, Definition, shown, watch_job
from orchestrator.app.launchd_agent import launchd_agent
from orchestrator.app.locking import Holder
from orchestrator.app.systemd_unit import systemd_unit
from orchestrator.app.watching import watcher
from orchestrator.durable import replace_file
from orchestrator.errors import OrchError, UserError
from orchestrator.git.repository import Repository
from orchestrator.git.repository import home as clone_home
from orchestrator.i18n import _

SECONDS = 30  # for a service manager's answer


@dataclass(frozen=True, slots=True)
class Installed:
    """The file, whether it changes, and the commands that are still to be run."""

    definition: Definition
    changed: bool
    commands: tuple[Command, ...] = ()
    watched_by: Holder | None = None

    @property
    def to_type(self) -> list[str]:
        """The commands as a person would type them."""
        return shown(self.commands)


@dataclass(frozen=True, slots=True)
class Standing:
    """How the job stands. enabled and running are None when the service manager does not answer."""

    manager: str
    name: str
    path: Path
    installed: bool
    outdated: bool
    enabled: bool | None
    running: bool | None
    watched_by: Holder | None


def definition_for(repository: Repository, *, documents: bool = True) -> Definition:
    """What would be installed for this clone: a unit, or on macOS an agent."""
    job = watch_job(clone_home(repository), repository.root, documents=documents)
    return launchd_agent(job) if platform.system() == "Darwin" else systemd_unit(job)


def install(repository: Repository, *, documents: bool = True) -> Installed:
    """Write the file, whole or not at all, and start the job; again changes nothing.

    Where the service manager does not answer, its commands are left to be typed.
    Raises UserError for a file of that name that is not a file (a masked unit), OrchError with the
    manager's own words when it refuses.
    """
    planned = plan(repository, documents=documents)
    definition = planned.definition
    if planned.changed:
        _write(definition.path, definition.content)
    if not _answers(definition):
        return replace(planned, watched_by=watcher(repository))
    _all(planned.commands, definition)
    return replace(planned, commands=(), watched_by=watcher(repository))


def plan(repository: Repository, *, documents: bool = True) -> Installed:
    """What `install` would write and run; nothing is written, nothing run."""
    definition = definition_for(repository, documents=documents)
    known = _read(definition.path)
    changed = known != definition.content
    again = changed and known is not None
    return Installed(definition, changed, definition.renew if again else definition.start)


def uninstall(repository: Repository) -> Installed:
    """Stop the job and take the file away; harmless where there is none.

    Where the service manager does not answer, the commands that end a job that still runs are left.
    """
    planned = plan_removal(repository)
    definition = planned.definition
    if not planned.changed:
        return planned
    answers = _answers(definition)
    if answers:
        _all(definition.stop, definition)
    for path in (*definition.links, definition.path):
        path.unlink(missing_ok=True)
    if answers:
        _all(definition.forget, definition)
    left = () if answers else definition.end
    return replace(planned, commands=left, watched_by=watcher(repository))


def plan_removal(repository: Repository) -> Installed:
    """What `uninstall` would remove and run; nothing is removed, nothing run."""
    definition = definition_for(repository)
    there = _read(definition.path) is not None
    return Installed(definition, there, (*definition.stop, *definition.forget) if there else ())


def standing(repository: Repository) -> Standing:
    """How the job of this clone stands, and who watches it. Changes nothing."""
    definition = definition_for(repository)
    known = _read(definition.path)
    answers = _answers(definition)
    wanted = definition.settings(definition.content)
    return Standing(
        manager=definition.manager,
        name=definition.name,
        path=definition.path,
        installed=known is not None,
        outdated=known is not None and definition.settings(known) != wanted,
        enabled=_run(definition.is_enabled).succeeded if answers else None,
        running=_is_running(definition) if answers else None,
        watched_by=watcher(repository),
    )


def _is_running(definition: Definition) -> bool:
    answer = _run(definition.is_running)
    return answer.succeeded and definition.sign_of_life in answer.text


def _read(path: Path) -> bytes | None:
    if path.is_symlink() or (path.exists() and not path.is_file()):
        raise UserError(
            _("{path} is not a file of ours: a link, such as a masked unit is").format(path=path),
            _("remove it, or `systemctl --user unmask {name}`").format(name=path.name),
        )
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    replace_file(path, content, 0o644)


@dataclass(frozen=True, slots=True)
class _Answer:
    succeeded: bool
    text: str  # what was printed, or why there is no answer


def _answers(definition: Definition) -> bool:
    return _run(definition.reach).succeeded


def _all(commands: Iterable[Command], definition: Definition) -> None:
    for command in commands:
        answer = _run(command)
        # launchd has nothing to boot out when the job was never loaded
        if not answer.succeeded and "bootout" not in command:
            words = _("{manager} refuses `{command}`: {reason}")
            (typed,) = shown([command])
            raise OrchError(
                words.format(manager=definition.manager, command=typed, reason=answer.text),
                _("the file {path} is written; `orch watch --uninstall` takes it back").format(
                    path=definition.path
                ),
            )


def _run(command: Command) -> _Answer:
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, errors="replace", timeout=SECONDS, check=False
        )
    except FileNotFoundError:
        return _Answer(False, _("{program} was not found").format(program=command[0]))
    except subprocess.TimeoutExpired:
        return _Answer(False, _("{program} does not answer").format(program=command[0]))
    return _Answer(done.returncode == 0, (done.stdout if done.returncode == 0 else done.stderr).strip())
