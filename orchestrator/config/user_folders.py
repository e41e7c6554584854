"""Where a user's caches, records and settings lie, as `platformdirs` says.

On Linux that is one variable or one folder of the home (XDG Base Directory Specification), and asking
`platformdirs` costs a command 3 ms of imports. Whatever is unusual, and every other system, is its answer.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Literal

_APPLICATION = "orch"
_DEFAULTS = {"cache": ".cache", "state": ".local/state", "config": ".config"}


def user_folder(kind: Literal["cache", "state", "config"]) -> Path:
    """Orch's own folder of that kind; it may not exist yet."""
    home, named = os.environ.get("HOME", ""), os.environ.get(f"XDG_{kind.upper()}_HOME", "")
    if sys.platform == "linux" and home.startswith("/") and (named.startswith("/") or not named):
        return Path(named or Path(home, _DEFAULTS[kind]), _APPLICATION)
    from platformdirs import PlatformDirs

    found: Path = getattr(PlatformDirs(_APPLICATION, appauthor=False), f"user_{kind}_path")
    return found
