"""Confluence as orch has to live with it: unique titles, a version as compare-and-swap, a trash."""

from __future__ import annotations

import json

import pytest

from tests.rig.conftest import PAGE_BODY, Site
from tests.rig.rig import Rig

pytestmark = pytest.mark.rig
PAGES = "/wiki/api/v2/pages"


def test_a_page_lies_under_the_home_page_unless_told(site: Site, rig: Rig) -> None:
    home = rig.confluence.space_of_key("ORCH").homepage
    first = site.page("Soluções").json()
    second = site.page("Solução: cache", parentId=first["id"]).json()
    assert first["parentId"] == home
    assert second["parentId"] == first["id"]
    below = site.ask("GET", f"{PAGES}/{home}/descendants?depth=5").json()["results"]
    assert [(p["title"], p["depth"]) for p in below] == [("Soluções", 1), ("Solução: cache", 2)]
    assert len(site.ask("GET", f"{PAGES}/{home}/descendants?depth=1").json()["results"]) == 1


def test_titles_are_unique_in_a_space_even_archived_but_not_trashed(site: Site, rig: Rig) -> None:
    page = site.page("T").json()["id"]
    rig.confluence.archive_page(page)
    taken = site.page("T")
    assert taken.status_code == 400
    assert taken.json()["errors"][0]["title"].startswith("A page with this title already exists")
    listed = site.ask("GET", f"{PAGES}?title=T&status=current,archived").json()["results"]
    assert [(p["id"], p["status"]) for p in listed] == [(page, "archived")]
    rig.confluence.trash_page(page)
    assert site.page("T").status_code == 200
    other = rig.confluence.space_of_key("AUP").id
    assert site.page("T", spaceId=other).status_code == 200


def test_an_update_cannot_take_anothers_title(site: Site) -> None:
    site.page("A")
    page = site.page("B").json()["id"]
    assert site.write(page, 2, title="A").status_code == 400
    assert site.write(page, 2, title="C").json()["title"] == "C"


def test_the_version_is_a_compare_and_swap(site: Site, rig: Rig) -> None:
    page = site.page("T").json()["id"]
    assert site.write(page, 2, message="orch op=1").status_code == 200
    stale = site.write(page, 2)
    assert stale.status_code == 409
    assert stale.json()["errors"][0]["code"] == "CONFLICT"
    assert "Current Version: [2]" in stale.json()["errors"][0]["title"]
    assert site.write(page, 9).status_code == 409
    assert rig.confluence.pages[page].now.message == "orch op=1"


def test_a_persons_edit_is_a_version_by_someone_else(site: Site, rig: Rig) -> None:
    page = site.page("T").json()
    rig.confluence.edit_page(page["id"], body=PAGE_BODY["value"].replace("Olá", "Oi"))
    seen = site.ask("GET", f"{PAGES}/{page['id']}?body-format=atlas_doc_format").json()
    assert seen["version"]["number"] == 2
    assert seen["version"]["authorId"] != page["version"]["authorId"]
    assert "Oi" in seen["body"]["atlas_doc_format"]["value"]
    assert site.write(page["id"], 2).status_code == 409


def test_bodies_come_back_as_they_were_sent(site: Site) -> None:
    page = site.page("T").json()["id"]
    assert site.ask("GET", f"{PAGES}/{page}").json()["body"] == {}
    shown = site.ask("GET", f"{PAGES}/{page}?body-format=atlas_doc_format").json()["body"]
    assert json.loads(shown["atlas_doc_format"]["value"]) == json.loads(PAGE_BODY["value"])
    nested = {"storage": {"representation": "storage", "value": "<p>a&nbsp;b</p>"}}
    stored = site.page("S", body=nested).json()["id"]
    shown = site.ask("GET", f"{PAGES}/{stored}?body-format=storage").json()["body"]
    assert shown["storage"]["value"] == "<p>a&nbsp;b</p>"


