"""What base64, hexadecimal and percent encoding hide, to a depth of three."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator

DEPTH = 3

_BASE64 = re.compile(r"[A-Za-z0-9+/_-]{12,}={0,2}")
_HEX = re.compile(r"(?<![A-Za-z0-9])(?:0x)?((?:[0-9A-Fa-f]{2}){8,})(?![A-Za-z0-9])")
_WORD = re.compile(r"\S+")
_PERCENT = re.compile(r"%([0-9A-Fa-f]{2})")
_PERCENT_BYTES = re.compile(rb"%([0-9A-Fa-f]{2})")
_URLSAFE = bytes.maketrans(b"-_", b"+/")


def decoded(text: str, depth: int = DEPTH) -> Iterator[tuple[int, int, str]]:
    """Each encoded run as (start, end, plain text); what is nested carries the outermost place.

    Bytes that are not printable UTF-8 are no text and are passed over, so that hashes and binary
    data cost a decode and no scan.
    """
    for start, end, plain in _runs(text):
        yield start, end, plain
        if depth > 1:
            yield from ((start, end, inner) for _, _, inner in decoded(plain, depth - 1))


def _runs(text: str) -> Iterator[tuple[int, int, str]]:
    if _PERCENT.search(text):
        for found in _WORD.finditer(text):
            if _PERCENT.search(found.group()):
                yield from _readable(found, _percent(found.group()))
    for found in _HEX.finditer(text):
        yield from _readable(found, bytes.fromhex(found.group(1)))
    for found in _BASE64.finditer(text):
        yield from _readable(found, _base64(found.group()))


def _percent(run: str) -> bytes:
    return _PERCENT_BYTES.sub(lambda m: bytes.fromhex(m[1].decode()), run.encode("utf-8", "replace"))


def _base64(run: str) -> bytes:
    body = run.rstrip("=").encode().translate(_URLSAFE)
    if len(body) % 4 == 1:  # no base64 has that length: the last character belongs to the prose
        body = body[:-1]
    try:
        return base64.b64decode(body + b"=" * (-len(body) % 4))
    except binascii.Error:
        return b""


def _readable(found: re.Match[str], data: bytes) -> Iterator[tuple[int, int, str]]:
    try:
        plain = data.decode("utf-8")
    except UnicodeDecodeError:
        return
    if plain and plain != found.group() and all(c.isprintable() or c in "\t\r\n" for c in plain):
        yield found.start(), found.end(), plain
