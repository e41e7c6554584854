"""Flags of `orch review` that contradict each other are an error, and nothing is written down."""

from __future__ import annotations

import pytest

from tests.flow.group import GroupRepository

TWICE = (
    ("--approve", "{id}", "--refuse", "{id}"),
    ("--approve", "{bare}", "--refuse", "{id}"),
    ("--approve", "{id}@0123", "--undo", "{short}"),
    ("--refuse", "{id}", "--undo", "{id}"),
)
ASTRAY = (
    ("--edit", "{id}", "--approve", "{id}"),
    ("--hide", "{id}", "x", "--refuse", "{id}"),
    ("--edit", "{id}", "--hide", "{id}", "x"),
    ("--blocked", "--approve-all"),
    ("--for-good",),
    ("--this-version", "--json"),
    ("--reason", "porque sim"),
    ("--edit", "{id}", "--reason", "porque sim"),
    ("--approve", "{id}", "--for-good", "--this-version"),
)


@pytest.fixture
def told(group: GroupRepository) -> GroupRepository:
    for n, words in enumerate(("índice parcial na fila", "cache na borda")):
        group.commit(f"perf: {n}\n\nSolução: {words} derrubou o tempo de resposta pela metade")
    return group


def test_contradictions_are_usage_errors_and_decide_nothing(told: GroupRepository) -> None:
    name = told.insights()[0]["id"]
    words = {"id": name, "bare": name.removeprefix("i1-"), "short": name[3:9]}
    for flags in (*TWICE, *ASTRAY):
        ran = told.orch("review", *(flag.format(**words) for flag in flags), "--json", expect=2)
        assert ran.error["code"] == "usage" and ran.error["message"], flags
    assert told.orch("audit", "--json").data == []


def test_all_but_one(told: GroupRepository) -> None:
    first, second = (i["id"] for i in told.insights())
    told.orch("review", "--approve-all", "--refuse", first, "--reason", "já se sabia")
    found = {d["insight"]: d["action"] for d in told.orch("audit", "--json").data}
    assert found == {first: "refuse", second: "approve"}
    assert len(told.orch("audit", "--json").data) == 2


def test_a_commits_yes_is_to_its_own_words(group: GroupRepository) -> None:
    from orchestrator.app.editing import change_text
    from orchestrator.app.workspace import Workspace, silent

    group.commit("fix: x\n\nSolução: índice parcial na fila resolveu a espera longa\nShare: yes")
    group.orch("push")
    (insight,) = group.insights()
    change_text(
        Workspace.open(group.root), "empresa-a", insight["id"], "Outro texto\n\nDe uma pessoa.", silent
    )
    planned = group.orch("push", "--json").data["empresa-a"]
    assert all(not r["counts"]["update"] for r in planned)
    assert "esperando sua decisão: 1" in group.orch("status").out
    group.orch("review", "--approve", insight["id"])
    assert all(r["counts"]["update"] for r in group.orch("push", "--json").data["empresa-a"])


def test_a_log_without_a_hit_says_whether_a_filter_is_why(group: GroupRepository) -> None:
    assert "`Solução: …`" in group.orch("log").err
    assert (
        "assim" in group.orch("log", "--stale").err and "`Solução: …`" not in group.orch("log", "--stale").err
    )


def test_what_is_blocked_is_refused_once_and_then_decided(leaky: GroupRepository) -> None:
    (blocked,) = leaky.orch("review", "--blocked", "--json").data
    for _again in range(2):
        leaky.orch("review", "--refuse", blocked["id"])
    assert leaky.orch("review", "--blocked", "--json").data == []
    assert [d["action"] for d in leaky.orch("audit", "--json").data] == ["refuse"]
    leaky.orch("review", "--undo", blocked["id"])
    assert len(leaky.orch("review", "--blocked", "--json").data) == 1


def test_the_log_says_that_something_was_withdrawn(told: GroupRepository) -> None:
    assert "--all" not in told.orch("log").err
    told.orch("withdraw", told.insights()[0]["id"])
    ran = told.orch("log")
    assert "1 retirado ou substituído: `orch log --all`" in ran.err and len(ran.out.splitlines()) == 1
    assert "orch log --all" not in told.orch("log", "--kind", "pattern").err
    assert len(told.orch("log", "--all").out.splitlines()) == 2
