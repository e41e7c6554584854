"""The steps of installing and uninstalling: each says what it does, then does it whole or not at all."""

from __future__ import annotations

import os
import stat
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from orchestrator.durable import replace_file
from orchestrator.errors import LockedError
from orchestrator.i18n import _

_LOCK_SECONDS = 2.0  # git holds config.lock for the time of one write


@dataclass(frozen=True, slots=True)
class Write:
    """An executable file with this content, in place of whatever has that name."""

    path: Path
    content: bytes

    def describe(self) -> str:
        """What `--dry-run` says."""
        return _("write {path}").format(path=self.path)

    def do(self) -> None:
        """Write beside it, flush, rename: there is no moment without the one or the other."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        replace_file(self.path, self.content, 0o755)


@dataclass(frozen=True, slots=True)
class Keep:
    """The hook at `path` stays under a second name, before ours takes its place."""

    path: Path
    aside: Path

    def describe(self) -> str:
        """What `--dry-run` says."""
        return _("keep {path} as {aside}; it goes on running").format(path=self.path, aside=self.aside)

    def do(self) -> None:
        """A second name for the same file: a kill in between leaves the hook where git runs it."""
        try:
            os.link(self.path, self.aside, follow_symlinks=False)
        except (OSError, NotImplementedError):  # a file system without hard links, or not for links
            self.path.rename(self.aside)


@dataclass(frozen=True, slots=True)
class Move:
    """A file gets another name; what had that name is gone."""

    path: Path
    target: Path

    def describe(self) -> str:
        """What `--dry-run` says."""
        return _("rename {path} to {name}").format(path=self.path, name=self.target.name)

    def do(self) -> None:
        """Rename. Two names of one file would both stay, so the first goes by itself."""
        if same_file(self.path, self.target):
            self.path.unlink()
        else:
            self.path.replace(self.target)


@dataclass(frozen=True, slots=True)
class Remove:
    """A file of ours goes."""

    path: Path

    def describe(self) -> str:
        """What `--dry-run` says."""
        return _("remove {path}").format(path=self.path)

    def do(self) -> None:
        """Unlink; gone already is as good."""
        self.path.unlink(missing_ok=True)


@dataclass(frozen=True, slots=True)
class Rewrite:
    """Git's own configuration file with other content, under git's own lock."""

    path: Path
    before: bytes
    after: bytes

    def describe(self) -> str:
        """What `--dry-run` says."""
        return _("change the section hook.orch of {path}").format(path=self.path)

    def do(self) -> None:
        """Take `config.lock` as git does, write, flush, rename. Raises LockedError when git holds it.

        Also when the file is no longer what the change was made from.
        """
        target = self.path.resolve()  # git too follows a link here
        lock = target.with_name(target.name + ".lock")
        handle = _locked(lock)
        try:
            with os.fdopen(handle, "wb") as file:
                if target.read_bytes() != self.before:
                    raise _busy(target)
                file.write(self.after)
                file.flush()
                os.fsync(file.fileno())
            lock.chmod(stat.S_IMODE(target.stat().st_mode))
            lock.replace(target)
        except BaseException:
            lock.unlink(missing_ok=True)
            raise


class Step(Protocol):
    """One change to the hooks."""

    def describe(self) -> str:
        """What `--dry-run` says, in one line."""

    def do(self) -> None:
        """Do it whole or not at all; doing it again changes nothing. Raises OSError."""


def same_file(one: Path, other: Path) -> bool:
    """True when both names are one file, or one symbolic link: an installation was killed in between."""
    return os.path.lexists(other) and os.path.samestat(one.lstat(), other.lstat())


def _locked(lock: Path) -> int:
    deadline = time.monotonic() + _LOCK_SECONDS
    while True:
        try:
            return os.open(lock, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError as error:
            if time.monotonic() > deadline:
                raise _busy(lock) from error
            time.sleep(0.02)


def _busy(path: Path) -> LockedError:
    return LockedError(
        _("Another program is changing git's configuration ({path}).").format(path=path),
        _("Try again; if no git runs, remove the file config.lock."),
    )
