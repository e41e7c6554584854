"""Our side of the scanning process: starts it, asks it, and ends it when it does not answer.

One process is reused for all texts of a command. When a text makes it hang, die or talk nonsense, that
text is refused and the next one gets a new process; after a few failures in a row nothing is tried
for a while, for a scanner that never answers must not cost a deadline a text.
"""

from __future__ import annotations

import atexit
import os
import selectors
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO

from orchestrator.model import Verdict, strictest
from orchestrator.scanning import wire
from orchestrator.scanning.confinement import environment
from orchestrator.scanning.refusal import refusal
from orchestrator.validate import Policy
from orchestrator.validate.failures import DIED, HUNG, MISSING, NONSENSE

PATIENCE = 20.0  # seconds for a text, and for the process to start
CHARS_A_SECOND = 10_000  # on top of it for long texts: a twentieth of the measured speed
GRACE = 5.0  # seconds for a process that closed its pipe to be gone
GIVE_UP = 3  # failures in a row after which nothing is tried for a while,
COOL_DOWN = 60.0  # seconds: a watcher that runs for weeks tries again then
_PROGRAM = "import sys; sys.path[:] = sys.argv[1:]; from orchestrator.scanning.child import main; main()"


class ScannerError(Exception):
    """The scanning process failed; `rule` (one of validate/failures.py) says how."""

    def __init__(self, rule: str) -> None:
        super().__init__(rule)
        self.rule = rule


def command(program: str = _PROGRAM) -> list[str]:
    """A Python that reads no variable and no site file, and imports from where we do."""
    return [
        sys.executable,
        "-I",
        "-S",
        "-c",
        program,
        *(path for path in sys.path if Path(path).is_absolute()),
    ]


class Scanner:
    """A scanning process, started at the first text. Safe to use from several threads, one at a time.

    `argv` is the program to start; `patience` seconds are allowed for a short text and for the start.
    """

    def __init__(self, argv: Sequence[str] = (), patience: float = PATIENCE) -> None:
        self._argv = list(argv)
        self._patience = patience
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._policy: Policy | None = None  # the one that the process knows
        self._policy_hash = ""
        self._number = 0
        self._failed: list[tuple[str, float]] = []  # the failures in a row: how and when (monotonic)
        self.owner = os.getpid()

    @property
    def pid(self) -> int | None:
        """The id of the running process, if there is one."""
        return self._process.pid if self._process else None

    def judge(self, texts: Mapping[str, str], policy: Policy) -> Verdict:
        """See `orchestrator.scanning.judge`."""
        with self._lock:
            if len(self._failed) >= GIVE_UP and time.monotonic() - self._failed[-1][1] < COOL_DOWN:
                return refusal(texts, policy, self._failed[-1][0])
            try:
                verdict = self._ask(texts, policy)
            except ScannerError as error:
                self._end()
                self._failed.append((error.rule, time.monotonic()))
                return refusal(texts, policy, error.rule)
            except BaseException:
                self._end()  # Ctrl-C between question and answer: the answer is for nobody
                raise
            self._failed.clear()
            return verdict

    def close(self) -> None:
        """End the process, if one runs. The next text starts another."""
        with self._lock:
            self._end()

    def _ask(self, texts: Mapping[str, str], policy: Policy) -> Verdict:
        """The verdict of the process on these texts. Raises ScannerError."""
        seconds = self._patience + sum(map(len, texts.values())) / CHARS_A_SECOND
        for second in (False, True):
            try:
                return self._exchange(self._started(), texts, policy, seconds)
            except ScannerError as error:
                if second or error.rule != DIED or not self._left():
                    raise
            except Exception as error:  # whatever else goes wrong between us means no, too
                raise ScannerError(NONSENSE) from error
            self._end()
        raise ScannerError(DIED)

    def _left(self) -> bool:
        """True when the process went by itself, for it had nothing to do: no fault of this text."""
        try:
            return self._process is not None and self._process.wait(GRACE) == 0
        except subprocess.TimeoutExpired:
            return False

    def _exchange(
        self, channel: Channel, texts: Mapping[str, str], policy: Policy, seconds: float
    ) -> Verdict:
        known = policy == self._policy
        if not known:
            self._policy, self._policy_hash = policy, policy.hash
        self._number += 1
        question = wire.frame(
            {
                "number": self._number,
                "seconds": seconds,
                "policy": None if known else wire.plain(policy),
                "texts": dict(texts),
            }
        )
        answer = channel.exchange(question, time.monotonic() + seconds)
        if answer.get("number") != self._number:
            raise wire.WireError("an answer to another question")
        return _sound(wire.typed(Verdict, answer.get("verdict")), texts, self._policy_hash)

    def _started(self) -> Channel:
        if self._process is not None and self._process.poll() == 0:
            self._end()  # it had nothing to do for a while, and went
        if self._process is not None:
            return Channel(self._process)
        self._policy = None
        try:
            self._process = _start(self._argv or command())
            channel = Channel(self._process)
            channel.exchange(b"", time.monotonic() + self._patience)
        except (ScannerError, OSError, ValueError) as error:
            hung = isinstance(error, ScannerError) and error.rule == HUNG
            raise ScannerError(HUNG if hung else MISSING) from error
        return channel

    def _end(self) -> None:
        if self.owner != os.getpid():
            return  # after a fork the process is still our parent's
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                pipe.close()
        process.wait()


