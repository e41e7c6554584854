"""The systemd user unit that keeps `orch watch` running. Pure text; nothing is started here."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from orchestrator import __version__
from orchestrator.app.background import Definition, Job
from orchestrator.errors import Exit, UsageError
from orchestrator.i18n import _

_LONGEST = 200  # of the 255 bytes of a unit's name; the rest is for `.service` and drop-ins
_PLAIN = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789:_.")
_REFUSED = frozenset("\"'\\\x7f")  # in a program's path, quoted or not: systemd's own rule
_SYSTEMCTL = ("systemctl", "--user")
# Errors that another try cannot mend: wrong use, no repository, a clone that is watched already.
_FINAL = (Exit.USAGE, Exit.NOT_INITIALISED, Exit.LOCKED)

_TEXT = """\
# Written by `orch watch --install` (orch {version}), which writes it anew.
# Settings of your own belong into a drop-in: systemctl --user edit {name}
[Unit]
Description=orch watch in {clone}
StartLimitIntervalSec=10min
StartLimitBurst=5

[Service]
Type=exec
WorkingDirectory={folder}
ExecStart={command}
{environment}
Restart=on-failure
RestartSec=30
RestartPreventExitStatus={final}
Nice=10
IOSchedulingClass=idle
UMask=0077
NoNewPrivileges=yes
RestrictSUIDSGID=yes
RestrictRealtime=yes
LockPersonality=yes
SystemCallArchitectures=native
RestrictAddressFamilies=AF_UNIX

[Install]
WantedBy=default.target
"""


def systemd_unit(job: Job) -> Definition:
    """The unit of a job: its name, its file below XDG_CONFIG_HOME, and systemctl's commands for it.

    Raises UsageError when systemd would not start the job's program.
    """
    name = unit_name(job.clone)
    folder = _config_home() / "systemd/user"
    reload, restart = (*_SYSTEMCTL, "daemon-reload"), (*_SYSTEMCTL, "restart", name)
    content = _text(job, name).encode("utf-8", "surrogateescape")
    return Definition(
        manager="systemd",
        name=name,
        path=folder / name,
        content=content,
        settings=unit_settings,
        reach=(*_SYSTEMCTL, "show-environment"),
        start=(reload, (*_SYSTEMCTL, "enable", "--now", name)),
        renew=(reload, (*_SYSTEMCTL, "enable", name), restart),
        stop=((*_SYSTEMCTL, "disable", "--now", name),),
        end=((*_SYSTEMCTL, "stop", name), reload),
        forget=(reload,),
        links=(folder / "default.target.wants" / name,),
        is_enabled=(*_SYSTEMCTL, "is-enabled", name),
        is_running=(*_SYSTEMCTL, "is-active", name),
        sign_of_life="active",
    )


def unit_name(clone: Path) -> str:
    """`orch-watch-<clone>.service`, the path escaped as `systemd-escape --path` does (systemd.unit(5)).

    A path too long for a name is cut, and told from others by a digest.
    """
    escaped = _escaped_path(str(clone))
    if len(escaped) > _LONGEST:
        digest = hashlib.sha256(os.fsencode(clone)).hexdigest()[:16]
        escaped = f"{_escaped_path('/' + clone.name)[:100]}-{digest}"
    return f"orch-watch-{escaped}.service"


def unit_settings(content: bytes) -> object:
    """What a unit says, without comments, without environment, and without the choice of documents."""
    lines = [line.rstrip() for line in content.decode("utf-8", "surrogateescape").splitlines()]
    kept = [line for line in lines if line and not line.startswith(("#", "Environment="))]
    return [line.removesuffix(' "--no-docs"') if line.startswith("ExecStart=") else line for line in kept]


def _text(job: Job, name: str) -> str:
    assignments = (f"{key}={value}" for key, value in sorted(job.environment.items()))
    first, *others = job.arguments
    if _REFUSED.intersection(first):
        raise UsageError(
            _("systemd starts no program whose path has quotes or backslashes: {path}").format(path=first),
            _("install orch in another folder"),
        )
    return _TEXT.format(
        version=__version__,
        name=name,
        clone=_specifiers(str(job.clone)).rstrip("\\"),
        folder=_folder(str(job.folder)),
        # `$` is expanded in arguments, not in the program's own path
        command=" ".join([_quoted(first), *(_quoted(argument).replace("$", "$$") for argument in others)]),
        environment="\n".join(f"Environment={_quoted(a)}" for a in assignments),
        final=" ".join(str(int(code)) for code in _FINAL),
    )


def _quoted(word: str) -> str:
    """One word of a command line or an assignment (systemd.syntax(7): Quoting)."""
    escaped = word.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{_specifiers(escaped)}"'


def _specifiers(text: str) -> str:
    return text.replace("%", "%%")


def _folder(path: str) -> str:
    """A path that takes the rest of its line: never quoted, but its last character must not be eaten."""
    return _specifiers(path) + ("/" if path[-1] in "\\ \t" else "")


def _escaped_path(path: str) -> str:
    words = [word for word in path.split("/") if word]
    joined = "/".join(words)
    escaped = "".join(map(_escaped_character, os.fsencode(joined)))
    return ("\\x2e" + escaped[1:] if escaped.startswith(".") else escaped) or "-"


def _escaped_character(byte: int) -> str:
    if byte == ord("/"):
        return "-"
    return chr(byte) if chr(byte) in _PLAIN else f"\\x{byte:02x}"


def _config_home() -> Path:
    chosen = os.environ.get("XDG_CONFIG_HOME", "")
    return Path(chosen) if chosen.startswith("/") else Path.home() / ".config"
