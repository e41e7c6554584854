"""What the folder remotes share: the folder, its lock, atomic writes, safe names.

A folder may lie on a share that several machines mount, so nothing here needs more than
rename, fsync and advisory locks.
"""

from __future__ import annotations

import math
import os
import re
import stat
import unicodedata
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from urllib.parse import unquote, urlsplit

from filelock import FileLock, Timeout

from orchestrator import faultpoint, landmark
from orchestrator.durable import UNFINISHED, flush, replace_file
from orchestrator.errors import TransientError
from orchestrator.i18n import _
from orchestrator.reconcile.doubt import after_sending
from orchestrator.remote import Sighting

LOCK_SECONDS = 10.0
SKEW = 10.0  # seconds: between two clocks, and from a look to its being written down
NAME_BYTES = 120  # of a title inside a file name; file systems stop at 255 with our additions
_KEPT_INVISIBLE = "\n\t\u200c\u200d"  # joiners are part of emoji, Persian and Hindi words
_LEFT = re.compile(rf"{re.escape(UNFINISHED)}[0-9a-f]{{16}}|\.[0-9a-f]{{16}}\.tmp")  # and of earlier versions
_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})


class Folder:
    """A folder that may be away (an unmounted share) and may be shared with other processes."""

    def __init__(self, path: Path, *, private: bool = False) -> None:
        """`private`: one company's own, which holds its words as written."""
        self.path, self._private = path, private

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
        with self.translated():
            mode = self.mode & 0o666
        lock = FileLock(self.path / ".lock", timeout=LOCK_SECONDS, mode=mode)
        try:
            with self.translated():
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
        with self.translated(), suppress(FileExistsError):
            self.path.mkdir(mode=0o700 if self._private else 0o775)

    @property
    def mode(self) -> int:
        """The mode of folders in it; files have it without the right to search. Raises OSError.

        It follows the folder's own, whatever the umask of who writes first: where its group may write, all of
        it can. Others never write. What is private is the owner's, and its group's where only that may write.
        """
        own = stat.S_IMODE(self.path.stat().st_mode)
        if self._private:
            return own & 0o770 if own & 0o022 == 0o020 else 0o700
        return own & 0o775 | 0o700

    def make_file(self, path: Path) -> None:
        """Make an empty file with its mode where there is none, and close a private one to others."""
        flags = os.O_CREAT | os.O_RDWR | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
        with self.translated():
            descriptor = os.open(path, flags, 0o600)
            try:
                if not os.fstat(descriptor).st_size or self._is_open_to_others(descriptor):
                    _set_mode(descriptor, self.mode & 0o666)
            finally:
                os.close(descriptor)

    def _make_within(self, folder: Path) -> None:
        """Make a folder in it, and those above, each with the folder's own mode."""
        if folder == self.path:
            self.make()
        elif not folder.is_dir():
            self._make_within(folder.parent)
            with suppress(FileExistsError):
                folder.mkdir()
                self._close(folder)

    def _close(self, folder: Path) -> None:
        _set_mode(folder, stat.S_IMODE(folder.stat().st_mode) & 0o7000 | self.mode)

    def _is_open_to_others(self, file: Path | int) -> bool:
        """Whether others than may read a company's own words can; for files from before, too."""
        held = file.stat() if isinstance(file, Path) else os.fstat(file)
        return self._private and bool(held.st_mode & 0o077 & ~self.mode)

    def clear(self, top: Path) -> None:
        """Remove what writers that were killed left below; the caller holds the lock."""
        with self.translated():
            self._keep_inside(top / "any")
            if top.is_dir() and self._is_open_to_others(top):
                self._close(top)
            for folder, _folders, names in os.walk(top):
                for name in filter(_LEFT.fullmatch, names):
                    Path(folder, name).unlink(missing_ok=True)

    def marks(self) -> frozenset[str]:
        """By what it is known again. Raises TransientError."""
        with self.translated():
            return landmark.marks(self.path)

    def put_mark(self) -> str:
        """Make the folder known again, and the folder itself if it has to be. Raises TransientError."""
        self.make()
        with self.translated(), faultpoint.around("folder mark"):
            mark = landmark.put_mark(self.path)
            _set_mode(self.path / f"{landmark.PREFIX}{mark}", self.mode & 0o666)
            return mark

    def is_bare(self) -> bool:
        """Whether nothing in it could be orch's. Raises TransientError."""
        with self.translated():
            return landmark.is_bare(self.path)

    def write(self, path: Path, text: str) -> None:
        """Replace a file whole, or leave it as it was; durable when this returns.

        Raises TransientError, also for a path that a link leads out of the folder; one with `in_doubt` where
        the new text is there, and may not be on the disk.
        """
        with self.translated():
            self._make_within(path.parent)
            self._keep_inside(path)
            replace_file(path, text.encode(), self.mode & 0o666, point="folder write")
        self._settle(path.parent)

    def remove(self, path: Path) -> None:
        """Delete a file; one that is gone already is fine."""
        with self.translated():
            self._keep_inside(path)
            with faultpoint.around("folder remove"):
                path.unlink(missing_ok=True)
        self._settle(path.parent)

    def _settle(self, folder: Path) -> None:
        """Bring what was done in a folder to the disk; where that fails, it is done all the same."""
        with after_sending(), self.translated():
            flush(folder)

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


def _set_mode(file: Path | int, mode: int) -> None:
    """As far as the file system, and who made the file, allow it."""
    with suppress(PermissionError):
        file.chmod(mode) if isinstance(file, Path) else os.fchmod(file, mode)


class InFolder:
    """What every remote in a folder says of the folder itself (`remote.Marked`, `remote.Listing`)."""

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

    def doubtful(self, seen: Mapping[str, Sighting]) -> Collection[str]:
        """Those whose file went or may have changed since; a share's clock may be `SKEW` behind ours."""
        files = {url: _changed_at(url) for url in {sighting.url for sighting in seen.values()}}
        return [key for key, s in seen.items() if not s.at or files[s.url] > _epoch(s.at) - SKEW]


def _changed_at(url: str) -> float:
    """When a file was last written or took another's place (seconds since 1970); inf where it is gone."""
    try:
        held = Path(unquote(urlsplit(url).path)).stat()
    except (OSError, ValueError):
        return math.inf
    return max(held.st_mtime, held.st_ctime)


def _epoch(stamp: str) -> float:
    return datetime.fromisoformat(stamp).timestamp()
