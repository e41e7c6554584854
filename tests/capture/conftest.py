from __future__ import annotations

from pathlib import Path

import pytest

from tests.git.sandbox import Sandbox, isolate


@pytest.fixture
def box(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Sandbox:
    isolate(monkeypatch, tmp_path / "home")
    return Sandbox(tmp_path / "work")
