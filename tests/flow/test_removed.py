"""What a person removed at a remote is told, stays removed, and comes back by a person's word alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from orchestrator.reconcile.remotes import folder
from orchestrator.reconcile.remotes.folder_objects import FolderObjects
from orchestrator.remote import Observed
from tests.flow.day import LEARNT
from tests.flow.group import GroupRepository
from tests.flow.test_order_of_truth import MESSAGE, REMOTES, World
from tests.flow.test_order_of_truth import world as world

PARTS = {"global.issues": "issues/ORCH", "global.pages": "pages"}


@pytest.fixture
def pushed(group: GroupRepository) -> GroupRepository:
    """One learning of empresa-a lies in the group's folder."""
    group.commit(LEARNT)
    (insight,) = group.insights()
    group.orch("review", "--approve", insight["id"])
    group.orch("push")
    return group


def file_of(group: GroupRepository, remote: str) -> Path:
    found = [
        f for f in (group.root.parent / "shared" / PARTS[remote]).rglob("*.md") if "i1-" in f.read_text()
    ]
    (file,) = found
    return file


def counts(group: GroupRepository, remote: str) -> dict[str, int]:
    (company, *_others) = group.orch("status", "--json").data
    return dict(next(r["counts"] for r in company["remotes"] if r["name"] == remote))


@pytest.mark.parametrize("remote", PARTS)
def test_a_push_to_a_folder_tells_what_a_person_removed_there(pushed: GroupRepository, remote: str) -> None:
    (insight,) = pushed.insights()
    file = file_of(pushed, remote)
    text = file.read_text()
    file.unlink()
    dry = pushed.orch("push", "--dry-run", "--company", "empresa-a", expect=3)
    assert "removido por uma pessoa" in dry.out and counts(pushed, remote) == {"ok": 1}
    ran = pushed.orch("push", "--company", "empresa-a", expect=3)
    assert "removido por uma pessoa" in ran.out and "1 removido lá por uma pessoa" in ran.out
    assert insight["record"]["title"] in ran.out
    assert "orch push --force ID" in ran.err and "orch drop ID" in ran.err
    assert counts(pushed, remote) == {"gone": 1} and not file.exists()
    assert "removidos lá por uma pessoa: 1" in pushed.orch("status").out
    shown = next(line for line in pushed.orch("show", insight["id"]).out.splitlines() if remote in line)
    assert "em dia" not in shown and "uma pessoa removeu isto" in shown
    again = pushed.orch("push", "--company", "empresa-a", expect=3)
    assert "1 removido lá antes" in again.out and not file.exists()
    file.write_text(text)  # back from a copy: nobody has to decide
    pushed.orch("push", "--company", "empresa-a")
    assert counts(pushed, remote) == {"ok": 1}


def test_what_was_removed_comes_back_by_force_and_is_let_be_by_drop(pushed: GroupRepository) -> None:
    (insight,) = pushed.insights()
    file_of(pushed, "global.issues").unlink()
    pushed.orch("push", "--company", "empresa-a", expect=3)
    pushed.orch("drop", insight["id"])
    pushed.orch("push", "--company", "empresa-a")
    assert counts(pushed, "global.issues") == {"dropped": 1}
    pushed.orch("retry", insight["id"])
    pushed.orch("push", "--company", "empresa-a", expect=3)
    pushed.orch("push", "--company", "empresa-a", "--force", insight["id"])
    assert file_of(pushed, "global.issues").exists() and counts(pushed, "global.issues") == {"ok": 1}


def test_what_a_comparison_finds_removed_can_be_dropped_at_once(pushed: GroupRepository) -> None:
    (insight,) = pushed.insights()
    file_of(pushed, "global.pages").unlink()
    shown = pushed.orch("diff", insight["id"]).out
    assert f"orch drop {insight['id']}" in shown and f"orch withdraw {insight['id']}" in shown
    pushed.orch("drop", insight["id"])
    pushed.orch("push", "--company", "empresa-a")
    assert counts(pushed, "global.pages") == {"dropped": 1}


