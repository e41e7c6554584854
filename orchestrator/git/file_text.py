"""The files of a commit as one text: what git told, with separators that no path can contain.

A database splits such a text a hundred times as fast as Python makes rows of it. Only what git
itself made ambiguous is taken apart here: names that no terminal should see, renames, and paths
that look like the beginning of the next file.
"""

from __future__ import annotations

from collections.abc import Iterator

from orchestrator.git.fields import flat

FILE = "\x1e"  # between two files
PART = "\0"  # in a file: `old mode, new mode, old id, new id, letter`, its path, and the old one of a rename
_REGULAR = frozenset({"100", "120"})  # modes of files and symbolic links; 160000 is a submodule's commit
_RENAMED = " R100\0"

FileRow = tuple[str, str, str, str, str]


def file_text(told: str, *, plain: bool) -> str:
    """What `--raw -z` told of one commit, as files separated by FILE and their parts by PART.

    `plain` says that nothing but printable ASCII, newline and NUL is in it.
    """
    told = told.removeprefix("\n")
    if not told.startswith(":"):
        return ""
    text = told[1:-1].replace("\0:", FILE)
    files = len(told) - 1 - len(text)  # the two ends, and a character less for each file but one
    # No rename, and so one path a file; a path that begins with a colon was taken for another file.
    if _RENAMED not in text and text.count(PART) == files and _is_printable(told, plain):
        return text
    tokens = iter(told[:-1].split("\0"))
    return FILE.join(PART.join(filter(None, told_file(token, tokens))) for token in tokens)


def told_file(meta: str, tokens: Iterator[str]) -> tuple[str, str, str]:
    """A file of `--raw`: what its line says, its path and its old path or '', taken from `tokens`."""
    meta = meta.removeprefix("\n")[1:]
    path, old = flat(next(tokens)), ""
    if meta.rpartition(" ")[2][0] in "RC":
        path, old = flat(next(tokens)), path
    return meta, path, old


def file_row(meta: str, path: str, old_path: str = "") -> FileRow:
    """(path, status, blob, old blob, old path) as `model.FileChange` names them."""
    old_mode, new_mode, old, new, letter = meta.split(" ")
    blob = new if new_mode[:3] in _REGULAR else ""
    return path, letter[0], blob, old if old_mode[:3] in _REGULAR else "", old_path


def file_rows(text: str) -> list[FileRow]:
    """The rows of a `file_text`."""
    return [file_row(*file.split(PART)) for file in text.split(FILE)] if text else []


def file_number(text: str) -> int:
    """How many files a `file_text` has."""
    return text.count(FILE) + 1 if text else 0


def _is_printable(told: str, plain: bool) -> bool:
    if plain:
        return "\n" not in told
    return told.replace("\0", "").isprintable()
