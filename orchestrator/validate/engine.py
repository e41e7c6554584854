"""The secret engine behind a one-method interface, and proof that it works before it is trusted.

betterleaks runs in this process as a shared library. Measured with strace: it opens no socket,
reads no configuration file and no configuration variable. Known weaknesses, met here: it stops
at NUL, and a comment `gitleaks:allow` in the text switches it off for that line.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple, Protocol

_DEFUSE = re.compile(r"leaks(:)(?=allow)", re.IGNORECASE)
_UNSAFE = re.compile("[\x00\ud800-\udfff]")


class EngineError(Exception):
    """The engine is missing, raised, or answered what cannot be true."""


class Leak(NamedTuple):
    """A secret that an engine found: its rule, the value, and the match around it."""

    rule: str
    value: str
    full: str


class SecretEngine(Protocol):
    """Anything that finds secrets in a text."""

    def scan(self, text: str) -> Iterable[Leak]:
        """Each secret that stands in `text`. Raises EngineError."""


class Betterleaks:
    """betterleaks in process; network validation is off, as its binding has no way to turn it on."""

    def scan(self, text: str) -> Iterable[Leak]:
        """See SecretEngine."""
        import betterleaks

        found = betterleaks.scan_string(text)
        if not isinstance(found, list):
            raise EngineError("betterleaks answered no list")
        return [_checked(f.rule_id, f.match.value, f.match.full) for f in found]


def _checked(*parts: object) -> Leak:
    if not all(isinstance(part, str) and part for part in parts):
        raise EngineError("betterleaks answered a finding without rule or value")
    return Leak(*map(str, parts))


@lru_cache(maxsize=1)
def load() -> SecretEngine:
    """The engine of this process, after it found a fake token that it must know.

    A library that answers nothing at all (a stub, another platform's, one with its rules gone)
    would otherwise look like clean text. Raises EngineError.
    """
    engine = Betterleaks()
    probe = "ghp_" + "".join(chr(ord("a") + i % 26) + str(i % 10) for i in range(5, 23))
    if not any(leak.value == probe for leak in engine.scan(f"token {probe}")):
        raise EngineError("betterleaks did not find the known example")
    return engine


def prepared(text: str) -> str:
    """The text as the engine can read it, character for character at the same place."""
    safe = _UNSAFE.sub("\ufffd", text)
    return _DEFUSE.sub(lambda m: m.group().replace(":", "_"), safe)
