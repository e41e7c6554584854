"""What ends a watch: set from a signal handler or another thread, and waited for beside other things."""

from __future__ import annotations

import os
import select
from contextlib import suppress


class Stop:
    """A flag with a descriptor, so that who waits for files and for the end sleeps without waking.

    Safe to set in a signal handler: setting writes one byte to a pipe.
    """

    def __init__(self) -> None:
        self._read, self._write = os.pipe()
        os.set_blocking(self._write, False)
        self._is_set = False

    def __enter__(self) -> Stop:
        return self

    def __exit__(self, *_exception: object) -> None:
        os.close(self._read)
        os.close(self._write)

    def set(self) -> None:
        """End the watch. A second time changes nothing."""
        self._is_set = True
        with suppress(BlockingIOError):  # full of earlier bytes, which wake as well
            os.write(self._write, b"\0")

    def is_set(self) -> bool:
        """Whether the watch is to end."""
        return self._is_set

    def fileno(self) -> int:
        """Readable once it is set."""
        return self._read

    def wait(self, seconds: float) -> bool:
        """Sleep until it is set, at most `seconds`; whether it is."""
        return ready(seconds, self) or self._is_set


def ready(seconds: float, *sources: Stop | int) -> bool:
    """Wait at most `seconds` until one of these descriptors is readable; whether one is."""
    poller = select.poll()
    for source in sources:
        poller.register(source, select.POLLIN)
    return bool(poller.poll(max(0, round(seconds * 1000))))
