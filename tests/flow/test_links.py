"""Issue and page of one insight link to each other, whatever happens in between; and what becomes of them."""

from __future__ import annotations

import pytest

from orchestrator.markup.adf import to_adf, to_json
from tests.flow.test_order_of_truth import World
from tests.flow.test_order_of_truth import world as world
from tests.rig.confluence import Page

pytestmark = pytest.mark.rig


def page_of(world: World) -> Page:
    (page,) = world.rig.confluence.all("ORCH")
    return page


def links_of(world: World, key: str = "ORCH-1") -> dict[str, str]:
    return {name: link["object"]["url"] for name, link in world.rig.jira.issue(key).links.items()}


def test_issue_and_page_link_to_each_other_and_a_second_push_writes_nothing(world: World) -> None:
    page = page_of(world)
    address = f"{world.rig.atlassian.url}/wiki/spaces/ORCH/pages/{page.id}"
    assert links_of(world) == {f"orch:page:{world.id}": address}
    assert f'"href":"{world.rig.atlassian.url}/browse/ORCH-1"' in page.body
    assert len(page.versions) == 1, "the issue was there first: its address came with the page"
    before = world.state()
    report = world.push()
    assert world.state() == before and not any(r["links"] or r["steps"] for r in report.values())
    shown = {r["remote"]: r for r in world.group.orch("show", world.id, "--json").data["remotes"]}
    assert shown["global.issues"]["linked"] == address


def test_links_survive_a_new_version_of_the_text(world: World) -> None:
    before = links_of(world)
    world.reword("O catálogo agora lê do Redis.")
    report = world.push()
    assert report["global.issues"]["links"] == report["global.pages"]["links"] == 0
    assert links_of(world) == before
    assert "/browse/ORCH-1" in page_of(world).body and "agora lê" in page_of(world).body


