"""Where a hook that was there before ours is kept: under its own name, in a folder of its own.

A program that is run by `#!` finds its own path, so it must lie where its name and its neighbours are
what they were (overcommit is one script under every hook's name). `hooks.orch-prev/` lies beside
`hooks/`, as deep as it, so that relative links and `dirname/..` lead where they led; it holds a link
to each neighbour. See ADR 0045.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from errno import ENOTDIR
from pathlib import Path

from orchestrator.capture.hook_text import NAMES
from orchestrator.durable import replace_file
from orchestrator.i18n import _

SUFFIX = ".orch-prev"
_IGNORE = ".gitignore"  # husky's folder lies in the work tree
_IGNORED = b"*\n"


def kept_folder(folder: Path) -> Path:
    """The folder of the hooks that were in `folder`."""
    return folder.parent / f"{folder.name}{SUFFIX}"


def kept(folder: Path, name: str) -> Path:
    """Where the hook that had this name is, if there was one."""
    return kept_folder(folder) / name


def formerly_kept(folder: Path, name: str) -> Path:
    """Where versions 1 and 2 of our hooks kept it."""
    return folder / f"{name}{SUFFIX}"


def free_names(folder: Path, name: str) -> Iterator[Path]:
    """Names in `folder` for what is kept and no longer run."""
    names = (folder / f"{name}{SUFFIX}-{n}" for n in range(1, 1000))
    return (path for path in names if not os.path.lexists(path))


@dataclass(frozen=True, slots=True)
class Surround:
    """The folder of kept hooks, with a link to each of these neighbours."""

    folder: Path
    neighbours: tuple[str, ...]

    def describe(self) -> str:
        """What `--dry-run` says."""
        return _("link what lies in {folder} from {kept}").format(
            folder=self.folder, kept=kept_folder(self.folder)
        )

    def do(self) -> None:
        """Make the folder and what it lacks; a link to what is gone goes."""
        aside = kept_folder(self.folder)
        if aside.is_symlink():
            raise NotADirectoryError(ENOTDIR, os.strerror(ENOTDIR), str(aside))
        aside.mkdir(parents=True, exist_ok=True)
        replace_file(aside / _IGNORE, _IGNORED, 0o644)
        for entry in _links(self.folder):
            if not os.path.lexists(self.folder / entry.name):
                entry.unlink()
        for name in self.neighbours:
            if not os.path.lexists(aside / name):
                (aside / name).symlink_to(_target(self.folder, name))


@dataclass(frozen=True, slots=True)
class Dissolve:
    """The folder of kept hooks goes; what is in it and not ours goes back to where hooks lie."""

    folder: Path

    def describe(self) -> str:
        """What `--dry-run` says."""
        return _("remove {path}").format(path=kept_folder(self.folder))

    def do(self) -> None:
        """Links first. A file that a hook wrote beside itself keeps its name where that is free."""
        aside = kept_folder(self.folder)
        for link in [*_links(self.folder)]:
            link.unlink()
        (aside / _IGNORE).unlink(missing_ok=True)
        for entry in [*aside.iterdir()]:
            there = self.folder / entry.name
            free = not os.path.lexists(there)
            entry.rename(there if free else next(free_names(self.folder, entry.name)))
        aside.rmdir()


def surround(folder: Path, ours: Callable[[Path], bool]) -> Iterator[Surround]:
    """What links the neighbours of kept hooks; nothing where they are linked already.

    `ours` tells our own hooks, which were no neighbours. Nor is what has the name of one: a kept hook has
    that name there, and a link by it would be run as one.
    """
    found = (e.name for e in folder.iterdir() if SUFFIX not in e.name and not ours(e))
    neighbours = tuple(sorted(name for name in found if name not in (*NAMES, _IGNORE)))
    aside = kept_folder(folder)
    gone = any(not os.path.lexists(folder / link.name) for link in _links(folder))
    if gone or not all(os.path.lexists(aside / name) for name in (*neighbours, _IGNORE)):
        yield Surround(folder, neighbours)


def _links(folder: Path) -> Iterator[Path]:
    aside = kept_folder(folder)
    for entry in [*aside.iterdir()] if aside.is_dir() else ():
        if entry.is_symlink() and entry.readlink() == _target(folder, entry.name):
            yield entry


def _target(folder: Path, name: str) -> Path:
    return Path("..", folder.name, name)
