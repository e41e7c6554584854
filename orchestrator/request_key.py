"""Under which key and on which branch the pull request of a shared component lies. Pure.

The key is of company, receiver and whole folder. An earlier version took the folder's last name only, so that
two components shared one: what lies under such a key is known by what its text says of where it comes from.
"""

from __future__ import annotations

import re
from pathlib import PurePosixPath

from orchestrator.model import digest

BRANCHES = "orch/share/"
LONGEST = 100  # characters of a branch that say what it is of; the rest is a digest
_COMPANY = re.compile(r"^Orch-Origin-Company: (\S+)\s*$", re.MULTILINE)
_PATH = re.compile(r"^Orch-Origin-Path: (.+)$", re.MULTILINE)
_PARTS = re.compile(r"([^:/]+):([^:/]+):(.+)", re.DOTALL)
_UNSEEN = "\u200b"  # a forge's text has it behind `@` and `#`, so that nobody is notified


def request_key(folder: str, origin: str, to: str) -> str:
    """The key of the pull request that carries the component in `folder` from one company to another."""
    return f"{origin}:{to}:{folder.strip('/')}"


def former_key(folder: str, origin: str, to: str) -> str:
    """The key of the same in earlier versions; others may have the same."""
    return slug(f"{PurePosixPath(folder).name}-{origin}-{to}")


def branch_of(key: str) -> str:
    """The branch of a key, which two keys never share: `orch/share/`, words that tell, and a digest.

    A key of an earlier version is its own branch's name, with what git forbids as dashes.
    """
    parts = _PARTS.fullmatch(key)
    if parts is None:
        return BRANCHES + (slug(key) or digest(key, size=16))
    origin, to, folder = parts.groups()
    words = slug(f"{folder[-LONGEST:]}-{origin}-{to}")
    return f"{BRANCHES}{words}-{digest(key, size=12)}"


def known_as(key: str) -> tuple[str, ...]:
    """The key, and the one that an earlier version had for the same."""
    parts = _PARTS.fullmatch(key)
    return (key, former_key(parts[3], parts[1], parts[2])) if parts else (key,)


def told_key(key: str, text: str) -> str:
    """The key of a pull request with that text: of an earlier version's it tells company and folder.

    Where it does not, and for any other key, the key as it is.
    """
    company, path = _COMPANY.search(text), _PATH.search(text)
    if _PARTS.fullmatch(key) or not (company and path):
        return key
    origin, folder = company[1], path[1].replace(_UNSEEN, "").strip()
    before = former_key(folder, origin, "x").removesuffix("x")
    to = key.removeprefix(before)
    return request_key(folder, origin, to) if before + to == key and to else key


def told_request(key: str) -> str:
    """A key as people read it: the component's folder, and to which company it goes."""
    parts = _PARTS.fullmatch(key)
    return f"{PurePosixPath(parts[3]).name} → {parts[2]}" if parts else key


def slug(text: str) -> str:
    """The text as a part of a branch name."""
    return re.sub(r"[^A-Za-z0-9_-]+", "-", text).strip("-")
