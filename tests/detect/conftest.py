"""Builders of changes for the tests of the detectors."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from orchestrator.model import Change, Commit, FileChange, TextPair

PARENT = "0" * 40


@pytest.fixture
def make_change() -> Callable[..., Change]:
    return build


def build(
    message: str = "change",
    files: dict[str, tuple[str | None, str | None]] | None = None,
    *,
    renames: dict[str, str] | None = None,
    known: frozenset[str] = frozenset(),
    author: str = "Ana Prado",
    email: str = "ana@example.com",
    parents: tuple[str, ...] = (PARENT,),
) -> Change:
    """`files`: path -> (text before, text after), None where absent; `renames`: new path -> old path."""
    changed = []
    for path, (before, after) in (files or {}).items():
        status = "A" if before is None else "D" if after is None else "M"
        changed.append(FileChange(path, status, blob=str(hash(after)), old_blob=str(hash(before))))
    changed += [FileChange(new, "R", "b", "b", old) for new, old in (renames or {}).items()]
    texts = {path: TextPair(*pair) for path, pair in (files or {}).items()}
    when = "2026-03-01T12:00:00Z"
    commit = Commit("1" * 40, parents, author, email, when, when, message, tuple(changed))
    return Change("empresa-a", commit, tuple(changed), texts, known)
