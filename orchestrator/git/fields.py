"""The NUL-separated fields of a stream, as printable text; what every reader of `-z` output shares."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from orchestrator.git.text import visible

# What `visible` would change; looked for once a chunk, because most chunks have none of it.
_UNPRINTABLE = re.compile("[\x01-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")


def fields(chunks: Iterable[bytes]) -> Iterator[str]:
    r"""Each field decoded as `text.decoded` does. A field that git did not end is left out."""
    rest = b""
    for chunk in chunks:
        whole, ended, rest = (rest + chunk).rpartition(b"\0")
        if ended:
            text = whole.decode("utf-8", "backslashreplace")
            found = text.split("\0")
            yield from map(visible, found) if _UNPRINTABLE.search(text) else found


def flat(name: str) -> str:
    """A field that is a name or a path: newline and tab are made visible too."""
    return name if name.isprintable() else name.replace("\n", "\\x0a").replace("\t", "\\x09")
