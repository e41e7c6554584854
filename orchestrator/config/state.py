"""What this user's machine remembers of repositories, outside of all of them."""

from __future__ import annotations

import os
import time
from contextlib import suppress
from pathlib import Path

from orchestrator.config.user_folders import user_folder
from orchestrator.durable import UNFINISHED, flush, replace_file
from orchestrator.errors import UserError
from orchestrator.i18n import _

_ABANDONED = 3600  # seconds


def records(kind: str, *repositories: Path) -> Path:
    """The folder of one kind of records, below the user's state folder; it may not exist yet.

    Raises UserError when it lies inside one of `repositories`, which are what it is about, or
    belongs to another user.
    """
    folder = (_state_folder() / kind).resolve()
    for real in {path.resolve() for path in repositories}:
        if folder == real or real in folder.parents:
            raise UserError(
                _("trust may not be recorded inside the repository itself: {path}").format(path=folder),
                _("set ORCH_STATE_DIR to a folder outside of it"),
            )
    if folder.exists() and folder.stat().st_uid != os.geteuid():
        raise UserError(
            _("{path} belongs to another user").format(path=folder),
            _("set ORCH_STATE_DIR to a folder of your own"),
        )
    return folder


def write_private(path: Path, content: str) -> None:
    """Write an ASCII file of mode 0600 in a folder of mode 0700, whole or not at all.

    What a process left there that was killed while it wrote goes, once it is an hour old.
    """
    path.parent.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.parent.mkdir(mode=0o700, exist_ok=True)
    path.parent.chmod(0o700)
    _clear(path.parent)
    replace_file(path, content.encode("ascii"), 0o600)
    flush(path.parent)


def _clear(folder: Path) -> None:
    for left in folder.glob(f"{UNFINISHED}*"):
        with suppress(FileNotFoundError):  # another process clears, too
            if left.stat().st_mtime < time.time() - _ABANDONED:
                left.unlink()


def _state_folder() -> Path:
    chosen = os.environ.get("ORCH_STATE_DIR", "")
    if chosen:
        return Path(chosen).expanduser()
    return user_folder("state")
