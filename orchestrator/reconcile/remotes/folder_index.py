"""What objects lie below a folder, by their keys."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from orchestrator.reconcile.remotes.folder_file import ObjectFile, read

Index = dict[str, ObjectFile]
Copies = dict[str, list[ObjectFile]]


def objects_below(top: Path) -> tuple[Index, Copies]:
    """Every object by key, and what a synchronisation left beside it: the later revision counts.

    Reads each Markdown file once. Raises OSError for what cannot be read.
    """
    files = [f for f in map(read, _markdown(top)) if f is not None]
    files.sort(key=lambda f: (-f.revision, str(f.path)))
    index: Index = {}
    copies: Copies = {}
    for file in files:
        if file is not index.setdefault(file.key, file):
            copies.setdefault(file.key, []).append(file)
    return index, copies


def _markdown(top: Path) -> Iterator[Path]:
    """The Markdown files below a folder, links neither followed nor listed."""
    for folder, _folders, names in os.walk(top, onerror=_tell):
        for name in names:
            if name.endswith(".md") and not name.startswith("."):
                yield Path(folder, name)


def _tell(error: OSError) -> None:
    if not isinstance(error, FileNotFoundError):
        raise error
