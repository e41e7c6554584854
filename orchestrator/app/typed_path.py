"""A path as a person types it, as git has it: from the top of the work tree, with `/`."""

from __future__ import annotations

import re
from pathlib import Path
from posixpath import normpath

from orchestrator.errors import UsageError
from orchestrator.i18n import _

_PATTERN = re.compile(r"[*?\[]")


def from_top(typed: str, root: Path, here: Path) -> str:
    """The path of a file, a folder or a glob from `root`; '' is the whole tree.

    `./x`, `../x` and what exists in `here` are of that folder; any other is from the top already.
    Raises UsageError for what lies outside of `root`.
    """
    path = typed if "/" in typed else typed.replace("\\", "/")
    if not path:
        return ""
    if not path.startswith("/"):
        if path.split("/")[0] not in {".", ".."} and not _is_in(here, path):
            return path
        path = f"{here}/{path}"
    for top in dict.fromkeys((root, root.resolve())):
        for spelt in (Path(normpath(path)), _resolved(Path(normpath(path)))):
            if spelt.is_relative_to(top):
                found = spelt.relative_to(top).as_posix()
                return "" if found == "." else found
    raise UsageError(
        _("{path} is outside of this repository").format(path=typed),
        _("say a path of {folder}").format(folder=root),
    )


def _is_in(folder: Path, path: str) -> bool:
    """Whether it is there: of a glob, the folder in front of its first sign."""
    if (folder / path).exists():
        return True
    fixed = _PATTERN.split(path)[0].rpartition("/")[0]
    return bool(fixed and _PATTERN.search(path)) and (folder / fixed).is_dir()


def _resolved(path: Path) -> Path:
    """Links in the folders followed; the last part may be a link of the tree itself."""
    return path.parent.resolve() / path.name