def test_a_push_to_a_folder_sees_a_persons_edit(pushed: GroupRepository) -> None:
    file = file_of(pushed, "global.pages")
    file.write_text(file.read_text() + "\nA Ana escreveu isto.\n")
    assert "1 editado lá" in pushed.orch("push", "--company", "empresa-a").out
    assert counts(pushed, "global.pages") == {"edited": 1}
    assert "Ana" in file.read_text()


def test_a_folder_is_read_again_only_where_a_file_went_or_changed(
    pushed: GroupRepository, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(folder, "SKEW", -3600.0)  # as if an hour had passed since the look
    reads: list[str] = []
    whole = FolderObjects.find

    def find(self: FolderObjects, keys: Sequence[str]) -> Mapping[str, Observed]:
        reads.append(self.name)
        return whole(self, keys)

    monkeypatch.setattr(FolderObjects, "find", find)
    pushed.orch("push", "--company", "empresa-a")
    assert reads == []
    file_of(pushed, "global.pages").unlink()
    pushed.orch("push", "--company", "empresa-a", expect=3)
    assert reads == ["global.pages"]


def test_a_removed_object_that_is_withdrawn_is_done(pushed: GroupRepository) -> None:
    (insight,) = pushed.insights()
    file_of(pushed, "global.pages").unlink()
    pushed.orch("push", "--company", "empresa-a", expect=3)
    pushed.orch("withdraw", insight["id"])
    pushed.orch("push", "--company", "empresa-a")
    assert counts(pushed, "global.pages") == {}


# ---------------------------------------------------------------- over the network


@pytest.mark.rig
@pytest.mark.parametrize("remote", REMOTES)
def test_a_pull_tells_what_a_person_removed_and_it_stays_so(world: World, remote: str) -> None:
    world.remove_there(remote)
    pulled = world.group.orch("pull", "--company", "empresa-a", "--json").data["empresa-a"]
    assert pulled["gone"] == [world.id] and not pulled["edited"]
    said = world.group.orch("pull", "--company", "empresa-a").out
    assert f"orch diff {world.id}" in said and "removido" in said
    before = world.state()
    report = world.push(expect=3)
    assert report[remote]["earlier"] == {"gone": 1} and world.state() == before
    world.push("--force", world.id)
    assert "200ms" in world.reads(remote)
    assert world.group.orch("pull", "--company", "empresa-a", "--json").data["empresa-a"]["gone"] == []


@pytest.mark.rig
def test_what_is_shown_again_is_in_step_again(world: World) -> None:
    page = world.rig.confluence.all("ORCH")[0]
    world.rig.confluence.trash_page(page.id)
    world.group.orch("pull", "--company", "empresa-a")
    assert world.push(expect=3)["global.pages"]["earlier"] == {"gone": 1}
    page.status = "current"
    world.group.orch("pull", "--company", "empresa-a")
    assert not world.push()["global.pages"]["earlier"]


@pytest.mark.rig
@pytest.mark.parametrize("remote", ["global.issues", "global.pages"])
def test_a_push_that_lists_the_place_anyway_tells_what_is_missing_there(world: World, remote: str) -> None:
    world.remove_there(remote)
    assert not world.push()[remote]["steps"], "nothing is asked where nothing is due"
    world.group.commit(
        MESSAGE.replace("catálogo", "carrinho").replace("95ms", "80ms"), {"empresas/a/c.py": "1"}
    )
    (new,) = (i for i in world.group.insights() if i["id"] != world.id)
    world.group.orch("review", "--approve", new["id"])
    steps = world.push(expect=3)[remote]["steps"]
    assert [(s["action"], s["reason"]) for s in steps if s["id"] == world.id] == [("conflict", "gone")]


@pytest.mark.rig
def test_where_nothing_is_missing_looking_costs_no_request(world: World) -> None:
    server = world.rig.atlassian.server
    server.clear()
    world.push()
    assert not server.exchanges
