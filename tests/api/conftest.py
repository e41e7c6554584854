from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.flow.group import CONFIG, GroupRepository, new_group
from tests.rig.rig import Rig

COMMIT = (
    "perf(catalogo): Redis na frente do catálogo reduziu a latência pela metade\n\n"
    "As consultas iam todas ao banco; com Redis o tempo caiu de 200ms para 95ms.\n\nTecnologia: redis"
)


@pytest.fixture
def group(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> GroupRepository:
    """Folders in place of every service, a bare `origin`; the current folder is the repository."""
    origin = tmp_path / "origin.git"
    subprocess.run(["git", "init", "-q", "--bare", "-b", "main", str(origin)], check=True)
    return _ready(new_group(tmp_path, monkeypatch, capsys, CONFIG.format(share="ask")), origin, monkeypatch)


@pytest.fixture
def rig_group(
    rig: Rig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> GroupRepository:
    """The rig's servers, the forge's repository as `origin`; the current folder is the repository."""
    for name, value in rig.environment().items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("orchestrator.reconcile.http.backoff", lambda _attempt, _chance: 0.0)
    return _ready(new_group(tmp_path, monkeypatch, capsys, rig.config_toml()), rig.forge.path, monkeypatch)


def _ready(group: GroupRepository, origin: Path, monkeypatch: pytest.MonkeyPatch) -> GroupRepository:
    group.git("remote", "add", "origin", str(origin))
    group.commit("chore: base", {"README.md": "# Grupo\n"})
    group.git("push", "-q", "origin", "HEAD:refs/heads/main")
    group.git("fetch", "-q", "origin")
    monkeypatch.chdir(group.root)
    return group
