from __future__ import annotations

from pathlib import Path

import pytest

from tests.flow.group import GroupRepository, new_group


@pytest.fixture
def group(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> GroupRepository:
    """Two companies, one repository, a folder in place of the remotes."""
    return new_group(tmp_path, monkeypatch, capsys)
