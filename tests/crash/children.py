"""Command lines of orch, each in a real process of its own that may be killed at a fault point."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.rig.binaries import REPOSITORY


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a command line ended: its exit code (negative: the signal), the points that it passed, in order,
    the seconds that it slept in simulated time, and what it wrote to stdout and stderr."""

    code: int
    points: tuple[str, ...]
    slept: float
    out: str
    err: str

    @property
    def killed(self) -> bool:
        """True when it died at its point."""
        return self.code == -signal.SIGKILL

    @property
    def data(self) -> Any:
        """The document of `--json`."""
        return json.loads(self.out)["data"]


class Children:
    """A fork server, and one child of it at a time; use one a clone.

    `ask` and `answer` are the two halves of `run`, so that two of them can work at once.
    """

    def __init__(self) -> None:
        self._server = subprocess.Popen(
            [sys.executable, "-m", "tests.crash.forkserver"],
            cwd=REPOSITORY, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=os.environ,
        )  # fmt: skip

    def close(self) -> None:
        """End the fork server."""
        self._server.communicate(timeout=60)

    def run(self, arguments: Sequence[str], folder: Path, **more: Any) -> Outcome:
        """`ask` and `answer`."""
        self.ask(arguments, folder, **more)
        return self.answer()

    def ask(
        self,
        arguments: Sequence[str],
        folder: Path,
        *,
        at: int = 0,
        named: str = "",
        offset: float = 0.0,
        seed: int = 0,
        functions: Sequence[str] = (),
        settings: Mapping[str, object] | None = None,
    ) -> None:
        """Start `orch ARGUMENTS` in `folder`, to be killed at its fault point number `at` (0: never).

        With `named` only points of that name count. `offset` is in seconds from the real time to its own;
        `seed` rolls its dice. With `functions`, each `module:name`, points are their calls and returns in
        place of the program's own; `settings` are module variables by `module:NAME`.
        """
        assert self._server.stdin is not None
        order: dict[str, object] = {
            "arguments": list(arguments),
            "folder": str(folder),
            "environment": dict(os.environ),
        }
        order |= {"at": at, "named": named, "offset": offset, "seed": seed}
        order |= {"functions": list(functions), "settings": dict(settings or {})}
        self._server.stdin.write(json.dumps(order) + "\n")
        self._server.stdin.flush()

    def answer(self) -> Outcome:
        """Wait for its end. One that ends otherwise than orch may (0, 3, 12) or by our signal fails."""
        assert self._server.stdout is not None
        line = self._server.stdout.readline()
        assert line, "the fork server died"
        told = json.loads(line)
        outcome = Outcome(told["code"], tuple(told["points"]), told["slept"], told["out"], told["err"])
        assert outcome.code in (0, 3, 12, -signal.SIGKILL), f"{outcome.code}\n{outcome.out}{outcome.err}"
        return outcome
