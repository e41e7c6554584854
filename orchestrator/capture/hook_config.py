"""Hooks as a section of the repository's own configuration (git 2.54 and newer).

Git runs them beside every hook file, whatever `core.hooksPath` says, and older versions pass them
over. The section is written and removed by its bytes: `git config --remove-section` would take the
comments that follow it, and could not give back a file without a final line break.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from orchestrator.capture.hook_state import State
from orchestrator.capture.hook_steps import Rewrite, Step
from orchestrator.capture.hook_text import MARK, NAMES, command_text, version
from orchestrator.git.process import execute
from orchestrator.git.repository import Repository
from orchestrator.git.text import decoded
from orchestrator.git.version import CONFIGURED_HOOKS, git_version

FRIENDLY = "orch"
_DISABLED = re.compile("(?:event-)?disabled\t")
_HEADER = re.compile(rb'[ \t]*\[hook "orch"\]', re.IGNORECASE)
_WRITTEN = re.compile(rb"\s*(?:event|command)\s*=")


@dataclass(frozen=True, slots=True)
class Configured:
    """What git says of `hook.orch`.

    `supported`: this git runs configuration hooks. `problem`: why git cannot read its hooks ('' if it can).
    """

    supported: bool
    states: dict[str, State]
    background: bool = False
    problem: str = ""

    @property
    def runs(self) -> bool:
        """True when git runs every hook of ours from here."""
        return all(state.runs for state in self.states.values())


def look(repo: Repository) -> Configured:
    """Ask git which hooks of ours it would run from its configuration."""
    if git_version(repo.root) < CONFIGURED_HOOKS:
        return Configured(False, dict.fromkeys(NAMES, State.ABSENT))
    command = _command(repo)
    states: dict[str, State] = {}
    for name in NAMES:
        done = execute(repo.root, ["hook", "list", "-z", name], hardened=False)
        if done.returncode > 1:
            return Configured(True, dict.fromkeys(NAMES, State.ABSENT), problem=decoded(done.stderr).strip())
        states[name] = _state(done.stdout.decode(errors="replace").split("\0"), command)
    return Configured(True, states, command == command_text(True))


def present(repo: Repository) -> bool:
    """True when the section is in this repository's configuration, whether git would run it or not."""
    return any(_HEADER.match(line) for line in path(repo).read_bytes().splitlines())


def install_steps(repo: Repository, *, background: bool) -> Iterator[Step]:
    """What makes this repository's configuration say it; nothing when it does already.

    What a person added to the section (`enabled = false`) stays.
    """
    before, section = path(repo).read_bytes(), _section(background)
    if section not in before:
        rest, removed = _without(before)
        added = [line for line in removed if not _WRITTEN.match(line) and not _comment(line)]
        yield Rewrite(path(repo), before, rest + section + b"".join(added))


def uninstall_steps(repo: Repository) -> Iterator[Step]:
    """What takes the section away and leaves every other byte."""
    before = path(repo).read_bytes()
    after, removed = _without(before)
    if removed or after != before:
        yield Rewrite(path(repo), before, after)


def path(repo: Repository) -> Path:
    """The configuration that all work trees of this clone share."""
    return repo.common_dir / "config"


def _section(background: bool) -> bytes:
    """Ours begins with a line break, which also ends a last line that has none."""
    events = "".join(f"\tevent = {name}\n" for name in NAMES)
    quoted = command_text(background).replace("\\", "\\\\").replace('"', '\\"')
    command = quoted.replace("\n", "\\n").replace("\t", "\\t")
    note = f"{MARK.decode()}{version()}; orch hooks uninstall removes this section"
    return f'\n[hook "{FRIENDLY}"]\n\t{note}\n{events}\tcommand = "{command}"\n'.encode()


def _without(content: bytes) -> tuple[bytes, list[bytes]]:
    """The configuration without our section, and the lines below its header. Others' comments stay."""
    before, after, removed = b"", b"", []
    inside = found = continued = False
    for line in content.splitlines(keepends=True):
        header = not continued and line.lstrip().startswith(b"[")
        if header:
            inside = _HEADER.match(line) is not None
            if inside and not found:
                before, found = before.removesuffix(b"\n"), True
                after = b""
        if inside and (header or continued or not _foreign(line)):
            removed += [] if header else [line]
        elif found:
            after += line
        else:
            before += line
        continued = line.rstrip(b"\r\n").endswith(b"\\") and not _comment(line)
    if found and after and before and not before.endswith(b"\n"):
        before += b"\n"
    return before + after, removed


def _foreign(line: bytes) -> bool:
    """True for what stands below our section and is not of it: blank lines, comments not indented by us."""
    return not line.strip() or (_comment(line) and not line.startswith(b"\t" + MARK))


def _comment(line: bytes) -> bool:
    return line.lstrip().startswith((b"#", b";"))


def _command(repo: Repository) -> str | None:
    done = execute(repo.root, ["config", "--null", "--get", f"hook.{FRIENDLY}.command"], hardened=False)
    return done.stdout.split(b"\0")[0].decode(errors="replace") if done.returncode == 0 else None


def _state(listed: list[str], command: str | None) -> State:
    if any(_DISABLED.match(name) and _DISABLED.sub("", name) == FRIENDLY for name in listed):
        return State.DISABLED
    if FRIENDLY not in listed:
        return State.ABSENT
    current = command in (command_text(False), command_text(True))
    return State.INSTALLED if current else State.OUTDATED
