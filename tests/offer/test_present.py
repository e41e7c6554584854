"""The catalogue holds what is there, and what a branch has that is not merged."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from orchestrator.git import lineage, process
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


def test_any_number_that_left_costs_the_same(group: GroupRepository, monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[str] = []
    real = lineage.execute
    monkeypatch.setattr(lineage, "execute", lambda *a, **m: (started.append(a[1][0]), real(*a, **m))[1])
    monkeypatch.setattr(process, "execute", lambda *a, **m: (started.append(a[1][0]), real(*a, **m))[1])

    def leave(*leaving: str) -> int:
        for name in leaving:
            add(group, name)
        group.git("rm", "-q", *(f"empresas/a/{name}/package.json" for name in leaving))
        group.commit("saem")
        assert names(group) == ["fica"]
        started.clear()
        assert names(group) == ["fica"]
        return len(started)

    add(group, "fica")
    assert leave("c1") == leave("c2", "c3", "c4", "c5")
    assert "merge-base" not in started
