"""The scanning process: reads texts from its standard input and answers verdicts.

`scanner.py` starts it as a fresh Python with a cleaned environment. Everything that judging imports is
imported, and every engine has answered once, before the process gives up the right to open anything.
"""

from __future__ import annotations

import gc
import os
import select
import signal
from importlib import import_module
from pkgutil import iter_modules
from typing import Any

from orchestrator import validate
from orchestrator.scanning import wire
from orchestrator.scanning.confinement import confine, watch
from orchestrator.validate import Policy, judge

IDLE = 120.0  # seconds without a text after which the process ends by itself
START = 60  # seconds in which imports and engines must be ready
GRACE = 5  # seconds that our side has for ending us, before the kernel does

_EVERYTHING = "senha: Xy12zW34!q, CPF 529.982.247-25, https://db.corp/ 10.1.2.3, %41%42%43 QUJDREVGR0hJSktM"


def main() -> None:
    """Answer until the pipe is closed, or nothing came for IDLE seconds."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for our side, which then ends us
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGALRM})
    signal.alarm(START)
    answers = os.dup(1)
    os.dup2(2, 1)  # what an engine prints is no answer
    watch()
    _prepare()
    confine()
    signal.alarm(0)
    _write(answers, {"ready": True})
    policy: Policy | None = None
    while request := _read(0):
        if request["policy"] is not None:
            policy = wire.typed(Policy, request["policy"])
        # A text on which an engine hangs in machine code is ended by the kernel, our side gone or not.
        signal.alarm(int(request["seconds"]) + GRACE)
        verdict = judge(request["texts"], policy or Policy())
        signal.alarm(0)
        _write(answers, {"number": request["number"], "verdict": wire.plain(verdict)})


def _prepare() -> None:
    for module in iter_modules(validate.__path__):
        import_module(f"{validate.__name__}.{module.name}")
    judge({"title": _EVERYTHING, "content": _EVERYTHING}, Policy())
    gc.freeze()


def _read(source: int) -> dict[str, Any] | None:
    """The next request; None when there will be none."""
    ready, _, _ = select.select([source], [], [], IDLE)  # not poll, which counts against RLIMIT_NOFILE
    head = _exactly(source, wire.HEAD) if ready else b""
    return wire.message(_exactly(source, wire.length(head))) if head else None


def _exactly(source: int, size: int) -> bytes:
    """`size` bytes, or none at all where the pipe was closed."""
    parts = []
    while size:
        part = os.read(source, min(size, 1 << 20))
        if not part:
            return b""
        parts.append(part)
        size -= len(part)
    return b"".join(parts)


def _write(answers: int, message: dict[str, object]) -> None:
    data = memoryview(wire.frame(message))
    while data:
        data = data[os.write(answers, data) :]
