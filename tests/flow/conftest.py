from __future__ import annotations

from pathlib import Path

import pytest

from tests.flow.day import LEARNT
from tests.flow.group import GroupRepository, new_group


@pytest.fixture
def group(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> GroupRepository:
    """Two companies, one repository, a folder in place of the remotes."""
    return new_group(tmp_path, monkeypatch, capsys)


@pytest.fixture
def both(group: GroupRepository) -> GroupRepository:
    """Each company has learnt something, and has something to share."""
    group.commit(LEARNT, {"empresas/a/app.py": "n = 1\n"})
    group.commit(LEARNT.replace("fila", "carga"), {"empresas/b/app.py": "n = 1\n"})
    group.orch("drain")
    return group
