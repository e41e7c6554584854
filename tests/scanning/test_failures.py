"""A scanner that is missing, hangs or dies means no, and the next text is judged as ever."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from orchestrator.model import Outcome
from orchestrator.scanning import scanner as our_side
from orchestrator.scanning.scanner import Scanner, command
from orchestrator.validate.failures import DIED, HUNG, MISSING, NONSENSE

from .conftest import MARK, POLICY, MakeScanner, refused, works

TEXTS = {"title": f"um {MARK}", "content": "", "gain": "outro"}


@pytest.mark.parametrize(
    "action",
    [
        "time.sleep(10**6)",
        "re.match('(a+)+$', 'a' * 60 + 'b')",  # in C, holding the interpreter's lock
        "os.kill(os.getpid(), signal.SIGSTOP)",
        "threading.Lock().acquire() and threading.Event().wait()",
    ],
)
def test_one_that_hangs(scanner: MakeScanner, action: str) -> None:
    made = scanner(action)
    works(made)
    made._patience = 0.7
    process = made.pid
    verdict = made.judge(TEXTS, POLICY)
    made._patience = 30.0
    refused(verdict, HUNG)
    assert verdict.redacted == {"title": "[não examinado]", "content": "", "gain": "[não examinado]"}
    with pytest.raises(ProcessLookupError):
        os.kill(process or 0, 0)
    works(made)


@pytest.mark.parametrize(
    "action",
    [
        "ctypes.string_at(0)",
        "os._exit(3)",
        "os.kill(os.getpid(), signal.SIGKILL)",
        "os._exit(0)",
        "os.close(0)",
    ],
)
def test_one_that_dies(scanner: MakeScanner, action: str) -> None:
    made = scanner(action + "; os._exit(4)")
    works(made)
    refused(made.judge(TEXTS, POLICY), DIED)
    works(made)


def test_one_that_is_killed_from_outside_while_it_judges(scanner: MakeScanner) -> None:
    made = scanner("time.sleep(10**6)")
    works(made)
    timer = threading.Timer(0.4, os.kill, (made.pid, signal.SIGKILL))
    timer.start()
    refused(made.judge(TEXTS, POLICY), DIED)
    timer.join()
    works(made)


def test_one_that_was_killed_between_two_texts(scanner: MakeScanner) -> None:
    made = scanner()
    works(made)
    os.kill(made.pid or 0, signal.SIGKILL)
    refused(made.judge({"gain": "um texto inocente"}, POLICY), DIED)
    works(made)


@pytest.mark.parametrize(
    "argv",
    [
        ["/nowhere/python"],
        [sys.executable, "-c", "raise SystemExit(1)"],
        [sys.executable, "-c", "pass"],
        command("import sys; sys.path[:] = []; from orchestrator.scanning.child import main"),
    ],
)
def test_one_that_is_missing(argv: list[str]) -> None:
    made = Scanner(argv)
    refused(made.judge(TEXTS, POLICY), MISSING)
    made.close()


def test_one_that_never_becomes_ready() -> None:
    made = Scanner([sys.executable, "-c", "import time; time.sleep(10**6)"], patience=0.5)
    refused(made.judge(TEXTS, POLICY), HUNG)
    made.close()


@pytest.mark.parametrize(
    "answer",
    [
        "b'\\xff\\xff\\xff\\xff'",
        "b'\\x00\\x00\\x00\\x02{}'",
        "b'\\x00\\x00\\x00\\x02[]'",
        "b'\\x00\\x00\\x00\\x03abc'",
        "wire.frame({'number': 99, 'verdict': None})",
        "wire.frame({'number': 1, 'verdict': None})",
        "wire.frame({'number': 1, 'verdict': {'outcome': 'allow'}})",
        "wire.frame({'number': 1, 'verdict': wire.plain(Verdict(Outcome.ALLOW, (), {}, 'x'))})",
        "wire.frame({'number': 1, 'verdict': wire.plain(Verdict(Outcome.ALLOW, (), asked, 'x'))})",
        "wire.frame({'number': 1, 'verdict': wire.plain(Verdict('never', (), asked, 'x'))})",
        "wire.frame({'number': 1, 'verdict': wire.plain(Verdict(Outcome.BLOCK, (), asked, Policy().hash))})",
    ],
)
def test_one_that_talks_nonsense(answer: str) -> None:
    program = (
        "import sys; sys.path[:] = sys.argv[1:]\n"
        "import os; from orchestrator.scanning import child, wire\n"
        "from orchestrator.model import Outcome, Verdict; from orchestrator.validate import Policy\n"
        "child._write(1, {'ready': True}); asked = child._read(0)['texts']\n"
        f"os.write(1, {answer}); os.read(0, 1)"
    )
    made = Scanner(command(program), patience=20)
    refused(made.judge(TEXTS, POLICY), NONSENSE)
    made.close()


def test_an_answer_that_is_cut_off() -> None:
    program = (
        "import sys; sys.path[:] = sys.argv[1:]\n"
        "import os; from orchestrator.scanning import child\n"
        "child._write(1, {'ready': True}); child._read(0); os.write(1, b'\\0\\0\\0\\x63{'); os._exit(1)"
    )
    made = Scanner(command(program), patience=20)
    refused(made.judge(TEXTS, POLICY), DIED)
    made.close()


def test_an_engine_that_is_missing_blocks_by_its_own_name(scanner: MakeScanner) -> None:
    made = scanner(setup="sys.modules['betterleaks'] = None")
    verdict = made.judge({"gain": "um texto inocente"}, POLICY)
    assert verdict.outcome is Outcome.BLOCK
    assert [f.rule for f in verdict.findings] == ["engine.betterleaks"]


def test_one_that_always_fails_is_not_tried_for_ever(
    scanner: MakeScanner, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[object] = []
    start = our_side._start
    monkeypatch.setattr(our_side, "_start", lambda argv: (started.append(argv), start(argv))[1])
    made = scanner("os._exit(7)")
    for _ in range(our_side.GIVE_UP + 4):
        refused(made.judge(TEXTS, POLICY), DIED)
    assert len(started) == our_side.GIVE_UP
    monkeypatch.setattr(our_side, "COOL_DOWN", 0.0)
    works(made)


def test_a_success_between_failures_counts(scanner: MakeScanner) -> None:
    made = scanner("os._exit(7)")
    for _ in range(our_side.GIVE_UP + 1):
        refused(made.judge(TEXTS, POLICY), DIED)
        works(made)


ONE_TEXT = """
def read(source, real=child._read, asked=[]):
    child.IDLE = 0.0 if asked else 120.0
    asked.append(source)
    return real(source)