def test_deleting_trashes_and_purging_forgets(site: Site, rig: Rig) -> None:
    parent = site.page("P").json()["id"]
    child = site.page("C", parentId=parent).json()["id"]
    assert site.ask("DELETE", f"{PAGES}/{parent}?purge=true").status_code == 400
    assert site.ask("DELETE", f"{PAGES}/{parent}").status_code == 204
    assert site.ask("GET", f"{PAGES}/{parent}").json()["status"] == "trashed"
    assert site.ask("GET", f"{PAGES}?title=P").json()["results"] == []
    assert rig.confluence.pages[child].parent == rig.confluence.space_of_key("ORCH").homepage
    restored = site.write(parent, 2, title="P")
    assert restored.json()["status"] == "current"
    site.ask("DELETE", f"{PAGES}/{parent}")
    assert site.ask("DELETE", f"{PAGES}/{parent}?purge=true").status_code == 204
    assert site.ask("GET", f"{PAGES}/{parent}").status_code == 404


def test_properties_go_by_numeric_id_and_version(site: Site) -> None:
    page = site.page("T").json()["id"]
    path = f"{PAGES}/{page}/properties"
    made = site.ask("POST", path, json={"key": "orch", "value": {"id": "x"}}).json()
    assert site.ask("POST", path, json={"key": "orch", "value": 1}).status_code == 409
    found = site.ask("GET", f"{path}?key=orch").json()["results"]
    assert [(p["id"], p["value"]) for p in found] == [(made["id"], {"id": "x"})]
    update = {"key": "orch", "value": 2, "version": {"number": 2}}
    assert site.ask("PUT", f"{path}/{made['id']}", json=update).json()["value"] == 2
    assert site.ask("PUT", f"{path}/{made['id']}", json=update).status_code == 409
    assert site.ask("DELETE", f"{path}/{made['id']}").status_code == 204


def test_space_properties_hold_a_manifest(site: Site, rig: Rig) -> None:
    path = f"/wiki/api/v2/spaces/{rig.confluence.space_of_key('ORCH').id}/properties"
    assert site.ask("POST", path, json={"key": "orch", "value": {"pages": {}}}).status_code == 201
    assert len(site.ask("GET", f"{path}?key=orch").json()["results"]) == 1


def test_labels_are_a_set(site: Site) -> None:
    page = site.page("T").json()["id"]
    for names in (["orch", "redis"], ["orch"]):
        body = [{"prefix": "global", "name": name} for name in names]
        assert site.ask("POST", f"/wiki/rest/api/content/{page}/label", json=body).status_code == 200
    shown = site.ask("GET", f"{PAGES}/{page}/labels").json()["results"]
    assert [label["name"] for label in shown] == ["orch", "redis"]
    assert site.ask("DELETE", f"/wiki/rest/api/content/{page}/label?name=orch").status_code == 204


def test_lists_page_by_a_relative_link(site: Site) -> None:
    for number in range(5):
        site.page(str(number))
    seen, path = [], f"{PAGES}?limit=2"
    while path:
        reply = site.ask("GET", path)
        seen += [page["title"] for page in reply.json()["results"]]
        path = reply.json()["_links"].get("next", "")
        assert ('rel="next"' in reply.headers.get("Link", "")) is bool(path)
    assert {"0", "1", "2", "3", "4"} <= set(seen)
    assert len(seen) == len(set(seen))


def test_attachments_replace_by_name(site: Site) -> None:
    page = site.page("T").json()["id"]
    path, header = f"/wiki/rest/api/content/{page}/child/attachment", {"X-Atlassian-Token": "nocheck"}
    for version in (1, 2):
        sent = site.ask("PUT", path, files={"file": ("a.png", b"x" * version, "image/png")}, headers=header)
        assert sent.json()["results"][0]["version"]["number"] == version
    again = site.ask("POST", path, files={"file": ("a.png", b"x", "image/png")}, headers=header)
    assert again.status_code == 400
    listed = site.ask("GET", f"{PAGES}/{page}/attachments?filename=a.png").json()["results"]
    assert [a["fileSize"] for a in listed] == [2]


def test_spaces_by_key(site: Site) -> None:
    found = site.ask("GET", "/wiki/api/v2/spaces?keys=ORCH").json()["results"]
    assert [space["key"] for space in found] == ["ORCH"]
    assert site.ask("GET", f"/wiki/api/v2/spaces/{found[0]['id']}").json()["homepageId"]
    assert site.ask("GET", "/wiki/api/v2/spaces?keys=NADA").json()["results"] == []
    assert site.page("T", spaceId="1").status_code == 404
