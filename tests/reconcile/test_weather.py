"""One remote in bad weather: the others go on, what is done is settled, and the command says the rest."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from orchestrator.reconcile.http import Session
from orchestrator.words import local_time
from tests.flow.group import GroupRepository, new_group
from tests.rig.rig import Rig

pytestmark = pytest.mark.rig
PUSH = ("push", "--company", "empresa-a")


@pytest.fixture
def waiting(
    rig: Rig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[GroupRepository]:
    """Three solutions, approved, not yet sent; nobody really sleeps."""
    for name, value in rig.environment().items():
        monkeypatch.setenv(name, value)
    monkeypatch.setitem(Session.__init__.__kwdefaults__, "sleep", lambda _seconds: None)
    group = new_group(tmp_path, monkeypatch, capsys, rig.config_toml())
    for n in range(3):
        message = f"fix: {n}\n\nSolução: a fila número {n} ficou vazia com um índice parcial\nShare: yes"
        group.commit(message, {f"empresas/a/{n}.py": str(n)})
    group.orch("drain")
    yield group


def held(rig: Rig) -> tuple[int, int, int]:
    """Rows, issues and pages of the group."""
    return len(rig.supabase.group.rows()), len(rig.jira.all("ORCH")), len(rig.confluence.all("ORCH"))


def report(group: GroupRepository, remote: str, *, expect: int) -> Any:
    """What a push says of one remote."""
    reports = group.orch(*PUSH, "--json", expect=expect).data["empresa-a"]
    return next(r for r in reports if r["remote"] == remote)


def test_a_token_that_expires_in_the_middle(rig: Rig, waiting: GroupRepository) -> None:
    rig.confluence.weather.next(401, after=1, times=99, method="POST", path="/pages$")
    found = report(waiting, "global.pages", expect=12)
    assert found["counts"]["create"] == 1 and found["waiting"] == 2
    assert "_TOKEN" in found["error"]["hint"]
    assert held(rig) == (3, 3, 1)
    rig.confluence.weather.clear()
    waiting.orch(*PUSH)
    assert held(rig) == (3, 3, 3)


@pytest.mark.parametrize("status", [402, 540])
def test_a_paused_project_waits_and_the_others_go_on(rig: Rig, waiting: GroupRepository, status: int) -> None:
    rig.supabase.group.weather.next(status, times=99)
    found = report(waiting, "global.memory", expect=3)
    assert found["waiting"] == 3 and str(status) in found["error"]["message"]
    assert held_without_memory(rig) == (3, 3)
    rig.supabase.group.weather.clear()
    waiting.orch(*PUSH)
    assert held(rig) == (3, 3, 3)


def held_without_memory(rig: Rig) -> tuple[int, int]:
    return held(rig)[1:]


def test_a_long_wait_parks_one_remote_and_is_told_in_local_time(
    rig: Rig, waiting: GroupRepository, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TZ", "America/Sao_Paulo")
    rig.jira.weather.next(429, times=99, retry_after=1800)
    ran = waiting.orch(*PUSH, expect=3)
    asked = len(rig.jira.weather.struck)
    (line,) = [line for line in ran.out.splitlines() if "Jira ORCH" in line]
    assert re.search(r"\(até (\d{4}-\d\d-\d\d )?\d\d:\d\d\)", line), line
    assert held(rig) == (3, 0, 3)
    found = report(waiting, "global.issues", expect=3)
    assert found["waiting"] == 3 and local_time(found["until"]) in line
    assert len(rig.jira.weather.struck) == asked, "a parked remote was asked"


def test_a_project_and_a_space_that_are_missing_are_named(rig: Rig, waiting: GroupRepository) -> None:
    project = rig.jira.projects.pop("ORCH")
    space = rig.confluence.space_of_key("ORCH")
    del rig.confluence.spaces[space.id]
    reports = {r["remote"]: r for r in waiting.orch(*PUSH, "--json", expect=3).data["empresa-a"]}
    for name in ("global.issues", "global.pages"):
        assert reports[name]["waiting"] == 3 and "ORCH" in reports[name]["error"]["message"], reports[name]
    rig.jira.projects["ORCH"], rig.confluence.spaces[space.id] = project, space
    waiting.orch(*PUSH)
    assert held(rig) == (3, 3, 3)


def test_what_people_deleted_is_not_made_again_unasked(rig: Rig, waiting: GroupRepository) -> None:
    waiting.orch(*PUSH)
    key = rig.jira.issue("ORCH-1").properties["orch"]["id"]
    (page,) = [p for p in rig.confluence.all() if f"orch {key} " in p.body]
    rig.jira.delete_issue("ORCH-1")
    rig.confluence.trash_page(page.id)
    waiting.orch("withdraw", key)
    waiting.orch(*PUSH)  # nothing there: nothing to take away
    waiting.orch("review", "--approve", key)
    waiting.orch(*PUSH)
    assert held(rig) == (3, 3, 3)


@pytest.mark.parametrize(("status", "code"), [(401, 12), (400, 3), (540, 3), (404, 3)])
def test_what_the_first_try_may_have_stored_goes_with_a_refusal(
    rig: Rig, waiting: GroupRepository, status: int, code: int
) -> None:
    """The rows are stored, the answer is lost, the second try is turned away: nobody knows of them."""
    rig.supabase.group.weather.drop_after_commit(method="POST", path=rig.supabase.table)
    rig.supabase.group.weather.next(status, times=9, writes_only=True, path=rig.supabase.table)
    report(waiting, "global.memory", expect=code)
    assert len(rig.supabase.group.rows()) == 3
    rig.supabase.group.weather.clear()
    refused = sorted(row["orch_key"] for row in rig.supabase.group.rows())[0]
    waiting.orch("review", "--refuse", refused, "--company", "empresa-a")
    waiting.orch(*PUSH)
    assert refused not in {row["orch_key"] for row in rig.supabase.group.rows()}
    assert held(rig)[0] == 2
