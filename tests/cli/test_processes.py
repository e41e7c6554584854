"""Signals, closed pipes, full disks, and two processes at once."""

from __future__ import annotations

import fcntl
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from orchestrator.app.workspace import Workspace
from orchestrator.cli import root
from tests.cli.conftest import ORCH, run
from tests.flow.group import GroupRepository

TICK = """
import sys, time
from orchestrator.cli import root
from orchestrator.app import freshness
def slow(*_arguments, **_options):
    print("ready", file=sys.stderr, flush=True)
    time.sleep(60)
freshness.has_news = slow
sys.exit(root.run(sys.argv[1:]))
"""


def pipeline(command: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    """A shell pipeline of `orch`, with the exit codes of all its parts as its last line."""
    script = command.replace("orch ", f"{ORCH[0]} -m orchestrator ") + "; echo ${PIPESTATUS[*]}"
    return subprocess.run(
        ["bash", "-c", script], cwd=cwd, capture_output=True, text=True, timeout=60, check=False
    )


@pytest.mark.parametrize("arguments", [["status"], ["status", "--json"]])
def test_ctrl_c_is_130_and_one_line(group: GroupRepository, arguments: list[str]) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", TICK, *arguments],
        cwd=group.root,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None and process.stderr.readline() == "ready\n"
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=30)
    assert process.returncode == 130
    assert "Traceback" not in err
    if "--json" in arguments:
        assert json.loads(out)["error"]["code"] == "interrupted"
    else:
        assert not out and len(err.strip().splitlines()) == 1


