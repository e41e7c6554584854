"""Poison: what a remote refuses for good is set aside, tried again when told, or given up."""

from __future__ import annotations

from typing import Any

import pytest

from tests.flow.test_order_of_truth import World
from tests.flow.test_order_of_truth import world as world

pytestmark = pytest.mark.rig
REASON = "O fluxo proíbe este texto."


def stuck(world: World) -> Any:
    """The row that Jira refused, as `orch show` tells it."""
    rows = world.group.orch("show", world.id, "--json").data["remotes"]
    return next(r for r in rows if r["remote"] == "global.issues")


@pytest.fixture
def poisoned(world: World) -> World:
    """Jira refuses the next text; Supabase and Confluence take it."""
    world.rig.jira.reject(lambda fields: "VENENO" in str(fields.get("description")), REASON, "description")
    world.reword("VENENO: este texto ninguém aceita.")
    report = world.push(expect=3)
    assert list(report["global.issues"]["refused"]) == [world.id]
    assert report["global.pages"]["counts"]["update"] == 1, "the rest goes on"
    return world


def test_it_is_set_aside_with_the_vendors_reason_and_shown(poisoned: World) -> None:
    assert (stuck(poisoned)["state"], REASON in stuck(poisoned)["error"]) == ("stuck", True)
    status = poisoned.group.orch("status", "--company", "empresa-a").out
    assert REASON in status and "orch retry ID" in status and "orch drop ID" in status
    assert REASON in poisoned.group.orch("show", poisoned.id).out
    before = len(poisoned.rig.atlassian.server.writes())
    assert poisoned.push(expect=3)["global.issues"]["earlier"] == {"stuck": 1}
    assert len(poisoned.rig.atlassian.server.writes()) == before, "it is not tried again by itself"


def test_retry_tries_again(poisoned: World) -> None:
    dry = poisoned.group.orch("retry", poisoned.id, "--dry-run", "--json").data
    assert [t["remote"] for t in dry] == ["global.issues"] and stuck(poisoned)["state"] == "stuck"
    poisoned.group.orch("retry", "--all", "--remote", "global.pages")
    assert stuck(poisoned)["state"] == "stuck"
    poisoned.group.orch("retry", "--all")
    assert poisoned.push(expect=3)["global.issues"]["refused"], "still refused"
    poisoned.rig.jira._rejections.clear()
    told = poisoned.group.orch("retry", poisoned.id, "--json").data
    assert told == [
        {
            "company": "empresa-a",
            "id": poisoned.id,
            "remote": "global.issues",
            "before": "stuck",
            "reason": f"description: {REASON}",
            "lies": True,
        }
    ]
    assert poisoned.push()["global.issues"]["counts"]["update"] == 1
    assert "VENENO" in poisoned.reads("global.issues")


def test_drop_gives_it_up_until_the_text_changes(poisoned: World) -> None:
    held = poisoned.reads("global.issues")
    poisoned.group.orch("drop", poisoned.id, "--dry-run")
    assert stuck(poisoned)["state"] == "stuck"
    assert "fica" in poisoned.group.orch("drop", poisoned.id).out
    assert not any(r["steps"] or r["earlier"] for r in poisoned.push().values())
    poisoned.group.orch("retry", "--all")
    assert stuck(poisoned)["state"] == "dropped", "only its id brings it back"
    assert poisoned.reads("global.issues") == held
    assert "desistido" in poisoned.group.orch("status", "--company", "empresa-a").out

    poisoned.reword("Um texto que todos aceitam.")
    assert poisoned.push()["global.issues"]["counts"]["update"] == 1
    assert "todos aceitam" in poisoned.reads("global.issues")


def test_what_was_dropped_comes_back_by_its_id_and_goes_with_a_withdrawal(poisoned: World) -> None:
    poisoned.group.orch("drop", poisoned.id, "--remote", "global.issues")
    poisoned.group.orch("retry", poisoned.id)
    assert stuck(poisoned)["state"] == "ready"
    poisoned.push(expect=3)
    poisoned.group.orch("drop", poisoned.id)
    poisoned.group.orch("withdraw", poisoned.id)
    poisoned.push()
    assert "200ms" not in poisoned.reads("global.issues"), "a withdrawal says more than a drop"


def test_a_withdrawal_takes_away_what_a_refusal_was_given_up_on(world: World) -> None:
    world.group.orch("review", "--refuse", world.id)
    world.group.orch("drop", world.id, "--remote", "global.issues")
    world.push()
    assert "200ms" in world.reads("global.issues"), "given up: it lies there"
    world.group.orch("withdraw", world.id)
    world.push()
    assert "200ms" not in world.reads("global.issues"), "taken back everywhere, as the command says"


def test_nothing_to_turn(world: World) -> None:
    for command in ("retry", "drop"):
        ran = world.group.orch(command, world.id, expect=1)
        assert "orch status" in ran.err
        assert world.group.orch(command, expect=2).err
    assert world.group.orch("retry", "--all", "--json").data == []
    world.group.orch("retry", world.id, "--all", expect=2)
    world.group.orch("retry", "--all", "--remote", "nowhere", expect=2)


def test_an_id_with_nothing_set_aside_turns_the_others_neither(poisoned: World) -> None:
    poisoned.group.orch("add", "Lotes menores na carga noturna", "--company", "empresa-a")
    (other,) = {i["id"] for i in poisoned.group.insights()} - {poisoned.id}
    for command in ("retry", "drop"):
        poisoned.group.orch(command, poisoned.id, other, "--remote", "global.issues", expect=1)
        assert stuck(poisoned)["state"] == "stuck"


def test_an_id_is_the_insights_also_after_another_company_of_the_clone_got_the_offer(
    poisoned: World,
) -> None:
    poisoned.group.orch("pull", "--company", "empresa-b")
    place = [("empresa-a", "global.issues")]
    dropped = poisoned.group.orch("drop", poisoned.id[:8], "--json").data
    assert [(t["company"], t["remote"]) for t in dropped] == place
    again = poisoned.group.orch("retry", poisoned.id[:8], "--json").data
    assert [(t["company"], t["remote"]) for t in again] == place

    poisoned.write_there("global.pages", "A Maria escreveu por cima.")
    poisoned.group.orch("push", "--only", poisoned.id, "--force", poisoned.id, expect=3)
    assert "VENENO" in poisoned.reads("global.pages")
