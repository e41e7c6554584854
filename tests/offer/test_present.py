"""The catalogue holds what is there, and what a branch has that is not merged."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.flow.group import CONFIG, GroupRepository, new_group


@pytest.fixture
def group(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> GroupRepository:
    made = new_group(tmp_path, monkeypatch, capsys, CONFIG.format(share="ask"))
    monkeypatch.chdir(made.root)
    return made


def names(group: GroupRepository) -> list[str]:
    found = group.orch("components", "--company", "empresa-a", "--json").data
    return [component["name"] for component in found]


def add(group: GroupRepository, name: str) -> None:
    files = {f"empresas/a/{name}/package.json": json.dumps({"name": name}), f"empresas/a/{name}/a.js": "1"}
    group.commit(f"{name} começa", files)


def test_a_component_that_left_is_in_the_catalogue_no_more(group: GroupRepository) -> None:
    for name in ("caixa", "fiscal"):
        add(group, name)
    assert names(group) == ["caixa", "fiscal"]
    group.git("rm", "-q", "empresas/a/caixa/package.json")
    group.commit("A caixa sai; o código fica mais uma semana")
    assert names(group) == ["fiscal"]
    refused = group.orch("share", "caixa", "--company", "empresa-a", "--to", "empresa-b", expect=1)
    assert "caixa" in refused.out + refused.err
    group.git("revert", "--no-edit", "HEAD")
    assert names(group) == ["caixa", "fiscal"]


def test_a_component_of_another_branch_stays(group: GroupRepository) -> None:
    group.git("switch", "-q", "-c", "novo")
    add(group, "caixa")
    assert names(group) == ["caixa"]
    group.git("switch", "-q", "main")
    assert names(group) == ["caixa"]