def test_ctrl_c_while_modules_are_read(tmp_path: Path) -> None:
    script = (
        "import os, signal, sys\nimport orchestrator.cli as c\n"
        "c._configured_language = lambda: os.kill(os.getpid(), signal.SIGINT)\nc.main()"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert done.returncode == 130 and not done.stderr


def test_a_reader_that_leaves_early_is_no_error(group: GroupRepository) -> None:
    words = "Índice parcial na fila\n\n" + "muitas palavras que enchem o cano " * 4000
    (group.root / "nota.md").write_text(words)
    ran = run("add", "-", "--company", "empresa-a", cwd=group.root, stdin=words.encode())
    insight = ran.stdout.split()[0]
    for command in (f"orch show {insight}", f"orch show {insight} --json", "orch --help"):
        done = pipeline(f"{command} | head -c 1 >/dev/null", group.root)
        assert done.stderr == "", command
        assert done.stdout.split() == ["0", "0"], command


def test_a_push_whose_reader_has_left_is_finished(leaky: GroupRepository) -> None:
    leaky.orch("review", "--approve-all")
    assert pipeline("orch push | true", leaky.root).stdout.split()[0] == "0"
    assert leaky.orch("status", "--json").data[0]["queued"] == 0


def test_a_closed_stream_is_as_if_it_led_nowhere(leaky: GroupRepository) -> None:
    assert pipeline("orch status 2>&-", leaky.root).stdout.splitlines()[-1] == "0"
    lines = ("log --json", "--help", "push", "nix", "trust", "trust --revoke", "trust")
    for line, code in zip(lines, "0002002", strict=True):  # the last one has to ask
        for closed in (">&-", "<&- >&- 2>&-"):
            done = pipeline(f"orch {line} {closed} {'</dev/null' if closed == '>&-' else ''}", leaky.root)
            assert (done.stdout.strip(), "Traceback" in done.stderr) == (code, False), line


def test_a_server_that_hangs_up_does_not_end_the_process() -> None:
    """SIGPIPE stays ignored: with its default action a broken connection would kill a push silently."""
    script = (
        "import os, signal\nfrom orchestrator.cli import root\nroot.run(['--version'])\n"
        "print(signal.getsignal(signal.SIGPIPE) == signal.SIG_IGN)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "True"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
def test_a_full_disk_behind_stdout_is_told_on_stderr(group: GroupRepository) -> None:
    group.orch("add", "Índice parcial", "--company", "empresa-a")
    for arguments in (["log"], ["log", "--json"], ["show", "ffff", "--json"], ["companies"]):
        with Path("/dev/full").open("w") as full:
            done = subprocess.run(
                [*ORCH, *arguments],
                cwd=group.root,
                stdout=full,
                stderr=subprocess.PIPE,
                text=True,
                check=False,
            )
        assert done.returncode == 1 and done.stderr, arguments
        assert "Traceback" not in done.stderr and "Exception" not in done.stderr


# --------------------------------------------------------------------------- two at once


def test_two_drains_at_once_double_nothing(group: GroupRepository) -> None:
    for number in range(6):
        group.commit(f"perf: {number}\n\nSolução: índice parcial número {number} na fila resolveu a espera")
    several = [
        subprocess.Popen(
            [*ORCH, "drain", "--json"], cwd=group.root, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        for _two in range(3)
    ]
    ended = [p.communicate(timeout=60) for p in several]
    assert [p.returncode for p in several] == [0, 0, 0], ended
    assert sorted(json.loads(out)["data"]["commits"] for out, _err in ended)[-1] >= 6
    rows = group.insights()
    assert len(rows) == 6 and all(len(i["evidence"]) == 1 for i in rows)


def test_two_pushes_at_once_create_each_object_once(leaky: GroupRepository) -> None:
    leaky.orch("review", "--approve-all")
    both = [
        subprocess.Popen([*ORCH, "push", "--json"], cwd=leaky.root, stdout=subprocess.PIPE)
        for _two in range(2)
    ]
    reports = [json.loads(p.communicate(timeout=60)[0])["data"]["empresa-a"] for p in both]
    assert [p.returncode for p in both] == [0, 0]
    created = [sum(r["counts"]["create"] for r in report) for report in reports]
    assert sorted(created) == [0, 3]
    shared = leaky.root.parent / "shared"
    assert len(list(shared.glob("issues/*/*.md"))) == 1


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits longer than a moment for a lock."""
    patient = Workspace.lock
    monkeypatch.setattr(Workspace, "lock", lambda self, name, wait=30.0: patient(self, name, min(wait, 0.1)))


@pytest.mark.usefixtures("impatient")
def test_a_lock_that_is_held_is_11_and_readers_go_on(leaky: GroupRepository) -> None:
    leaky.orch("review", "--approve-all")
    holder = hold(leaky.root / ".orch/companies/drain.lock")
    try:
        leaky.commit("perf: z\n\nSolução: réplica de leitura para os relatórios do mês")
        assert leaky.orch("push", "--json", expect=11).error["code"] == "locked"
        assert leaky.orch("drain", expect=11).err
        for line in (("status",), ("log",), ("search", "cache"), ("drain", "--quiet")):
            leaky.orch(*line)
    finally:
        release(holder)
    leaky.orch("push")


@pytest.mark.usefixtures("impatient")
def test_the_lock_of_a_push_holds_back_another_push(leaky: GroupRepository) -> None:
    leaky.orch("review", "--approve-all")
    holder = hold(leaky.root / ".orch/companies/push-empresa-a.lock")
    try:
        assert "push-empresa-a" in leaky.orch("push", expect=11).out
        assert "push-empresa-a" in leaky.orch("push", "--company", "empresa-a", expect=11).err
        leaky.orch("push", "--company", "empresa-b")
    finally:
        holder.kill()  # however it dies, the kernel frees the lock
        release(holder)
    leaky.orch("push")


def hold(path: Path) -> subprocess.Popen[str]:
    """Another process that holds the lock on a file until it is told to end."""
    script = (
        "import fcntl, sys\nf = open(sys.argv[1], 'a')\nfcntl.flock(f, fcntl.LOCK_EX)\n"
        "print('held', flush=True)\nsys.stdin.read()"
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    holder = subprocess.Popen(
        [sys.executable, "-c", script, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert holder.stdout is not None and holder.stdout.readline() == "held\n"
    return holder


def release(holder: subprocess.Popen[str]) -> None:
    holder.communicate(timeout=10)


def test_no_lock_file_is_followed_out_of_the_repository(group: GroupRepository, tmp_path: Path) -> None:
    target = tmp_path / "victim"
    lock = group.root / ".orch/companies/drain.lock"
    lock.unlink(missing_ok=True)
    lock.symlink_to(target)
    ran = group.orch("drain", expect=1)
    assert "drain.lock" in ran.err and not target.exists()


def test_a_lock_is_given_back_by_the_kernel(tmp_path: Path) -> None:
    from orchestrator.app.locking import exclusive
    from orchestrator.errors import LockedError

    path = tmp_path / "x.lock"
    with exclusive(path, 0.0):
        with pytest.raises(LockedError), exclusive(path, 0.0):
            raise AssertionError("two hold it")
        began = time.monotonic()
        with pytest.raises(LockedError), exclusive(path, 0.2):
            raise AssertionError("two hold it")
        assert time.monotonic() - began >= 0.2
    with exclusive(path, 0.0):
        assert path.stat().st_mode & 0o777 == 0o600
    with path.open() as f:
        fcntl.flock(f, fcntl.LOCK_EX | fcntl.LOCK_NB)


def test_the_background_drain_of_the_hook(group: GroupRepository) -> None:
    group.orch("hooks", "install")
    folder = Path(group.git("rev-parse", "--absolute-git-dir"))
    (folder / "orch.spool").write_text("post-commit\tref: refs/heads/main\n")
    (folder / "orch.draining").touch()
    group.commit("perf: x\n\nSolução: índice parcial na fila resolveu a espera de segundos")
    ran = group.orch("hooks", "drain")
    assert not ran.out and not ran.err
    assert not (folder / "orch.draining").exists()
    from orchestrator.store.company import CompanyStore

    with CompanyStore(group.root / ".orch/companies/empresa-a", "empresa-a") as store:
        assert len(list(store.insights.listing())) == 1

    group.write({".orch/config.toml": "version = 1\nwrong = 1\n"})
    (folder / "orch.draining").touch()
    group.orch("hooks", "drain", expect=1)
    assert not (folder / "orch.draining").exists()


def test_a_real_commit_is_read_in_the_background(
    group: GroupRepository, monkeypatch: pytest.MonkeyPatch
) -> None:
    bin_folder = group.root.parent / "bin"
    bin_folder.mkdir()
    orch = bin_folder / "orch"
    orch.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m orchestrator "$@"\n')
    orch.chmod(0o755)
    monkeypatch.setenv("PATH", f"{bin_folder}{os.pathsep}{os.environ['PATH']}")
    group.orch("hooks", "install", "--background")
    group.commit("perf: x\n\nSolução: índice parcial na fila resolveu a espera de segundos")
    from orchestrator.store.company import CompanyStore

    def learnt() -> list[Any]:
        with CompanyStore(group.root / ".orch/companies/empresa-a", "empresa-a") as store:
            return list(store.insights.listing())

    deadline = time.monotonic() + 30
    while not learnt() and time.monotonic() < deadline:
        time.sleep(0.1)
    assert len(learnt()) == 1
    mark = Path(group.git("rev-parse", "--absolute-git-dir")) / "orch.draining"
    while mark.exists() and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not mark.exists()


def test_run_lets_no_exception_leave() -> None:
    assert root.run(["--no-such-option"]) == 2


def test_the_process_and_the_function_agree(group: GroupRepository) -> None:
    assert run("log", "--json", cwd=group.root).stdout == group.orch("log", "--json").out
