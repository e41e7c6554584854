"""How the answer of a git that is still running is taken from its pipe."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from orchestrator.git import process

FULL, PAUSE = 1 << 16, -1


def taken(sizes: list[int], monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """What is read, and the pauses, of a pipe that has so many bytes at each look."""
    told, found = iter([*sizes, 0]), []
    monkeypatch.setattr("time.sleep", lambda _seconds: found.append(PAUSE))
    pipe = SimpleNamespace(read=lambda _most: bytes(next(told)))
    git: Any = SimpleNamespace(stdout=pipe, wait=lambda: None)
    for chunk in process._chunks(git):
        found.append(len(chunk))  # noqa: PERF401 - pauses are appended between
    return found


def test_in_a_long_answer_what_git_writes_gathers(monkeypatch: pytest.MonkeyPatch) -> None:
    told = taken([FULL, 4096, FULL, 4096], monkeypatch)
    assert told == [FULL, 4096, PAUSE, FULL, 4096, PAUSE]


def test_a_short_answer_is_taken_as_it_comes(monkeypatch: pytest.MonkeyPatch) -> None:
    assert taken([4096] * 16, monkeypatch) == [4096] * 16
