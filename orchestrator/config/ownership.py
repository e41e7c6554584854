"""Which stores this machine made: a clone may bring a store of its own, with consent that nobody gave.

Each store bears a random identity, and the same identity is recorded beside trust. A store that git
or an archive put in our store's place does not know it.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

from orchestrator.config.state import records, write_private

_IDENTITY = re.compile(r"[0-9a-f]{32}")


def is_ours(identity: str, company: str, home: Path) -> bool:
    """Whether this machine made, or was told to take over, the store of that company with that identity."""
    if not _IDENTITY.fullmatch(identity):
        return False
    try:
        return (records("stores", home) / identity).read_text("ascii") == f"{company}\n"
    except FileNotFoundError:
        return False


def claim(company: str, home: Path) -> str:
    """A new identity, recorded as ours. Record first: killed after it, no store is left that nobody knows."""
    identity = os.urandom(16).hex()
    write_private(records("stores", home) / identity, f"{company}\n")
    return identity
