"""The last row of each trail of decisions, as this machine saw it and as it last proved it, beside trust.

A chain of hashes shows what was changed inside it, but not what was cut off at its end, and not a chain
that somebody wrote anew. The head that is kept outside of the repository shows both.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from orchestrator.config.state import records, write_private


@dataclass(frozen=True, slots=True)
class Head:
    """The last row that was seen of a trail: its number and hash; whose it is, and in which clone."""

    home: str
    company: str
    number: int
    hash: str


def keep(identity: str, company: str, home: Path, number: int, row_hash: str) -> None:
    """Remember row `number` (from 1) as the last of the trail in the store with that identity.

    Never goes back: an older head is kept when the store has lost what came after it.
    """
    earlier = kept(identity, home)
    if earlier is None or earlier.number < number:
        head = Head(str(home.resolve()), company, number, row_hash)
        write_private(_folder(home) / identity, json.dumps(asdict(head)) + "\n")


def kept(identity: str, home: Path) -> Head | None:
    """The head of the store with that identity; None when none was kept, or the record is damaged."""
    return _read(_folder(home) / identity)


def earlier(company: str, home: Path, identity: str) -> Iterator[tuple[str, Head]]:
    """(identity, head) of trails that this clone had for the company in stores that are not this one."""
    for path in sorted(_folder(home).glob("[0-9a-f]*")):
        head = _read(path)
        if head and path.name != identity and (head.home, head.company) == (str(home.resolve()), company):
            yield path.name, head


def forget(identity: str, home: Path) -> None:
    """Remember no head of that store any more."""
    for folder in (_folder(home), _proofs(home)):
        (folder / identity).unlink(missing_ok=True)


def move_in(identity: str, home: Path) -> None:
    """The store with that identity is in this clone now."""
    for folder in (_folder(home), _proofs(home)):
        _rehome(folder / identity, str(home.resolve()))


def give_up(identity: str, home: Path) -> None:
    """Let its clone miss that trail no more; should the store turn up, what was seen of it still counts."""
    _rehome(_folder(home) / identity, "")


def _rehome(path: Path, home: str) -> None:
    head = _read(path)
    if head is not None and head.home != home:
        write_private(path, json.dumps({**asdict(head), "home": home}) + "\n")


def prove(identity: str, company: str, home: Path, number: int, row_hash: str) -> None:
    """Remember that the trail was walked and found sound up to and with row `number`."""
    head = Head(str(home.resolve()), company, number, row_hash)
    if proven(identity, home) != head:
        write_private(_proofs(home) / identity, json.dumps(asdict(head)) + "\n")


def proven(identity: str, home: Path) -> Head | None:
    """The row up to which the trail of that store was found sound; None when it never was."""
    return _read(_proofs(home) / identity)


def _folder(home: Path) -> Path:
    return records("heads", home)


def _proofs(home: Path) -> Path:
    return records("proofs", home)


def _read(path: Path) -> Head | None:
    try:
        found = json.loads(path.read_text("ascii"))
        return Head(str(found["home"]), str(found["company"]), int(found["number"]), str(found["hash"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None  # no record, or one that cannot be read: as good as none
