"""A decision is about the text that the person saw, not about what it has become since."""

from __future__ import annotations

import subprocess

import pytest

from orchestrator.app import reviewing
from orchestrator.app.workspace import Workspace, silent
from orchestrator.cli import review
from orchestrator.errors import UserError
from tests.flow.group import GroupRepository

FIRST = "fix: fila\n\nSolução: fila com índice parcial resolveu a espera longa"
SECOND = "fix: fila\n\nSolução: o cliente maior paga dez milhões por mês no contrato"


def shown(group: GroupRepository) -> reviewing.Waiting:
    (waiting,) = reviewing.waiting(Workspace.open(group.root), "empresa-a", silent)
    return waiting


def amend(group: GroupRepository) -> None:
    group.git("commit", "--amend", "-q", "-m", SECOND)
    group.orch("drain", "--quiet")


def decided(group: GroupRepository) -> list[str]:
    workspace = Workspace.open(group.root)
    with workspace.desk("empresa-a").store as store:
        return [d.action for d in store.decisions.all()]


@pytest.mark.parametrize("action", ["approve", "refuse"])
def test_what_changed_since_it_was_shown_is_not_decided(group: GroupRepository, action: str) -> None:
    group.commit(FIRST)
    seen = shown(group)
    amend(group)
    with pytest.raises(UserError, match=seen.insight.id):
        reviewing.answer(
            Workspace.open(group.root), "empresa-a", seen.insight.id, action, version=seen.version
        )
    assert decided(group) == [] and len(group.orch("review", "--json").data) == 1
    now = shown(group)
    reviewing.answer(Workspace.open(group.root), "empresa-a", now.insight.id, action, version=now.version)
    assert decided(group) == [action] and group.orch("review", "--json").data == []


def test_a_script_gives_the_version_that_json_told(group: GroupRepository) -> None:
    group.commit(FIRST)
    (told,) = group.orch("review", "--json").data
    name = f"{told['id']}@{told['version']}"
    amend(group)
    assert told["id"] in group.orch("review", "--approve", name, expect=1).err
    (told,) = group.orch("review", "--json").data
    group.orch("review", "--approve", f"{told['id']}@{told['version']}")
    assert decided(group) == ["approve"]


@pytest.mark.parametrize("key", ["a", "r"])
def test_the_key_pressed_decides_on_the_screen_shown(
    group: GroupRepository, monkeypatch: pytest.MonkeyPatch, key: str
) -> None:
    group.commit(FIRST)

    def pressed() -> str:
        amend(group)  # as the hook's detached drain does while the person reads
        return key

    monkeypatch.setattr(review.click, "getchar", pressed)
    monkeypatch.setattr(review.click, "prompt", lambda *_arguments, **_more: "")
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    group.orch("review", expect=1)
    assert decided(group) == []


def test_everything_at_once_is_what_was_listed(
    group: GroupRepository, monkeypatch: pytest.MonkeyPatch
) -> None:
    group.commit(FIRST)
    listed = reviewing.waiting

    def then_amended(*arguments: object, **more: object) -> list[reviewing.Waiting]:
        found = listed(*arguments, **more)  # type: ignore[arg-type] # handed on as it came
        amend(group)
        return found

    monkeypatch.setattr(reviewing, "waiting", then_amended)
    group.orch("review", "--approve-all", expect=1)
    assert decided(group) == []


def test_withdrawing_in_a_clone_that_never_pushed_takes_it_back_everywhere(
    group: GroupRepository,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    group.commit("fix: x\n\nSolução: índice parcial resolveu a fila lenta do faturamento\nShare: yes\n")
    group.orch("push", "--company", "empresa-a")
    shared = group.root.parent / "shared"
    assert list(shared.rglob("ORCH-*.md"))
    clone = GroupRepository(group.root.parent / "clone", monkeypatch, capsys)
    subprocess.run(["git", "clone", "-q", str(group.root), str(clone.root)], check=True)
    clone.orch("trust", "--yes")
    (insight,) = clone.insights()
    clone.orch("withdraw", insight["id"])
    clone.orch("push", "--company", "empresa-a")
    assert not list(shared.rglob("ORCH-*.md")) and not list((shared / "pages").rglob("*.md"))
    assert clone.orch("status", "--company", "empresa-a", "--json").data[0]["queued"] == 0
