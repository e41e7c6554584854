"""What the scanning process may do: read its pipe, compute, and answer.

Guaranteed by the kernel once `confine()` has returned: no further file descriptor of any kind (so no
socket, no file, no pipe to a program), no byte written to a file, no core dump, bounded memory. The
environment holds none of ours, so there are no credentials in it. By Python only: no process is
started. Not claimed: protection from machine code of an engine that attacks its own host by threads
or signals; it runs with the user's id.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping

MEMORY = 1 << 30  # bytes of data: ten times what the longest text took
_NEEDED = ("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "SYSTEMROOT")  # without them some Pythons don't start
_REFUSED = ("socket.", "subprocess.", "os.fork", "os.exec", "os.posix_spawn", "os.spawn", "os.system", "pty.")


class ConfinedError(RuntimeError):
    """Code in the scanning process tried what is no part of scanning."""


def environment(ours: Mapping[str, str]) -> dict[str, str]:
    """The environment of the scanning process: nothing of ours but where libraries are."""
    kept = {name: ours[name] for name in _NEEDED if name in ours}
    return {**kept, "LC_ALL": "C.UTF-8", "PATH": os.defpath}


def watch() -> None:
    """From here on Python code of this process that asks for a socket or a program raises ConfinedError."""

    def refuse(event: str, _arguments: object) -> None:
        if event.startswith(_REFUSED):
            raise ConfinedError(event)

    sys.addaudithook(refuse)


def confine() -> None:
    """Give up, for good, everything that the kernel lets a process give up. Raises OSError, ValueError."""
    import resource

    limits = {resource.RLIMIT_CORE: 0, resource.RLIMIT_FSIZE: 0, resource.RLIMIT_NOFILE: 0}
    if sys.platform == "linux":
        limits[resource.RLIMIT_DATA] = MEMORY
    for limit, value in limits.items():
        resource.setrlimit(limit, (value, value))
