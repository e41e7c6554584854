"""The records of a stream, decoded by the chunk, and their fields: what every reader of `git log` shares.

Fields that people wrote must pass through `prose` or `flat` before anything else sees them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from orchestrator.git.text import visible

PLAIN = bytes([0, 10, *range(32, 127)])  # printable ASCII, newline and NUL
PLAIN_OR_TAB = bytes([9, *PLAIN])
# Anything but printable ASCII, newline and tab. Three times as fast to look for as what `visible`
# would change, and most texts have none of it.
_UNUSUAL = re.compile(r"[^\n\t -~]")


def whole_records(chunks: Iterable[bytes], mark: bytes) -> Iterator[bytes]:
    """The stream, cut before some of its marks. A record of any length is put together once.

    The last record comes only when `chunks` has ended well.
    """
    waiting: list[bytes] = []
    before = b""
    for chunk in chunks:
        waiting.append(chunk)
        before += chunk
        if mark in before:
            whole, found, rest = b"".join(waiting).rpartition(mark)
            if whole:
                yield whole
            waiting = [found + rest]
            before = rest
        before = before[1 - len(mark) :]  # the mark may be cut in two
    if last := b"".join(waiting):
        yield last


def records(chunks: Iterable[bytes], mark: bytes, allowed: bytes = PLAIN) -> Iterator[tuple[str, bool]]:
    """What stands between the marks, and whether it is plain: printable, but for what is `allowed`.

    Nothing in what is plain needs a look at each of its fields.
    """
    for whole in whole_records(chunks, mark):
        text, plain = decoded(whole, allowed)
        if plain:
            yield from ((record, True) for record in text.split(mark.decode()) if record)
        else:
            yield from (decoded(record, allowed) for record in whole.split(mark) if record)


def decoded(data: bytes, allowed: bytes) -> tuple[str, bool]:
    """The text and whether it is plain."""
    try:
        return data.decode(), _is_printable(data, allowed)
    except UnicodeDecodeError:
        return data.decode("utf-8", "backslashreplace"), False


def is_plain(data: bytes, allowed: bytes) -> bool:
    """Whether this is UTF-8, and printable but for what is `allowed`."""
    try:
        return _is_printable(data, allowed) and (data.isascii() or bool(data.decode()))
    except UnicodeDecodeError:
        return False


def _is_printable(data: bytes, allowed: bytes) -> bool:
    """Told by the few bytes that are not `allowed` ones."""
    return data.translate(None, allowed).decode().isprintable()


def prose(text: str) -> str:
    """A field of several lines, as `text.decoded` gives it."""
    return visible(text) if _UNUSUAL.search(text) else text


def flat(name: str) -> str:
    """A field that is a name or a path, as `text.one_line` gives it."""
    return name if name.isprintable() else visible(name).replace("\n", "\\x0a").replace("\t", "\\x09")
