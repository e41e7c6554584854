"""One company's trouble is not another's."""

from __future__ import annotations

import pytest

from orchestrator.app.workspace import Workspace
from tests.cli.test_stores import without_sidecars
from tests.flow.group import GroupRepository


@pytest.fixture
def two(group: GroupRepository) -> GroupRepository:
    """A learning of each of two companies, agreed to and not yet sent."""
    for company in ("a", "b"):
        message = f"perf: {company}\n\nSolução: índice parcial na fila {company} cortou a espera\nShare: yes"
        group.commit(message, {f"empresas/{company}/x.py": "1"})
    group.orch("drain")
    return group


@pytest.mark.parametrize("command", ["push", "pull"])
def test_a_damaged_store_holds_no_other_company(two: GroupRepository, command: str) -> None:
    path = two.root / ".orch/companies/empresa-a/orch.db"
    without_sidecars(path)
    path.write_bytes(b"nothing that SQLite knows" * 400)
    ran = two.orch(command, "--json", expect=1)
    assert set(ran.data) == {"empresa-a", "empresa-b"}
    assert "doctor --repair" in ran.out
    two.orch(command, "--company", "empresa-a", expect=1)
    if command == "push":
        assert [r["error"] for r in ran.data["empresa-b"]] == [None] * len(ran.data["empresa-b"])
        assert any(r["counts"]["create"] for r in ran.data["empresa-b"])


def test_a_company_that_is_being_pushed_holds_no_other(
    two: GroupRepository, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(two.root)
    monkeypatch.setattr("orchestrator.app.workspace.PATIENCE", 0.2)
    with Workspace.open().lock("push-empresa-a"):
        ran = two.orch("push", "--json", expect=11)
        assert two.orch("push", "--company", "empresa-a", expect=11)
    assert [r["error"]["code"] for r in ran.data["empresa-a"]] == ["locked"]
    assert any(r["counts"]["create"] for r in ran.data["empresa-b"])
