"""Tests that touch nothing of the person who runs them: no home, no git configuration, no network."""

from __future__ import annotations

import ipaddress
import os
import socket
import tempfile
from pathlib import Path
from typing import Any

import pytest

from tests.rig.binaries import REPOSITORY

GIT_CONFIG = "[init]\n\tdefaultBranch = main\n[gc]\n\tauto = 0\n[maintenance]\n\tauto = false\n"
_PERSON = {"NAME": "Teste", "EMAIL": "teste@example.com"}
_FORGOTTEN = ("ORCH_", "GIT_", "XDG_", "SSH_", "LC_")
_FORGOTTEN_NAMES = frozenset(
    {"GITHUB_TOKEN", "GH_TOKEN", "LANG", "LANGUAGE", "EDITOR", "VISUAL", "PAGER", "LESS", "COLUMNS", "LINES"}
    | {"NO_COLOR", "FORCE_COLOR", "CLICOLOR", "CLICOLOR_FORCE", "MAKEFLAGS", "MFLAGS", "MAKELEVEL"}
    | {"PYTHONDONTWRITEBYTECODE", "PYTHONUNBUFFERED"}  # each process would compile all that it imports
)
_PROXIES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy", "ftp_proxy")
_KEPT = frozenset({"ORCH_TEST_POSTGREST"})


class NetworkRefusedError(BaseException):
    """A test wanted to leave this machine. No `except Exception` may turn this into a pass."""


def isolate(patch: pytest.MonkeyPatch, home: Path) -> None:
    """Give the process a home, temporary files and an environment of its own: no setting of the person's."""
    for name in list(os.environ):
        own = name in _FORGOTTEN_NAMES or (name.startswith(_FORGOTTEN) and name not in _KEPT)
        if own or name.lower() in _PROXIES:
            patch.delenv(name)
    config = home / "gitconfig"
    config.write_text(GIT_CONFIG, encoding="utf-8")
    temporary = home / "tmp"
    temporary.mkdir(exist_ok=True)
    patch.setenv("TMPDIR", str(temporary))
    patch.setattr(tempfile, "tempdir", str(temporary))
    patch.setenv("HOME", str(home))
    patch.setenv("LC_ALL", "C.UTF-8")
    for name in ("CONFIG", "CACHE", "DATA", "STATE"):
        patch.setenv(f"XDG_{name}_HOME", str(home / name.lower()))
    patch.setenv("GIT_CONFIG_GLOBAL", str(config))
    patch.setenv("GIT_CONFIG_SYSTEM", os.devnull)
    patch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    patch.setenv("GIT_TERMINAL_PROMPT", "0")
    for role in ("AUTHOR", "COMMITTER"):
        for part, value in _PERSON.items():
            patch.setenv(f"GIT_{role}_{part}", value)
    patch.setenv("ORCH_MODEL_DIR", str(REPOSITORY / ".cache" / "models"))


def guard(patch: pytest.MonkeyPatch) -> None:
    """Refuse every connection but loopback and unix sockets; names under .invalid stay unknown."""
    connect, connect_ex, lookup = socket.socket.connect, socket.socket.connect_ex, socket.getaddrinfo

    def guarded_connect(self: socket.socket, address: Any) -> None:
        _refuse_stranger(self, address)
        return connect(self, address)

    def guarded_connect_ex(self: socket.socket, address: Any) -> int:
        _refuse_stranger(self, address)
        return connect_ex(self, address)

    def guarded_lookup(host: Any, *args: Any, **kwargs: Any) -> Any:
        name = host.decode() if isinstance(host, bytes) else host
        if name is None or _is_loopback(name):
            return lookup(host, *args, **kwargs)
        if name.endswith((".invalid", ".test", ".example")):
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        raise NetworkRefusedError(f"a test looked up {name}")

    patch.setattr(socket.socket, "connect", guarded_connect)
    patch.setattr(socket.socket, "connect_ex", guarded_connect_ex)
    patch.setattr(socket, "getaddrinfo", guarded_lookup)


def _refuse_stranger(connection: socket.socket, address: Any) -> None:
    if connection.family not in (socket.AF_INET, socket.AF_INET6) or _is_loopback(address[0]):
        return
    raise NetworkRefusedError(f"a test wanted to connect to {address[0]}")


def _is_loopback(host: str) -> bool:
    if host in ("localhost", "", "0.0.0.0", "::"):  # asked for by servers that bind
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
