"""What the fixtures do to a test run: a broken contract fails it, a rig that cannot start skips it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.rig.binaries import REPOSITORY

CONFTEST = "from tests.conftest import *\nfrom tests.conftest import _offline\n"
VIOLATION = """
import requests
def test_careless(rig):
    auth = (rig.atlassian.email, rig.atlassian.token)
    reply = requests.post(rig.atlassian.url + "/rest/api/3/issue", json={}, auth=auth, timeout=5)
    assert reply.status_code == 422
def test_next(rig):
    assert rig.violations.take() == []
"""
CRASH = """
import requests
def test_crash(rig):
    rig.jira.issues = None
    auth = (rig.atlassian.email, rig.atlassian.token)
    body = {"jql": "project = ORCH"}
    requests.post(rig.atlassian.url + "/rest/api/3/search/jql", json=body, auth=auth, timeout=5)
    rig.jira.issues = {}
"""
DATABASE = "def test_database(rig):\n    rig.supabase\n"


def run(folder: Path, test: str, *options: str, **environment: str) -> tuple[int, str]:
    """A pytest of its own on one test file."""
    (folder / "conftest.py").write_text(CONFTEST)
    (folder / "test_it.py").write_text(test)
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", f"--rootdir={folder}", "-ra"]
    outer = {name: value for name, value in os.environ.items() if name not in ("CI", "PYTEST_ADDOPTS")}
    settings = {**outer, "PYTHONPATH": str(REPOSITORY), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", **environment}
    whole = [*command, *options, str(folder)]
    done = subprocess.run(whole, cwd=folder, env=settings, capture_output=True, text=True)
    return done.returncode, done.stdout


def test_alone_a_broken_contract_and_a_crash_fail_and_a_missing_program_skips(tmp_path: Path) -> None:
    code, told = run(tmp_path, VIOLATION + CRASH + DATABASE, ORCH_TEST_POSTGREST="/nada")
    assert code == 1, told
    assert "requests that break the vendor's contract" in told
    assert "Traceback" in told
    assert "rig unavailable: ORCH_TEST_POSTGREST names /nada" in told
    assert "3 passed, 1 skipped, 2 errors" in told


def test_in_workers_the_counts_come_together_and_ci_skips_nothing(tmp_path: Path) -> None:
    options = ("-p", "xdist", "-n", "1")
    code, told = run(tmp_path, VIOLATION + DATABASE, *options, ORCH_TEST_POSTGREST="/nada", CI="true")
    assert code == 1, told
    assert "RigUnavailableError" in told
    assert "1 failed, 2 passed, 1 error" in told
    assert "rig: jira: 1 requests checked, 1 refused by contract" in told
