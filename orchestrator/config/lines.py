"""Which line of a TOML text says what: tomllib's own grammar, asked statement by statement.

tomllib keeps no positions, and neither does tomlkit (its items know their whitespace, not their
line). Any run of whole lines that tomllib accepts is one or more statements; the shortest such run
from a given line is exactly one. So the finder needs no grammar of its own, and is only asked when
there is an error to report.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from typing import Any

Path = tuple[str | int, ...]

# Bytes of TOML that one question may parse before the answer becomes the nearest line known so far:
# a hostile file of thousands of lines in one array must not hang the command that refuses it.
_BUDGET = 3_000_000


def line_of(text: str, path: Path) -> int:
    """The line, from 1, on which `path` is first written; else its nearest ancestor's; else 1.

    `path` is how one would index the parsed data: `("company", 1, "paths")`. An index into a list
    that runs over several lines gives the line of that element.
    """
    index = dict(_index(text))
    if path and isinstance(path[-1], int) and path not in index and path[:-1] in index:
        return _element_line(text, index[path[:-1]], path[-1])
    while path and path not in index:
        path = path[:-1]
    return index.get(path, 1)


def _index(text: str) -> Iterator[tuple[Path, int]]:
    """Every path of the text with the line of its first mention, last mention first."""
    seen: dict[Path, int] = {}
    counts: dict[Path, int] = {}
    table: Path = ()
    for line, statement, is_header in _statements(text):
        if is_header:
            table = _table_path(statement, counts)
            for end in range(1, len(table) + 1):
                seen.setdefault(table[:end], line)
        else:
            for path in _paths(statement, table):
                seen.setdefault(path, line)
    yield from seen.items()


def _statements(text: str) -> Iterator[tuple[int, dict[str, Any], bool]]:
    """Each statement of the text: its first line, what it parses to alone, and whether `[…]`."""
    lines = text.removeprefix("\ufeff").replace("\r\n", "\n").split("\n")
    start, budget = 0, _BUDGET
    for end in range(1, len(lines) + 1):
        if end - start > 1 and not any(mark in lines[end - 1] for mark in ("]", '"""', "'''")):
            continue
        block = "\n".join(lines[start:end])
        budget -= len(block)
        if budget < 0:
            return
        statement = _parse(block)
        if statement is not None:
            yield start + 1, statement, block.lstrip(" \t").startswith("[")
            start = end


def _parse(block: str) -> dict[str, Any] | None:
    try:
        return tomllib.loads(block)
    except (ValueError, RecursionError):
        return None


def _table_path(statement: Mapping[str, Any], counts: dict[Path, int]) -> Path:
    """The full path of a header, `[[company]]` counted in `counts`."""
    path: Path = ()
    node: Any = statement
    while node:
        key = next(iter(node))
        path, node = (*path, key), node[key]
        if isinstance(node, list):
            counts[path] = counts.get(path, -1) + 1
            node = node[0]
        if path in counts:
            path = (*path, counts[path])
    return path


def _paths(value: Any, prefix: Path) -> Iterator[Path]:
    """Every path below `prefix` that a statement's value defines."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield (*prefix, key)
            yield from _paths(inner, (*prefix, key))


def _element_line(text: str, line: int, element: int) -> int:
    """The line of one element of a list: the first line that, closed with `]`, has that many."""
    lines = text.removeprefix("\ufeff").replace("\r\n", "\n").split("\n")
    for end in range(line, min(len(lines), line + 1000) + 1):
        parsed = _parse("\n".join([*lines[line - 1 : end], "]"])) or _parse("\n".join(lines[line - 1 : end]))
        values = _only_list(parsed)
        if len(values) > element:
            return end
    return line


def _only_list(parsed: Any) -> list[Any]:
    while isinstance(parsed, dict) and parsed:
        parsed = next(iter(parsed.values()))
    return parsed if isinstance(parsed, list) else []
