"""A company that the configuration no longer has: what it shared is named, and can be taken back."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.flow.group import CONFIG, GroupRepository, new_group

TOLD = "perf: cache\n\nSolução: Redis na frente do catálogo reduziu a espera do lote zeta pela metade"


@pytest.fixture
def group(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> GroupRepository:
    made = new_group(tmp_path, monkeypatch, capsys, CONFIG.format(share="auto"))
    made.commit(TOLD, {"empresas/b/app.py": "x = 1\n"})
    made.orch("push")
    return made


def configure(group: GroupRepository, change: Callable[[str], str]) -> str:
    group.write({".orch/config.toml": change(CONFIG.format(share="auto"))})
    return group.orch("trust", "--yes").err


def issues(group: GroupRepository) -> str:
    return "".join(p.read_text() for p in (group.root.parent / "shared/issues").rglob("*.md"))


def test_a_removed_company_is_named_and_taken_back_by_a_persons_word(group: GroupRepository) -> None:
    assert "lote zeta" in issues(group)
    told = configure(group, lambda text: text[: text.rindex("[[company]]")])
    assert "empresa-b" in told and "orch withdraw --company empresa-b --all" in told
    way = "orch withdraw --company empresa-b --all"
    assert way in group.orch("status", expect=3).err
    assert way in group.orch("doctor", expect=None).out
    assert way in group.orch("push").err
    assert "lote zeta" in issues(group)  # nothing goes by itself
    done = group.orch("withdraw", "--company", "empresa-b", "--all", "--json").data
    assert len(done["ids"]) == 1
    assert "orch push" in group.orch("status", expect=3).err
    group.orch("push")
    assert "lote zeta" not in issues(group)
    group.orch("status")


def test_another_company_under_a_former_id_does_not_get_its_store_in_silence(group: GroupRepository) -> None:
    other = configure(group, lambda text: text.replace("empresas/b/**", "empresas/nova/**"))
    assert "empresa-b: o que foi aprendido" in other and "empresas/b/**" in other
    grown = configure(
        group, lambda text: text.replace('"empresas/b/**"', '"empresas/b/**", "empresas/nova/**"')
    )
    assert "o que foi aprendido" not in grown


def test_all_is_of_one_company_that_is_named(group: GroupRepository) -> None:
    assert "--company ID --all" in group.orch("withdraw", "--all", expect=2).err
    group.orch("withdraw", "--company", "empresa-x", "--all", expect=2)
