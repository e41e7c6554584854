"""Linux's inotify(7), by the C library: watches on single folders, and what happened in them.

Not watchdog's: below the first folder of a recursive watch that swallows "no watches left", it does
not tell its caller when the kernel dropped events, and it cannot leave ignored folders out.
"""

from __future__ import annotations

import ctypes
import errno
import os
import struct
from dataclasses import dataclass

CLOSE_WRITE, MOVED_FROM, MOVED_TO = 0x8, 0x40, 0x80
CREATE, DELETE, DELETE_SELF, MOVE_SELF = 0x100, 0x200, 0x400, 0x800
UNMOUNT, OVERFLOW, IGNORED, IS_FOLDER = 0x2000, 0x4000, 0x8000, 0x4000_0000
_ONLY_FOLDERS, _NO_LINKS, _NOT_UNLINKED = 0x100_0000, 0x200_0000, 0x400_0000
# Nothing that reading causes: who looks (grep -r, git status, our own walk) must make no events.
_WANTED = CLOSE_WRITE | MOVED_FROM | MOVED_TO | CREATE | DELETE | DELETE_SELF | MOVE_SELF
_MASK = _WANTED | _ONLY_FOLDERS | _NO_LINKS | _NOT_UNLINKED
_HEAD = struct.Struct("iIII")  # watch descriptor, mask, cookie, length of the name
_BUFFER = 1 << 16
_NONBLOCKING_CLOSED_ON_EXEC = os.O_NONBLOCK | os.O_CLOEXEC


@dataclass(frozen=True, slots=True)
class Event:
    """Something in the folder of watch `descriptor`; `name` is '' when it is about the folder itself."""

    descriptor: int
    mask: int
    name: str

    @property
    def of_folder(self) -> bool:
        """Whether what came, went or moved is a folder."""
        return bool(self.mask & IS_FOLDER)


class Inotify:
    """One inotify instance. Raises OSError: EMFILE when the user has none left."""

    def __init__(self) -> None:
        self._libc = ctypes.CDLL(None, use_errno=True)
        self._descriptor = self._checked(self._libc.inotify_init1(_NONBLOCKING_CLOSED_ON_EXEC))

    def fileno(self) -> int:
        """Readable when something happened."""
        return self._descriptor

    def close(self) -> None:
        """Give all watches back."""
        os.close(self._descriptor)

    def add(self, folder: str) -> int:
        """Watch a folder; the same descriptor for the same folder.

        Raises OSError: ENOSPC when the user has no watches left, ENOENT or ENOTDIR (a link too)
        when there is no such folder, EACCES when it may not be read.
        """
        path = os.fsencode(folder)
        return self._checked(self._libc.inotify_add_watch(self._descriptor, path, _MASK), folder)

    def remove(self, descriptor: int) -> None:
        """Watch a folder no longer; harmless when it is gone."""
        self._libc.inotify_rm_watch(self._descriptor, descriptor)

    def read(self) -> list[Event]:
        """What happened since, in order, as much as one read gives; [] for nothing."""
        try:
            data = os.read(self._descriptor, _BUFFER)
        except BlockingIOError:
            return []
        events, position = [], 0
        while position < len(data):
            descriptor, mask, _cookie, length = _HEAD.unpack_from(data, position)
            position += _HEAD.size + length
            name = data[position - length : position].rstrip(b"\0")
            events.append(Event(descriptor, mask, os.fsdecode(name)))
        return events

    def _checked(self, result: int, folder: str | None = None) -> int:
        if result == -1:
            code = ctypes.get_errno()
            raise OSError(code, os.strerror(code), folder)
        return result


def exhausted(error: OSError) -> bool:
    """Whether the system has no watches (or instances, or memory for them) left."""
    return error.errno in (errno.ENOSPC, errno.EMFILE, errno.ENOMEM)


def setting(error: OSError) -> str:
    """The sysctl that an exhausted system would need raised."""
    instances = error.errno == errno.EMFILE
    return "fs.inotify.max_user_instances" if instances else "fs.inotify.max_user_watches"
