"""What a scanner could not judge is judged again as soon as one works."""

from __future__ import annotations

import sys

import pytest

from orchestrator.scanning import scanner as our_side
from orchestrator.scanning.scanner import Scanner
from tests.flow.conftest import group as group
from tests.flow.group import GroupRepository

MESSAGE = "perf: cache do catálogo reduziu a latência de 200ms para 95ms nas consultas"


def test_blocked_for_a_broken_scanner_and_free_with_a_sound_one(
    group: GroupRepository, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = Scanner([sys.executable, "-c", "raise SystemExit(1)"])
    monkeypatch.setattr(our_side, "_CURRENT", [broken])
    group.commit(MESSAGE)
    for _again in range(2):  # the second drain tries again, in vain
        (found,) = group.insights()
        assert found["outcome"] == "block"
        assert found["record"]["title"] == "[não examinado]"

    monkeypatch.setattr(our_side, "_CURRENT", [])
    (found,) = group.insights()
    assert found["outcome"] == "allow"
    assert "200ms" in found["record"]["content"]
    our_side.current().close()
