"""What the folder remotes share: the folder, its lock, atomic writes, safe names.

A folder may lie on a share that several machines mount, so nothing here needs more than
rename, fsync and advisory locks.
"""

from __future__ import annotations

import os
import re
import secrets
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from orchestrator import faultpoint, landmark
from orchestrator.errors import TransientError
from orchestrator.i18n import _

LOCK_SECONDS = 10.0
NAME_BYTES = 120  # of a title inside a file name; file systems stop at 255 with our additions
_KEPT_INVISIBLE = "\n\t\u200c\u200d"  # joiners are part of emoji, Persian and Hindi words
_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})


class Folder:
    """A folder that may be away (an unmounted share) and may be shared with other processes."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @contextmanager
    def translated(self) -> Iterator[None]:
        """Failures of the disk or the share become TransientError: the queue is kept."""
        try:
            yield
        except OSError as error:
            words = _("the folder {folder} cannot be used: {reason}")
            reason = error.strerror or type(error).__name__
            hint = _("see that it is there, may be written and has room on its disk")
            raise TransientError(words.format(folder=self.path, reason=reason), hint) from error

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Be the only writer. Raises TransientError when another one takes longer than 10 s."""
        self.make()
        lock = FileLock(self.path / ".lock", timeout=LOCK_SECONDS)
        try:
            lock.acquire()
        except Timeout as error:
            words = _("another process is writing to {folder}").format(folder=self.path)
            raise TransientError(words, retry_after=LOCK_SECONDS) from error
        try:
            yield
        finally:
            lock.release()

    def make(self) -> None:
        """Create the folder itself, never its parents: a missing parent is a missing share."""
        with self.translated():
            self.path.mkdir(exist_ok=True)

    def marks(self) -> frozenset[str]:
        """By what it is known again. Raises TransientError."""
        with self.translated():
            return landmark.marks(self.path)

    def put_mark(self) -> str:
        """Make the folder known again, and the folder itself if it has to be. Raises TransientError."""
        self.make()
        with self.translated(), faultpoint.around("folder mark"):
            return landmark.put_mark(self.path)

    def is_bare(self) -> bool:
        """Whether nothing in it could be orch's. Raises TransientError."""
        with self.translated():
            return landmark.is_bare(self.path)

    def write(self, path: Path, text: str) -> None:
        """Replace a file whole, or leave it as it was; durable when this returns.

        Raises TransientError, also for a path that a link leads out of the folder.
        """
        with self.translated():
            path.parent.mkdir(parents=True, exist_ok=True)
            self._keep_inside(path)
            temporary = path.parent / f".{secrets.token_hex(8)}.tmp"
            try:
                with temporary.open("x", encoding="utf-8", newline="\n") as file:
                    file.write(text)
                    file.flush()
                    os.fsync(file.fileno())
                with faultpoint.around("folder write"):
                    temporary.replace(path)
            finally:
                temporary.unlink(missing_ok=True)
            _sync(path.parent)

    def remove(self, path: Path) -> None:
        """Delete a file; one that is gone already is fine."""
        with self.translated():
            self._keep_inside(path)
            with faultpoint.around("folder remove"):
                path.unlink(missing_ok=True)
            _sync(path.parent)

    def rename(self, path: Path, now: Path) -> None:
        """Give a file another name beside the former one."""
        with self.translated():
            self._keep_inside(path)
            with faultpoint.around("folder rename"):
                path.replace(now)

    def _keep_inside(self, path: Path) -> None:
        if not path.parent.resolve().is_relative_to(self.path.resolve()):
            raise OSError(0, _("a link leads out of the folder"))


def visible(text: str) -> str:
    """Text that no terminal or editor obeys: control and direction characters as escapes."""
    text = text.replace("\r\n", "\n")
    return "".join(c if _shows(c) else f"\\u{ord(c):04x}" for c in text)


def one_line(text: str) -> str:
    """`visible`, with every run of blanks and line breaks as one space."""
    return " ".join(visible(text).split())


def file_name(text: str) -> str:
    """A title as part of a file name: words, digits and inner dashes, at most 120 bytes; maybe ''."""
    text = unicodedata.normalize("NFC", text)
    words = re.sub(r"[^\w\-]+", " ", text).replace("_", " ").split()
    return " ".join(words).encode()[:NAME_BYTES].decode("utf-8", "ignore").lstrip(" -").rstrip()


def _shows(character: str) -> bool:
    return character in _KEPT_INVISIBLE or unicodedata.category(character) not in _HIDDEN


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


class InFolder:
    """What every remote in a folder says of the folder itself (`remote.Marked`)."""

    _folder: Folder

    def marks(self) -> frozenset[str]:
        """By what the folder is known again. Raises TransientError."""
        return self._folder.marks()

    def put_mark(self) -> str:
        """Make the folder known again. Raises TransientError."""
        return self._folder.put_mark()

    def is_bare(self) -> bool:
        """Whether nothing in the folder could be orch's. Raises TransientError."""
        return self._folder.is_bare()