def test_a_link_that_was_cut_off_is_made_up_for(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The objects are there, the link is not: the very state that a kill between the two leaves."""
    monkeypatch.setattr("orchestrator.reconcile.http.backoff", lambda _attempt, _chance: 0.0)
    world.rig.jira.issue("ORCH-1").links.clear()
    world.group.orch("withdraw", world.id)
    world.push()
    world.group.orch("review", "--approve", world.id)
    world.rig.jira.weather.next(503, path="/remotelink", times=8)
    report = world.push(expect=3)
    assert report["global.issues"]["counts"]["update"] + report["global.issues"]["counts"]["create"] == 1
    assert report["global.issues"]["error"] and not links_of(world)
    world.rig.jira.weather.clear()
    assert world.push()["global.issues"]["links"] == 1
    assert len(links_of(world)) == 1
    assert world.push()["global.issues"]["links"] == 0


def test_a_lost_answer_to_a_link_is_no_second_link(world: World) -> None:
    world.group.orch("withdraw", world.id)
    world.push()
    world.group.orch("review", "--approve", world.id)
    world.rig.jira.weather.next("drop", path="/remotelink", times=8)
    world.push(expect=3)
    world.rig.jira.weather.clear()
    world.push()
    assert len(links_of(world)) == 1


def test_a_link_leaves_a_persons_page_alone(world: World) -> None:
    """The issue is created anew elsewhere; the page that a person wrote in the meantime is not touched,
    although our last line still stands in it."""
    page = page_of(world)
    world.rig.confluence.edit_page(page.id, body=page.body.replace("95ms", "90ms"))
    world.rig.jira.delete_issue("ORCH-1")
    world.push("--force", world.id, "--remote", "global.issues")
    versions = len(page_of(world).versions)
    report = world.push()
    assert report["global.pages"]["links"] == 0 and len(page_of(world).versions) == versions
    assert "90ms" in page_of(world).body


def test_a_link_that_jira_refuses_for_good_is_told_once_and_tried_again_when_told(world: World) -> None:
    world.group.orch("withdraw", world.id)
    world.push()
    world.group.orch("review", "--approve", world.id)
    world.rig.jira.weather.next(404, path="/remotelink", times=1)
    report = world.push(expect=3)
    assert report["global.issues"]["refused"]
    assert world.push()["global.issues"]["links"] == 0  # the object is in step, its link is set aside
    assert "recusada" in world.group.orch("show", world.id).out
    world.group.orch("retry", world.id)
    assert world.push()["global.issues"]["links"] == 1 and len(links_of(world)) == 1


def test_withdrawing_takes_the_link_away_too(world: World) -> None:
    """A page's address may tell its title."""
    world.group.orch("withdraw", world.id)
    world.push()
    assert links_of(world) == {}
    assert not world.rig.confluence.all("ORCH")


def test_what_became_of_the_objects_is_pulled_and_shown(world: World) -> None:
    world.rig.jira.move_issue("ORCH-1", "done")
    world.rig.confluence.edit_page(page_of(world).id, body=to_json(to_adf("Texto de uma pessoa.")))
    pulled = world.group.orch("pull", "--company", "empresa-a", "--json").data["empresa-a"]
    assert pulled["edited"] == [world.id]
    (shown,) = world.group.orch("status", "--company", "empresa-a", "--json").data
    counts = {r["name"]: r["counts"] for r in shown["remotes"]}
    assert counts["global.pages"] == {"edited": 1} and counts["global.issues"] == {"ok": 1}
    again = world.group.orch("push", "--company", "empresa-a")
    assert "1 editado lá por pessoas e deixado como está, veja `orch diff ID`" in again.out
    assert "editados lá desde então: 1" in world.group.orch("status", "--company", "empresa-a").out
    rows = {r["remote"]: r for r in world.group.orch("show", world.id, "--json").data["remotes"]}
    assert (rows["global.issues"]["status"], rows["global.issues"]["resolution"]) == ("Concluído", "Feito")
    assert (rows["global.pages"]["remote_version"], rows["global.pages"]["edited"]) == ("2", 1)
    assert rows["global.issues"]["seen_at"] >= rows["global.issues"]["settled_at"] > ""
    out = world.group.orch("show", world.id).out
    assert "Concluído (Feito)" in out and "versão 2" in out and "uma pessoa o alterou" in out
    world.group.orch("adopt", world.id)
    assert world.group.orch("pull", "--company", "empresa-a", "--json").data["empresa-a"]["edited"] == []


def test_a_pull_request_names_the_issue_and_its_state_comes_back(world: World) -> None:
    group, rig = world.group, world.rig
    group.commit("chore: base", {"README.md": "# Grupo\n"})
    group.git("push", "-q", "origin", "HEAD:refs/heads/main")
    group.git("fetch", "-q", "origin")
    group.commit(
        "feat(auth): serviço de autenticação",
        {
            "empresas/a/auth/pyproject.toml": '[project]\nname = "auth"\nversion = "1.0"\n',
            "empresas/a/auth/auth.py": "def entrar() -> None: ...\n",
        },
    )
    component = next(i["id"] for i in group.insights() if i["record"]["kind"] == "component")
    share = ("share", "auth", "--company", "empresa-a", "--to", "empresa-b")
    group.orch(*share)
    (pull,) = rig.forge.pulls.values()
    assert "/browse/" not in pull.body
    group.orch("review", "--approve", component)
    world.push()
    group.orch(*share)
    issue = next(i.key for i in rig.jira.all("ORCH") if i.properties["orch"]["id"] == component)
    assert f"{rig.atlassian.url}/browse/{issue}" in pull.body
    writes = len(rig.forge.server.writes())
    group.orch(*share)
    assert len(rig.forge.server.writes()) == writes

    assert not any(r["former"] for c in group.orch("status", "--json").data for r in c["remotes"])
    rig.forge.merge(pull.number)
    group.orch("pull", "--company", "empresa-a")
    rows = {r["remote"]: r for r in group.orch("show", component, "--json").data["remotes"]}
    assert (rows["global.forge"]["status"], rows["global.forge"]["ref"]) == ("merged", str(pull.number))
    assert f"/pull/{pull.number}" in group.orch("show", component).out