child._read = read
"""


def test_one_that_had_nothing_to_do_goes_and_comes_back(scanner: MakeScanner) -> None:
    made = scanner(setup=ONE_TEXT)
    for _ in range(2):
        assert made.judge({"gain": "um texto inocente"}, POLICY).outcome is Outcome.ALLOW
        assert made._process is not None and made._process.wait(20) == 0


def test_one_that_goes_before_it_is_asked_is_asked_twice_then_no(scanner: MakeScanner) -> None:
    made = scanner(setup="child.IDLE = 0.0")
    verdict = made.judge({"gain": "um texto inocente"}, POLICY)
    assert verdict.findings == () or {f.rule for f in verdict.findings} == {DIED}


_PARENT = """
import os, sys, threading, time
from tests.scanning.conftest import _PROGRAM
from orchestrator.scanning import scanner as our_side
from orchestrator.scanning.scanner import Scanner, command
from orchestrator.validate import Policy
ours, its = os.pipe()
os.set_inheritable(its, True)
setup = f"child.GRACE = 1; said = os.dup({its})"
action = "os.write(said, b'x'); re.match('(a+)+$', 'a' * 60 + 'b')"
start = our_side.subprocess.Popen
our_side.subprocess.Popen = lambda *a, **k: start(*a, **k, pass_fds=[its])
made = Scanner(command(_PROGRAM.format(action=action, setup=setup)))
made.judge({"gain": "inocente"}, Policy())
made._patience = 0.5
print(made.pid, flush=True)
made._patience = 600 if sys.argv[1] == "idle" else 0.9
made._ask = made._ask if sys.argv[1] != "idle" else (lambda *a: time.sleep(600))
if sys.argv[1] == "hanging":
    our = threading.Thread(target=lambda: made.judge({"gain": "MARKED-TEXT"}, Policy()))
    our.start(); os.read(ours, 1); os.kill(os.getpid(), 9)
time.sleep(600)
"""


@pytest.mark.parametrize("doing", ["idle", "hanging"])
def test_it_does_not_outlive_us(doing: str) -> None:
    """Our side gets a SIGKILL: the scanner ends on the closed pipe, and in a hang by the kernel's alarm."""
    root = Path(__file__).parents[2]
    with subprocess.Popen(
        [sys.executable, "-c", _PARENT, doing], stdout=subprocess.PIPE, text=True, cwd=root
    ) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        assert Path(f"/proc/{pid}").exists()
        if doing == "idle":
            parent.kill()
        parent.wait(20)
    for _ in range(100):
        if not _alive(pid):
            return
        time.sleep(0.1)
    pytest.fail("the scanning process outlived the process that it worked for")


def _alive(pid: int) -> bool:
    """True unless it is gone, or a zombie that nobody here has to bury."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
