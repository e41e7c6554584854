"""What a watch waits on: the system's own watches, or a look every so often."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Protocol

from orchestrator.capture.interest import Meaning
from orchestrator.errors import NotInitialisedError
from orchestrator.git.repository import Repository
from orchestrator.i18n import _


class Source(Protocol):
    """Where changes come from. `plan` first."""

    def plan(self) -> set[str]:
        """Watch what is of interest now; all documents that are there.

        Raises NoWatchesLeftError.
        """

    def changes(self, seconds: float) -> Iterable[Meaning]:
        """What changed since, waiting at most `seconds` for the first.

        Raises NoWatchesLeftError, RepositoryGoneError.
        """

    def close(self) -> None:
        """Watch nothing any more."""


class NoWatchesLeftError(Exception):
    """The user's inotify watches, or instances, are used up. `setting` is the sysctl to raise."""

    def __init__(self, setting: str, watched: int) -> None:
        super().__init__(setting)
        self.setting = setting
        self.watched = watched


class RepositoryGoneError(NotInitialisedError):
    """The work tree, or its git directory, was moved or deleted while it was watched."""

    def __init__(self, path: Path) -> None:
        super().__init__(
            _("{path} was moved or deleted; the watch has ended.").format(path=path),
            _("run `orch watch` where the repository is now (`orch watch --install` to keep it running)"),
        )


class Place:
    """The folders that must stay what they were when the watch began. Raises as `check` does."""

    def __init__(self, repo: Repository) -> None:
        self.paths = {str(path): path for path in (repo.root, repo.git_dir, repo.common_dir)}
        self._known = {path: _identity(path) for path in self.paths.values()}
        self.check()

    def check(self) -> None:
        """Raises RepositoryGoneError when one is gone, or another folder is in its place."""
        for path, known in self._known.items():
            if known is None or _identity(path) != known:
                raise RepositoryGoneError(path)


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino
