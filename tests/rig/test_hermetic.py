"""Tests see nothing of the person who runs them, and cannot leave this machine."""

from __future__ import annotations

import os
import socket
import subprocess
from pathlib import Path

import pytest
import requests

from tests.rig.hermetic import NetworkRefusedError, isolate


def test_home_and_git_are_the_tests_own(tmp_path: Path) -> None:
    assert Path.home().name.startswith("home")
    shown = subprocess.run(
        ["git", "config", "--list", "--show-origin"], cwd=tmp_path, capture_output=True, text=True, check=True
    ).stdout
    assert "init.defaultbranch=main" in shown
    assert all(str(Path.home()) in line for line in shown.splitlines())
    identity = subprocess.run(["git", "var", "GIT_AUTHOR_IDENT"], capture_output=True, text=True, check=True)
    assert identity.stdout.startswith("Teste <teste@example.com>")


def test_nothing_of_the_persons_environment_leaks(tmp_path: Path) -> None:
    names = ("ORCH_SUPABASE_KEY", "HTTPS_PROXY", "GIT_DIR", "XDG_RUNTIME_DIR", "ORCH_LANG", "GITHUB_TOKEN")
    with pytest.MonkeyPatch.context() as patch:
        for name in names:
            patch.setenv(name, "leaked")
        isolate(patch, tmp_path)
        assert "leaked" not in os.environ.values()
        assert os.environ["ORCH_MODEL_DIR"].endswith("models")


@pytest.mark.parametrize("address", [("192.0.2.1", 80), ("93.184.216.34", 443)])
def test_no_connection_leaves_this_machine(address: tuple[str, int]) -> None:
    with socket.socket() as connection:
        connection.settimeout(0.1)
        with pytest.raises(NetworkRefusedError):
            connection.connect(address)
        with pytest.raises(NetworkRefusedError):
            connection.connect_ex(address)


def test_no_name_is_looked_up() -> None:
    with pytest.raises(NetworkRefusedError):
        requests.get("https://api.github.com/", timeout=1)


def test_reserved_names_are_unknown_and_loopback_is_refused_honestly() -> None:
    with pytest.raises(requests.ConnectionError):
        requests.get("https://site.invalid/", timeout=1)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        with pytest.raises(requests.ConnectionError):
            requests.get(f"http://127.0.0.1:{taken.getsockname()[1]}/", timeout=1)
