from __future__ import annotations

import fcntl
import os
import pty
import select
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.flow.group import GroupRepository, new_group

ORCH = (sys.executable, "-m", "orchestrator")
SECONDS = 60.0
KEY = "AKIA" + "Q3EGRQ7TD5UOHF2X"  # put together here, so that no scanner takes this file for a leak
CPF = "529.982.247-25"


@pytest.fixture
def group(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> GroupRepository:
    """Two companies, one repository, a folder in place of the remotes."""
    return new_group(tmp_path, monkeypatch, capsys)


@pytest.fixture
def leaky(group: GroupRepository) -> GroupRepository:
    """The same with one learning that may be shared and one whose text carries a key and a CPF."""
    group.commit("perf: cache\n\nSolução: Redis na frente do catálogo reduziu a latência pela metade")
    group.commit(f"fix: travava\n\nSolução: reprocessar o cliente {CPF} com a chave {KEY} na conciliação")
    return group


def run(
    *arguments: str | bytes, cwd: Path, stdin: bytes = b"", env: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """`orch` as a process of its own; no traceback and no report of a bug may come of it."""
    done = subprocess.run(
        [*ORCH, *arguments],
        cwd=cwd,
        input=stdin,
        capture_output=True,
        env={**os.environ, **(env or {})},
        timeout=SECONDS,
        check=False,
    )
    out, err = done.stdout.decode("utf-8", "replace"), done.stderr.decode("utf-8", "replace")
    assert "Traceback" not in out + err, err
    assert "orch-bug-" not in out + err, out + err
    return subprocess.CompletedProcess(done.args, done.returncode, out, err)


@pytest.fixture(autouse=True)
def _no_terminal_is_left() -> Iterator[None]:
    """End what a test that failed has left: it would fail another one, wherever it is collected."""
    yield
    while _OPEN:
        _OPEN[-1].close()


@dataclass(eq=False)
class Terminal:
    """A process on a terminal of its own: `expect` text, `send` keys, `end`."""

    process: subprocess.Popen[bytes]
    master: int
    seen: str = ""
    matched: int = 0

    def expect(self, text: str) -> None:
        """Read until the text has appeared after what the last `expect` found.

        Not after all that was read: one read may bring what is expected next as well.
        """
        deadline = time.monotonic() + SECONDS
        while (found := self.seen.find(text, self.matched)) < 0:
            rest = self.seen[self.matched :]
            assert time.monotonic() < deadline and self._read(), f"no {text!r} in {rest!r}"
        self.matched = found + len(text)

    def send(self, keys: str) -> None:
        """Type."""
        os.write(self.master, keys.encode())

    def press(self, key: str) -> None:
        """Type one key once the process reads keys, not lines: what was typed before is thrown away."""
        deadline = time.monotonic() + SECONDS
        while termios.tcgetattr(self.master)[3] & termios.ICANON:
            assert time.monotonic() < deadline, "it never asked for a key"
            time.sleep(0.005)
        self.send(key)

    def interrupt(self) -> int:
        """Ctrl-C, again every half second as a person does; the exit code.

        Python drops the one signal that comes while a destructor runs.
        """
        deadline = time.monotonic() + SECONDS
        while self.process.poll() is None:
            assert time.monotonic() < deadline, "it does not end"
            self.send("\x03")
            time.sleep(0.5)
        return self.end()

    def end(self) -> int:
        """Read to the end; the exit code."""
        try:
            while self._read():
                continue
            return self.process.wait(SECONDS)
        finally:
            self.close()

    def close(self) -> None:
        """End it whatever it does."""
        _OPEN.remove(self)
        self.process.kill()
        self.process.wait()
        os.close(self.master)

    def _read(self) -> bool:
        ready, _w, _x = select.select([self.master], [], [], 30.0)
        try:
            data = os.read(self.master, 65536) if ready else b""
        except OSError:  # Linux: the other side is closed
            data = b""
        self.seen += data.decode("utf-8", "replace")
        return bool(data)


def on_terminal(
    arguments: Sequence[str],
    cwd: Path,
    env: Mapping[str, str] | None = None,
    program: Sequence[str] = ORCH,
) -> Terminal:
    """Start `orch` (or another program) on a pseudo-terminal of 80 columns."""
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    process = subprocess.Popen(
        [*program, *arguments],
        cwd=cwd,
        stdin=slave,
        stdout=slave,
        stderr=slave,
        env={**os.environ, "TERM": "xterm", **(env or {})},
        start_new_session=True,
        preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),  # so that Ctrl-C reaches it
    )
    os.close(slave)
    _OPEN.append(Terminal(process, master))
    return _OPEN[-1]


_OPEN: list[Terminal] = []
