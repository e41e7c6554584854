"""A work tree with a configuration, and state that never touches the real user's folders."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from orchestrator import i18n


@pytest.fixture(autouse=True)
def _outside_world(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    monkeypatch.setenv("ORCH_STATE_DIR", str(tmp_path_factory.mktemp("state")))
    monkeypatch.setenv("HOME", str(tmp_path_factory.mktemp("home")))
    monkeypatch.setattr(i18n, "_current", "en")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "repo" / ".orch").mkdir(parents=True)
    return tmp_path / "repo"


@pytest.fixture
def write(root: Path) -> Callable[[str], Path]:
    def _write(text: str) -> Path:
        (root / ".orch" / "config.toml").write_bytes(text.encode("utf-8", "surrogatepass"))
        return root

    return _write
