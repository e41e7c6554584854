"""The files of a commit as `git log --raw -z` tells them: modes, ids, a letter, then one path or two."""

from __future__ import annotations

from collections.abc import Iterator

from orchestrator.git.fields import flat

_REGULAR = frozenset({"100", "120"})  # modes of files and symbolic links; 160000 is a submodule's commit

FileRow = tuple[str, str, str, str, str]


def raw_rows(told: str) -> list[FileRow]:
    """(path, status, blob, old blob, old path) of each file, as `model.FileChange` names them."""
    tokens = iter(told.removeprefix("\n").split("\0"))
    return [_row(meta, tokens) for meta in tokens if meta]


def _row(meta: str, tokens: Iterator[str]) -> FileRow:
    old_mode, new_mode, old, new, letter = meta[1:].split(" ")
    path, old_path = flat(next(tokens)), ""
    if letter[0] in "RC":
        path, old_path = flat(next(tokens)), path
    blob = new if new_mode[:3] in _REGULAR else ""
    return path, letter[0], blob, old if old_mode[:3] in _REGULAR else "", old_path
