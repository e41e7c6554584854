"""Scanning processes in which one check misbehaves on texts that hold MARK: real processes, real faults."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from orchestrator.model import Outcome, Verdict
from orchestrator.scanning.scanner import Scanner, command
from orchestrator.validate import Policy, explain
from orchestrator.validate.failures import failure

MARK = "MARKED-TEXT"
POLICY = Policy(company="empresa-a")
MakeScanner = Callable[..., Scanner]

_PROGRAM = """
import sys; sys.path[:] = sys.argv[1:]
import ctypes, os, re, signal, socket, subprocess, time, threading
libc = ctypes.CDLL(None, use_errno=True)
from orchestrator.scanning import child
from orchestrator.validate import network
real = network.check
def check(text, policy):
    if "MARKED-TEXT" in text:
        {action}
    return real(text, policy)
network.check = check
{setup}
child.main()
"""


@pytest.fixture
def scanner() -> Iterator[MakeScanner]:
    """scanner(action, setup="", patience=30): a scanner whose process runs `action` on a marked text."""
    made: list[Scanner] = []

    def make(action: str = "pass", setup: str = "", patience: float = 30.0) -> Scanner:
        program = _PROGRAM.format(action=action, setup=setup)
        made.append(Scanner(command(program), patience))
        return made[-1]

    yield make
    for each in made:
        each.close()


def refused(verdict: Verdict, rule: str) -> None:
    """It blocks, for that reason, in words, and the text is not repeated."""
    assert verdict.outcome is Outcome.BLOCK
    assert not verdict.may_leave
    assert {f.rule for f in verdict.findings} == {rule}
    assert {f.kind for f in verdict.findings} == {"engine"}
    assert MARK not in repr(verdict)
    assert failure(rule) in explain(verdict.findings[0])  # in whatever language an earlier test chose


def works(scanner: Scanner) -> None:
    """The next texts are judged as ever."""
    assert scanner.judge({"gain": "um texto inocente"}, POLICY).outcome is Outcome.ALLOW
    assert scanner.judge({"gain": "CPF 529.982.247-25"}, POLICY).redacted == {"gain": "CPF [CPF]"}
