"""The records of a stream, decoded by the chunk, and their fields: what every reader of `git log -z` shares.

Fields that people wrote must pass through `prose` or `flat` before anything else sees them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from orchestrator.git.text import visible

_PLAIN = bytes([0, 10, *range(32, 127)])
# Anything but printable ASCII, newline and tab. Three times as fast to look for as what `visible`
# would change, and most texts have none of it.
_UNUSUAL = re.compile(r"[^\n\t -~]")


def records(chunks: Iterable[bytes], mark: bytes) -> Iterator[tuple[str, bool]]:
    """What stands between the marks, and whether it is plain: printable, but for newline and NUL.

    Nothing in what is plain needs a look at each of its fields. The last record comes only when
    `chunks` has ended well. A record of any length is put together once.
    """
    waiting: list[bytes] = []
    before = b""
    for chunk in chunks:
        waiting.append(chunk)
        before += chunk
        if mark in before:
            whole, _mark, rest = b"".join(waiting).rpartition(mark)
            yield from _records(whole, mark)
            waiting = [rest]
        before = before[1 - len(mark) :]  # the mark may be cut in two
    yield from _records(b"".join(waiting), mark)


def _records(whole: bytes, mark: bytes) -> Iterator[tuple[str, bool]]:
    text, plain = _decoded(whole)
    if plain:
        yield from ((record, True) for record in text.split(mark.decode()) if record)
    else:
        yield from (_decoded(record) for record in whole.split(mark) if record)


def _decoded(data: bytes) -> tuple[str, bool]:
    """The text and whether it is plain, told by the few bytes that are no printable ASCII."""
    try:
        return data.decode(), data.translate(None, _PLAIN).decode().isprintable()
    except UnicodeDecodeError:
        return data.decode("utf-8", "backslashreplace"), False


def prose(text: str) -> str:
    """A field of several lines, as `text.decoded` gives it."""
    return visible(text) if _UNUSUAL.search(text) else text


def flat(name: str) -> str:
    """A field that is a name or a path, as `text.one_line` gives it."""
    return name if name.isprintable() else visible(name).replace("\n", "\\x0a").replace("\t", "\\x09")
