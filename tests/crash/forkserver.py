"""A process that has imported orch and forks one child a command line: thousands of kills are affordable.

Reads an `Order` a line on stdin, writes an `Outcome` a line on stdout. A child is a real process with
real SIGKILL; it is forked before any file or connection is opened. Two things are borrowed, since
starting them costs ten times a push: imported modules, and the scanning process (clean between two
questions, which is where every fault point lies). Time is simulated: sleeping takes none, and adds to it.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import random
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta, tzinfo
from pathlib import Path
from typing import Any, NoReturn

_PASSED_BY = ("contextlib", "orchestrator.faultpoint")
_NAMES = (
    (re.compile(r"\?.*"), ""),
    (re.compile(r"i1-[0-9a-f]+|[A-Z]+-\d+|(?<=/)\d+|[0-9a-f]{16,}"), "*"),
    (re.compile(r"file \S+"), "file *"),
)


class Simulated:
    """The child's time: the real one, plus what the order says, plus what was slept."""

    offset = 0.0

    @classmethod
    def sleep(cls, seconds: float) -> None:
        """No time passes here; it is added to the simulated one, and told."""
        cls.offset += seconds
        _tell({"slept": seconds})

    @classmethod
    def time(cls) -> float:
        """Seconds since 1970."""
        return time.time() + cls.offset


class SimulatedDatetime(datetime):
    """`datetime` whose `now` is simulated."""

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> Any:
        return datetime.now(tz) + timedelta(seconds=Simulated.offset)


def main() -> None:
    """Serve until stdin ends."""
    _warm()
    for line in sys.stdin:
        order = json.loads(line)
        if not _scanner_lives():
            _start_scanner()
        print(json.dumps(_served(order)), flush=True)


def _warm() -> None:
    """Import what a push needs, and hand it simulated time. Opens nothing."""
    for name in (
        "cli.root", "cli.push", "cli.pull", "cli.review", "cli.withdraw", "cli.offers", "cli.capture",
        "app.syncing", "app.remotes",
        "app.history", "reconcile.remotes.jira", "reconcile.remotes.confluence", "cli.components",
        "reconcile.remotes.supabase", "reconcile.remotes.forge", "reconcile.remotes.folder_memory",
        "reconcile.remotes.folder_issues", "reconcile.remotes.folder_pages", "scanning.scanner",
        "memory.embedder", "capture.spool", "git.log", "app.sharing", "app.former", "app.pulling",
    ):  # fmt: skip
        importlib.import_module(f"orchestrator.{name}")
    from orchestrator import clock
    from orchestrator.reconcile import http

    http.Session.__init__.__kwdefaults__ |= {"sleep": Simulated.sleep, "clock": Simulated.time}
    clock.datetime = SimulatedDatetime  # type: ignore[misc,assignment]
    _start_scanner()


def _start_scanner() -> None:
    from orchestrator.scanning import scanner

    scanner._CURRENT[:] = [scanner.Scanner()]
    scanner._CURRENT[0]._started()


def _scanner_lives() -> bool:
    from orchestrator.scanning import scanner

    process = scanner._CURRENT[0]._process
    return process is not None and process.poll() is None


