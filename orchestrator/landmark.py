"""By what a shared folder is known again: its path may change, its own marks go with it.

A mark is a small file at the folder's top, with a random id in its name. A folder may have several: two
machines that write there first at the same moment each put one, and a synchronised folder keeps both. A store
remembers one of them; the folder is the same for as long as that one is in it, by whatever path.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

from orchestrator.durable import flush

PREFIX = ".orch-folder-"
TEXT = "orch knows this folder by the name of this file. Keep it with the folder.\n"
CONTENT = ("memory.db", "issues", "pages", "pulls")  # what orch puts into a folder
_MARK = re.compile(re.escape(PREFIX) + r"([0-9a-f]{32})")


def marks(folder: Path) -> frozenset[str]:
    """The ids of the folder's marks; none where there is no folder. Raises OSError."""
    try:
        found = [_MARK.fullmatch(path.name) for path in folder.iterdir()]
    except (FileNotFoundError, NotADirectoryError):
        return frozenset()
    return frozenset(match[1] for match in found if match)


def put_mark(folder: Path) -> str:
    """Give a folder that is there a mark; its id, once it is on disk. Raises OSError."""
    mark = os.urandom(16).hex()
    with (folder / f"{PREFIX}{mark}").open("x", encoding="ascii") as file:
        file.write(TEXT)
        file.flush()
        os.fsync(file.fileno())
    flush(folder)
    return mark


def is_bare(folder: Path) -> bool:
    """Whether nothing in it could be orch's: no folder, an empty one, or one of somebody else."""
    return not any((folder / name).exists() for name in CONTENT)


def same_file(one: Path, other: Path) -> bool:
    """True for two paths of one file or folder that is there."""
    try:
        return one.samefile(other)
    except OSError:
        return False
