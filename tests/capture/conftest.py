from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from orchestrator import i18n
from orchestrator.capture import spool
from orchestrator.capture.hook_state import Means, Report
from orchestrator.capture.hooks import install
from tests.git.sandbox import Sandbox, isolate

# Read before the tests' own environment begins.
TEST_GIT = os.environ.get("ORCH_TEST_GIT") or shutil.which("git") or "git"
TEST_PEERS = os.environ.get("ORCH_TEST_PEERS", "")


@pytest.fixture
def box(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Sandbox:
    isolate(monkeypatch, tmp_path / "home")
    monkeypatch.setattr(i18n, "_current", "en")
    return Sandbox(tmp_path / "work")


@pytest.fixture
def new_git(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Put a git that runs configuration hooks first in PATH, or skip."""
    if not _runs_configuration_hooks(TEST_GIT):
        pytest.skip("needs git 2.54 or newer: name one in ORCH_TEST_GIT")
    folder = tmp_path / "new-git"
    folder.mkdir()
    (folder / "git").symlink_to(TEST_GIT)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")


@pytest.fixture
def only_files() -> None:
    """Skip where the git in PATH would run configuration hooks instead: what is tested is what files do."""
    if _runs_configuration_hooks("git"):
        pytest.skip("needs a git older than 2.54 in PATH")


def _runs_configuration_hooks(program: str) -> bool:
    said = subprocess.run([program, "version"], capture_output=True, text=True).stdout
    numbers = re.search(r"(\d+)\.(\d+)", said)
    return numbers is not None and (int(numbers[1]), int(numbers[2])) >= (2, 54)


@pytest.fixture(params=[Means.FILES, Means.CONFIGURATION])
def installed(request: pytest.FixtureRequest, box: Sandbox) -> Callable[..., Report]:
    """`install`, as files and (where there is such a git) as configuration hooks."""
    if request.param is Means.CONFIGURATION:
        request.getfixturevalue("new_git")

    def installed_here(at: Sandbox = box, *, background: bool = False) -> Report:
        report = install(at.repo, background=background, files=request.param is Means.FILES)
        assert report.means is request.param
        return report

    return installed_here


@pytest.fixture
def peers(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Skip where another hook tool is not installed; `ORCH_TEST_PEERS` names folders to look in."""

    def need(tool: str) -> None:
        path = f"{TEST_PEERS}{os.pathsep}{os.environ['PATH']}"
        if shutil.which(tool, path=path) is None:
            pytest.skip(f"needs {tool} in PATH or in ORCH_TEST_PEERS")
        monkeypatch.setenv("PATH", path)

    return need


def nudged(box: Sandbox) -> list[tuple[str, str]]:
    """The nudges so far, read and settled: (hook, detail)."""
    batch = spool.take(box.repo)
    spool.settle(batch)
    return [(n.hook, n.detail) for n in batch.nudges]
