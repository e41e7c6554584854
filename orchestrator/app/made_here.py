"""Whether the history's file was made on this machine: a clone may bring one, and its parser would read it.

The file cannot be asked before it is opened. So a name that nobody can guess stands beside it, and under
that name this user's machine remembers which file it was: a copy, or what git put in its place, is another.
"""

from __future__ import annotations

import os
import re
import stat
from functools import cached_property
from pathlib import Path

from orchestrator.config.state import records, write_private
from orchestrator.errors import UserError
from orchestrator.git.process import execute
from orchestrator.i18n import _

NAME = "history.id"
CHECKSUM = 8  # bytes
_NONCE = re.compile(r"[0-9a-f]{32}")


class CommittedError(UserError):
    """The history's file is one that git tracks."""


class MadeHere:
    """The records about the history of one clone, of which `home` is the folder (`Group.home`)."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self._beside = home / ".orch" / "companies" / NAME

    def is_ours(self, path: Path) -> bool:
        """True for no file at all. Raises CommittedError for one that git tracks, or whose log it tracks."""
        if self._tracked:
            raise CommittedError(
                _("{path} is committed to git: who pushed it decided what it holds").format(
                    path=self._tracked
                ),
                _("run `git rm --cached {path}`, move the file away, and run the command again").format(
                    path=self._tracked
                ),
            )
        return self.knows(path) or not (path.exists() or path.with_name(f"{path.name}.wal").exists())

    def knows(self, path: Path) -> bool:
        """Whether there is a file that was made here; git is not asked."""
        try:
            there = path.lstat()
        except FileNotFoundError:
            return False
        return stat.S_ISREG(there.st_mode) and self._recorded() == _named(path, there)

    def claim(self, path: Path) -> None:
        """Record first: killed after it, the file is made anew."""
        nonce = os.urandom(16).hex()
        write_private(records("histories", self._home) / nonce, _named(path, path.lstat()))
        write_private(self._beside, nonce)

    def _recorded(self) -> str:
        try:
            nonce = self._beside.read_text("ascii").strip()
            if not _NONCE.fullmatch(nonce):
                return ""
            return (records("histories", self._home) / nonce).read_text("ascii")
        except (OSError, UnicodeDecodeError):
            return ""

    @cached_property
    def _tracked(self) -> str:
        asked = ["ls-files", "-z", "--", ".orch/history.duckdb", ".orch/history.duckdb.wal"]
        return execute(self._home, asked).stdout.split(b"\0")[0].decode("utf-8", "replace")


def _named(path: Path, there: os.stat_result) -> str:
    """Which file it is: its place on the disk, which another one may have later, and what it begins with.

    DuckDB's first block is written once. It has an identifier by chance, and begins with its own checksum.
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        begin = os.read(descriptor, CHECKSUM)
    finally:
        os.close(descriptor)
    return f"{there.st_dev}:{there.st_ino}:{begin.hex()}"
