"""Which stores this machine made: a clone may bring a store of its own, with consent that nobody gave.

Each store bears a random identity, and the same identity is recorded beside trust with the clone that has it.
A store that git or an archive put in our store's place is not; of a clone that was copied, one has it.
"""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

from orchestrator.config import heads
from orchestrator.config.state import records, write_private

_IDENTITY = re.compile(r"[0-9a-f]{32}")


def home_of(identity: str, company: str, home: Path) -> str | None:
    """The clone that has the store of that company with that identity, as it was last seen.

    None for a store that this machine neither made nor was told to take over, '' for one of which it does
    not know where it was.
    """
    if not _IDENTITY.fullmatch(identity):
        return None
    try:
        text = (records("stores", home) / identity).read_text("ascii")
    except FileNotFoundError:
        return None
    if text == f"{company}\n":  # of a version that did not record the clone
        seen = heads.kept(identity, home) or heads.proven(identity, home)
        return seen.home if seen else ""
    return _recorded(text, company)


def _recorded(text: str, company: str) -> str | None:
    try:
        found = json.loads(text)
        return str(found["home"]) if found["company"] == company else None
    except (ValueError, KeyError, TypeError):
        return None  # damaged: as good as none


def claim(company: str, home: Path) -> str:
    """A new identity, recorded as ours. Record first: killed after it, no store is left that nobody knows."""
    identity = os.urandom(16).hex()
    _write(identity, company, home)
    return identity


def move_in(identity: str, company: str, home: Path) -> None:
    """The store with that identity is in this clone now, and so is what is remembered of its trail."""
    heads.move_in(identity, home)
    _write(identity, company, home)


def _write(identity: str, company: str, home: Path) -> None:
    record = {"company": company, "home": str(home.resolve())}
    write_private(records("stores", home) / identity, json.dumps(record) + "\n")
