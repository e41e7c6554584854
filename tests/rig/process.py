"""A server process that cannot outlive us: killed outright or not, its end follows ours."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

# Descriptor 3 is a pipe whose other end only we hold: when we are gone, `read` returns.
_KEEPER = """
signal=$1; shift
exec 3<&0 </dev/null
"$@" 3<&- &
child=$!
( read _ <&3; kill -s "$signal" "$child" ) 2>/dev/null &
wait "$child"
"""


class Child:
    """`arguments` run with exactly `environment`, output into `log`, ended by `stop_signal` (INT, TERM)."""

    def __init__(
        self,
        arguments: Sequence[str | Path],
        environment: Mapping[str, str],
        log: Path,
        stop_signal: str,
        **options: Any,
    ) -> None:
        self.log = log
        with log.open("ab") as output:
            self._process = subprocess.Popen(
                ["/bin/sh", "-c", _KEEPER, "keeper", stop_signal, *map(str, arguments)],
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=output,
                env=dict(environment),
                cwd="/",
                start_new_session=True,  # Ctrl-C is for us, not for it
                **options,
            )

    @property
    def running(self) -> bool:
        """Whether the program has not ended yet."""
        return self._process.poll() is None

    def stop(self) -> None:
        """Ask it to end, and wait until it has."""
        if self._process.stdin is not None:
            self._process.stdin.close()
        try:
            self._process.wait(20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait(5)
            raise
