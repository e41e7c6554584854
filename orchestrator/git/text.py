"""Bytes from git to printable Unicode: nothing that steers a terminal or a parser survives."""

from __future__ import annotations

import re

# C0 (but tab and newline), DEL, C1, the bidirectional controls of "Trojan Source", and the
# two separators that str.splitlines takes for line ends.
_UNPRINTABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")


def visible(text: str) -> str:
    r"""Show control characters as `\x1b` or `\u202e`; newline and tab stay; CRLF becomes newline."""
    if not _UNPRINTABLE.search(text):
        return text
    return _UNPRINTABLE.sub(_escaped, text.replace("\r\n", "\n"))


def decoded(data: bytes) -> str:
    r"""UTF-8 with `\xff` for each byte that is none, and control characters made visible."""
    return visible(data.decode("utf-8", "backslashreplace"))


def one_line(data: bytes) -> str:
    """As `decoded`, for names and paths: newline and tab are made visible too."""
    return decoded(data).replace("\n", "\\x0a").replace("\t", "\\x09")


def _escaped(match: re.Match[str]) -> str:
    code = ord(match[0])
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"
