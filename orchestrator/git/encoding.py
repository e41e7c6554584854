"""What bytes say whose encoding nobody tells: contents of files, and messages that declare none."""

from __future__ import annotations

import codecs
from dataclasses import dataclass

# UTF-32's mark begins with UTF-16's: it is asked for first.
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
    (codecs.BOM_UTF8, "utf-8-sig"),
)
_WIDE = ((1, "utf-16-le"), (0, "utf-16-be"))  # where Latin text without a mark has its zeros
_HEAD = 8_000  # bytes in which an encoding is looked for
# Windows-1252 in place of the control characters that Latin-1 has there; five of them it leaves as they are.
_WINDOWS = {n: bytes([n]).decode("cp1252", "ignore") or chr(n) for n in range(0x80, 0xA0)}
_STRAY = {0xDC00 + n: _WINDOWS.get(n, chr(n)) for n in range(0x80, 0x100)}  # as `surrogateescape` marks them


@dataclass(frozen=True, slots=True)
class Reading:
    """Every text that the bytes may be, the likeliest first; `certain` where there is no other."""

    texts: tuple[str, ...]
    certain: bool = True


def reading(content: bytes) -> Reading | None:
    """What the bytes say; None for what is no text in any encoding that can be told.

    What is not UTF-8 may be UTF-8 with strays, Windows-1252 (and so Latin-1), or MS-DOS's 850.
    """
    for mark, encoding in _MARKS:
        if content.startswith(mark):
            return _in(encoding, content)
    if b"\0" in content:
        found = _wide(content[:_HEAD])
        return _in(found, content) if found else None
    try:
        return Reading((content.decode(),))
    except UnicodeDecodeError:
        mixed = content.decode("utf-8", "surrogateescape").translate(_STRAY)
        texts = (mixed, western(content), content.decode("cp850"))
        return Reading(tuple(dict.fromkeys(texts)), certain=False)


def western(raw: bytes) -> str:
    """The bytes as Windows-1252, and so as Latin-1: whatever they are, that is a text."""
    return raw.decode("latin-1").translate(_WINDOWS)


def _in(encoding: str, content: bytes) -> Reading:
    try:
        return Reading((content.decode(encoding),))
    except UnicodeDecodeError:
        return Reading((content.decode(encoding, "replace"), western(content)), certain=False)


def _wide(head: bytes) -> str:
    """The form of UTF-16 in which the bytes are Latin text; '' for none."""
    for first, encoding in _WIDE:
        if head[first::2].count(0) * 10 >= len(head[first::2]) * 8 and 0 not in head[1 - first :: 2]:
            return encoding
    return ""
