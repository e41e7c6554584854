"""What the scanning process cannot do, tried from inside it."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from orchestrator.model import Outcome
from orchestrator.scanning.confinement import environment

from .conftest import MARK, POLICY, MakeScanner, works

EMFILE = 24


def hit(condition: str) -> str:
    """An action that reports a hit when the condition holds."""
    return f"return [policy.hit(0, 1, 'network.tried', 'host')] if ({condition}) else []"


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    """Somebody who would answer: a connection that fails was refused by us."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)
        yield server


@pytest.mark.parametrize(
    "attempt",
    [
        "socket.socket()",
        "socket.create_connection(('127.0.0.1', PORT))",
        "socket.getaddrinfo('127.0.0.1', 80)",  # which needs no network: only being refused it fails
        "subprocess.run(['true'])",
        "os.system('true')",
        "os.fork()",
        "os.posix_spawn('/bin/true', ['true'], {})",
        "open('/etc/hostname')",
        "open('WRITTEN', 'w')",
        "os.pipe()",
        "bytearray(3 << 30)",
    ],
)
def test_what_it_tries_is_a_failed_scanner(
    scanner: MakeScanner, tmp_path: Path, listener: socket.socket, attempt: str
) -> None:
    written = tmp_path / "written"
    port = str(listener.getsockname()[1])
    made = scanner(attempt.replace("WRITTEN", str(written)).replace("PORT", port))
    verdict = made.judge({"gain": f"um {MARK}"}, POLICY)
    assert verdict.outcome is Outcome.BLOCK
    assert {f.rule for f in verdict.findings} == {"engine.orch-network"}
    assert not written.exists()
    with pytest.raises(BlockingIOError):
        listener.accept()
    works(made)


@pytest.mark.parametrize("call", ["libc.socket(2, 1, 0)", "libc.open(b'/etc/hostname', 0)", "libc.dup(0)"])
def test_the_kernel_refuses_machine_code_too(scanner: MakeScanner, call: str) -> None:
    made = scanner(hit(f"{call} == -1 and ctypes.get_errno() == {EMFILE}"))
    assert {f.rule for f in made.judge({"gain": f"um {MARK}"}, POLICY).findings} == {"network.tried"}


def test_limits_cannot_be_raised_again(scanner: MakeScanner) -> None:
    raise_it = "__import__('resource').setrlimit(__import__('resource').RLIMIT_NOFILE, (64, 64))"
    if os.geteuid() == 0:
        pytest.skip("root may raise any limit: an engine that runs as root is not held by them")
    assert scanner(raise_it).judge({"gain": MARK}, POLICY).outcome is Outcome.BLOCK


def test_nothing_of_our_environment_is_there(scanner: MakeScanner, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ORCH_JIRA_TOKEN", "planted")
    monkeypatch.setenv("PYTHONPATH", "/planted")
    made = scanner(hit("any('planted' in value for value in os.environ.values()) or os.getcwd() != '/'"))
    assert made.judge({"gain": f"um {MARK}"}, POLICY).outcome is Outcome.ALLOW
    control = scanner(hit("os.environ['PATH']"))
    assert control.judge({"gain": f"um {MARK}"}, POLICY).outcome is Outcome.REDACT


def test_only_what_libraries_need_is_kept() -> None:
    ours = {"LD_LIBRARY_PATH": "/opt/lib", "HOME": "/home/ana", "ORCH_TOKEN": "x", "HTTPS_PROXY": "y"}
    assert environment(ours) == {"LD_LIBRARY_PATH": "/opt/lib", "LC_ALL": "C.UTF-8", "PATH": os.defpath}


def test_what_an_engine_prints_is_no_answer(scanner: MakeScanner) -> None:
    made = scanner("print('x' * 99, flush=True); os.write(1, b'y'); libc.puts(b'z'); libc.fflush(None)")
    assert made.judge({"gain": f"um {MARK}"}, POLICY).outcome is Outcome.ALLOW
    works(made)


def test_interrupts_are_for_our_side(scanner: MakeScanner) -> None:
    made = scanner("os.kill(os.getpid(), signal.SIGINT)")
    assert made.judge({"gain": f"um {MARK}"}, POLICY).outcome is Outcome.ALLOW


def test_an_interrupt_of_ours_ends_it(scanner: MakeScanner) -> None:
    made = scanner("os.kill(os.getppid(), signal.SIGINT); time.sleep(10**6)")
    works(made)
    process = made.pid
    with pytest.raises(KeyboardInterrupt):
        made.judge({"gain": f"um {MARK}"}, POLICY)
    with pytest.raises(ProcessLookupError):
        os.kill(process or 0, 0)
    works(made)
    signal.signal(signal.SIGINT, signal.default_int_handler)


_COMMAND = """
import sys
from orchestrator.scanning import judge
from orchestrator.scanning.scanner import current
from orchestrator.validate import Policy
print(judge({"gain": "CPF 529.982.247-25"}, Policy()).outcome.value, current().pid)
"""


def test_a_command_leaves_no_process_and_no_word_behind() -> None:
    done = subprocess.run([sys.executable, "-W", "error", "-c", _COMMAND], capture_output=True, text=True)
    outcome, pid = done.stdout.split()
    assert (outcome, done.stderr, done.returncode) == ("redact", "", 0)
    assert not Path(f"/proc/{pid}").exists()