def _start(argv: Sequence[str]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        argv,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,  # a traceback may hold the text
        env=environment(os.environ),
        cwd="/",
        bufsize=0,
    )


class Channel:
    """The pipes of a process, read and written against a deadline."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._stdin, self._stdout = _pipe(process.stdin), _pipe(process.stdout)

    def exchange(self, question: bytes, deadline: float) -> dict[str, object]:
        """Send the bytes, and wait for one message. Raises ScannerError, WireError."""
        try:
            self._send(question, deadline)
            return wire.message(self._receive(wire.length(self._receive(wire.HEAD, deadline)), deadline))
        except OSError as error:
            raise ScannerError(DIED) from error

    def _send(self, data: bytes, deadline: float) -> None:
        left = memoryview(data)
        while left:
            _wait(self._stdin, selectors.EVENT_WRITE, deadline)
            left = left[os.write(self._stdin, left) :]

    def _receive(self, size: int, deadline: float) -> bytes:
        parts = []
        while size:
            _wait(self._stdout, selectors.EVENT_READ, deadline)
            part = os.read(self._stdout, min(size, 1 << 20))
            if not part:
                raise ScannerError(DIED)
            parts.append(part)
            size -= len(part)
        return b"".join(parts)


def _pipe(pipe: IO[bytes] | None) -> int:
    if pipe is None:
        raise ScannerError(MISSING)
    os.set_blocking(pipe.fileno(), False)
    return pipe.fileno()


def _wait(descriptor: int, event: int, deadline: float) -> None:
    with selectors.DefaultSelector() as selector:
        selector.register(descriptor, event)
        if not selector.select(max(0.0, deadline - time.monotonic())):
            raise ScannerError(HUNG)


def _sound(verdict: Verdict, texts: Mapping[str, str], policy_hash: str) -> Verdict:
    """The verdict, when it is one on these very texts by this very policy. Raises WireError."""
    inside = all(f.field in texts and 0 <= f.start <= f.end <= len(texts[f.field]) for f in verdict.findings)
    same = list(verdict.redacted) == list(texts) and verdict.policy == policy_hash
    if not (inside and same and verdict.outcome is strictest(verdict.findings)):
        raise wire.WireError("a verdict on something else")
    return verdict


_CURRENT: list[Scanner] = []


def current() -> Scanner:
    """The scanner of this process of ours; after a fork a new one, for pipes have one reader."""
    if not _CURRENT or _CURRENT[0].owner != os.getpid():
        _CURRENT.insert(0, Scanner())
        atexit.register(_CURRENT[0].close)
    return _CURRENT[0]