class Borrowed:
    """A scanning process that is the parent's child, as far as `Scanner` needs it."""

    def __init__(self, process: Any) -> None:
        self.stdin, self.stdout, self.pid = process.stdin, process.stdout, process.pid

    def poll(self) -> int | None:
        """None while it lives; 0 once it went, as it does after two minutes without a question."""
        try:
            state = Path(f"/proc/{self.pid}/stat").read_text("ascii").rpartition(")")[2].split()[0]
        except FileNotFoundError:
            return 0
        return 0 if state in "ZX" else None

    def wait(self, timeout: float | None = None) -> int:
        """Wait for its end."""
        deadline = time.monotonic() + (timeout or 60.0)
        while self.poll() is None:
            if time.monotonic() > deadline:
                raise subprocess.TimeoutExpired("scanner", timeout or 60.0)
            time.sleep(0.01)
        return 0

    def kill(self) -> None:
        """End it; the server starts another for the next child."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)


def _served(order: dict[str, Any]) -> dict[str, Any]:
    """Fork a child for the order and wait for its end."""
    reading, writing = os.pipe()
    streams = [os.memfd_create(name) for name in ("stdout", "stderr")]
    child = os.fork()
    if child == 0:
        os.close(reading)
        _become_child(order, writing, streams)
    os.close(writing)
    with os.fdopen(reading, encoding="utf-8") as told:
        events = [json.loads(line) for line in told]
    _pid, status = os.waitpid(child, 0)
    out, err = map(_content, streams)
    return {
        "code": os.waitstatus_to_exitcode(status),
        "points": [e["point"] for e in events if "point" in e],
        "slept": sum(e["slept"] for e in events if "slept" in e),
        "out": out,
        "err": err,
    }


def _content(stream: int) -> str:
    """What was written there; the stream is closed."""
    text = os.pread(stream, os.fstat(stream).st_size, 0).decode("utf-8", "replace")
    os.close(stream)
    return text


_channel = -1


def _tell(event: dict[str, Any]) -> None:
    if _channel >= 0:
        os.write(_channel, json.dumps(event).encode() + b"\n")


def _become_child(order: dict[str, Any], channel: int, streams: list[int]) -> NoReturn:
    """Run the command line as `orch` would; never returns to the server."""
    global _channel
    _channel = channel
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(streams[0], 1)
    os.dup2(streams[1], 2)
    os.environ.clear()
    os.environ.update(order["environment"])
    os.chdir(order["folder"])
    random.seed(order["seed"])
    Simulated.offset = order["offset"]
    code = 70
    try:
        _lend_scanner()
        _arm(order)
        from orchestrator.cli.root import run

        code = run(order["arguments"])
        sys.stdout.flush()
        sys.stderr.flush()
    finally:
        os._exit(code)


def _lend_scanner() -> None:
    from orchestrator.scanning import scanner

    lent = scanner._CURRENT[0]
    lent.owner, lent._process = os.getpid(), Borrowed(lent._process)  # type: ignore[assignment]


def _arm(order: dict[str, Any]) -> None:
    """Tell every point that is passed, and die at number `at` (from 1; 0: never) of those of that name.

    Points are those of the program, or the calls and returns of the functions that the order names.
    """
    from orchestrator import faultpoint

    strike = _striker(order["at"], order["named"])
    for where, value in order["settings"].items():
        owner, name = _found(where)
        getattr(owner, name)
        setattr(owner, name, value)
    for where in order["functions"]:
        _wrap(where, strike)
    if not order["functions"]:
        faultpoint.strike = strike


def _wrap(where: str, strike: Callable[[str], None]) -> None:
    owner, name = _found(where)
    inner = getattr(owner, name)

    def wrapped(*values: Any, **more: Any) -> Any:
        strike(f"call {where}")
        result = inner(*values, **more)
        strike(f"return {where}")
        return result

    setattr(owner, name, wrapped)


def _found(where: str) -> tuple[Any, str]:
    """What holds `module:name` or `module:Class.name`, and the name there."""
    module, _colon, path = where.partition(":")
    owner: Any = importlib.import_module(module)
    *above, name = path.split(".")
    for part in above:
        owner = getattr(owner, part)
    return owner, name


def _striker(at: int, only: str) -> Callable[[str], None]:
    passed, alone = 0, threading.Lock()

    def strike(name: str) -> None:
        nonlocal passed
        with alone:
            told = _named(name)
            passed += not only or told == only
            _tell({"point": told})
            if passed == at and (not only or told == only):
                os.kill(os.getpid(), signal.SIGKILL)
                threading.Event().wait()  # holds the other threads until it has struck

    return strike


def _named(name: str) -> str:
    """The point's name without ids; of a transaction, whose it is."""
    if name in ("before begin", "before commit", "after commit"):
        return f"{name} {_caller()}"
    for pattern, instead in _NAMES:
        name = pattern.sub(instead, name)
    return name


def _caller() -> str:
    """The function whose transaction this is: `reconcile.run:_send`."""
    frame = sys._getframe(1)
    while frame.f_back is not None:
        module = frame.f_globals.get("__name__", "")
        if module not in (__name__, *_PASSED_BY) and frame.f_code.co_name != "transaction":
            return f"{module.removeprefix('orchestrator.')}:{frame.f_code.co_name}"
        frame = frame.f_back
    return "?"


if __name__ == "__main__":
    main()
