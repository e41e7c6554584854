"""Jira as orch has to live with it: an index that lags, bulk that half fails, upserts that are safe."""

from __future__ import annotations

from typing import Any

import pytest

from tests.rig.conftest import ADF, Site, issue_body
from tests.rig.rig import Rig

pytestmark = pytest.mark.rig
ISSUE, BULK, FETCH = "/rest/api/3/issue", "/rest/api/3/issue/bulk", "/rest/api/3/issue/bulkfetch"


def test_keys_are_sequential_in_each_project(site: Site) -> None:
    keys = [site.issue(project=project) for project in ("ORCH", "AUP", "ORCH", "BET")]
    assert keys == ["ORCH-1", "AUP-1", "ORCH-2", "BET-1"]


def test_the_index_lags_but_keys_do_not(site: Site, rig: Rig) -> None:
    rig.jira.index_lag = 60
    key = site.issue()
    assert site.found("project = ORCH") == []
    fetched = site.ask(
        "POST", FETCH, json={"issueIdsOrKeys": [key, "ORCH-99"], "properties": ["orch"]}
    ).json()
    assert [issue["key"] for issue in fetched["issues"]] == [key]
    assert fetched["issues"][0]["properties"] == {"orch": {"id": "Cache"}}
    assert site.found("project = ORCH", reconcileIssues=[int(fetched["issues"][0]["id"])]) == [key]
    rig.clock.advance(61)
    assert site.found("project = ORCH") == [key]


def test_an_edit_reaches_the_index_late_too(site: Site, rig: Rig) -> None:
    key = site.issue()
    rig.jira.index_lag = 60
    rig.clock.advance(3600)
    site.ask("PUT", f"{ISSUE}/{key}", json={"update": {"labels": [{"remove": "orch"}, {"add": "novo"}]}})
    assert rig.jira.issue(key).fields["labels"] == ["novo"]
    assert site.found("project = ORCH AND labels = orch") == [key]
    rig.clock.advance(61)
    assert site.found("project = ORCH AND labels = orch") == []


def test_search_answers_ids_only_unless_asked(site: Site) -> None:
    site.issue()
    reply = site.ask("POST", "/rest/api/3/search/jql", json={"jql": "project = ORCH"}).json()
    assert set(reply["issues"][0]) == {"id"}
    assert reply["isLast"] is True


def test_search_pages_by_token(site: Site) -> None:
    made = [site.issue(str(number)) for number in range(5)]
    body: dict[str, Any] = {
        "jql": "project = ORCH ORDER BY key ASC",
        "fields": ["key", "labels"],
        "maxResults": 2,
    }
    found: list[str] = []
    for _ in range(3):
        page = site.ask("POST", "/rest/api/3/search/jql", json=body).json()
        found += [issue["key"] for issue in page["issues"]]
        body["nextPageToken"] = page.get("nextPageToken")
    assert found == made
    assert page["isLast"]
    assert "nextPageToken" not in page


@pytest.mark.parametrize(
    "text",
    ["", "order by created", "flavour = sweet", "project = NOPE", "project = ORCH AND", "updated > yesterday",
     "summary = x", "project ~ ORCH", "key in (ORCH-1", "project = ORCH labels = x"],
)  # fmt: skip
def test_jql_that_jira_does_not_take_is_400(site: Site, text: str) -> None:
    reply = site.ask("POST", "/rest/api/3/search/jql", json={"jql": text})
    assert reply.status_code == 400
    assert reply.json()["errorMessages"]


def test_bulk_half_fails_with_the_vendors_shape(site: Site, rig: Rig) -> None:
    rig.jira.reject(lambda fields: fields["summary"] == "veneno", "Não.")
    body = {
        "issueUpdates": [
            issue_body("a"),
            issue_body("veneno"),
            issue_body("c"),
            issue_body("d", project="NOPE"),
        ]
    }
    reply = site.ask("POST", BULK, json=body)
    assert reply.status_code == 201
    assert [issue["key"] for issue in reply.json()["issues"]] == ["ORCH-1", "ORCH-2"]
    errors = reply.json()["errors"]
    assert [e["failedElementNumber"] for e in errors] == [1, 3]
    assert errors[0]["elementErrors"] == {"errorMessages": [], "errors": {"summary": "Não."}}
    alone = site.ask("POST", BULK, json={"issueUpdates": [issue_body("veneno")]})
    assert alone.status_code == 400
    assert alone.json()["issues"] == []


def test_unknown_values_are_named(site: Site) -> None:
    for fields, name in (
        ({"issuetype": {"name": "Tarefa"}}, "issuetype"),
        ({"project": "NOPE"}, "project"),
        ({"sprint": 3}, "sprint"),
        ({"description": {**ADF, "content": ADF["content"] * 600}}, "description"),
    ):
        reply = site.ask("POST", ISSUE, json=issue_body(**fields))
        assert reply.status_code == 400
        assert list(reply.json()["errors"]) == [name]


def test_properties_and_remote_links_are_upserts(site: Site, rig: Rig) -> None:
    key = site.issue()
    updated = rig.jira.issue(key).updated
    for value in (1, 2):
        assert site.ask("PUT", f"{ISSUE}/{key}/properties/orch", json={"v": value}).status_code == 200
    assert site.ask("GET", f"{ISSUE}/{key}/properties/orch").json() == {"key": "orch", "value": {"v": 2}}
    assert rig.jira.issue(key).updated == updated
    link = {"globalId": "orch:1", "object": {"url": "https://example.com/c/1", "title": "commit"}}
    replies = [site.ask("POST", f"{ISSUE}/{key}/remotelink", json=link) for _ in range(2)]
    assert [r.status_code for r in replies] == [201, 200]
    assert replies[0].json()["id"] == replies[1].json()["id"]
    assert len(site.ask("GET", f"{ISSUE}/{key}/remotelink").json()) == 1


def test_people_edit_move_and_delete(site: Site, rig: Rig) -> None:
    key = site.issue()
    before = rig.jira.issue(key).updated
    rig.jira.edit_issue(key, summary="Outra coisa")
    rig.jira.move_issue(key, "done")
    shown = site.ask("GET", f"{ISSUE}/{key}?fields=summary,status,updated").json()["fields"]
    assert shown["summary"] == "Outra coisa"
    assert shown["status"]["statusCategory"]["key"] == "done"
    assert rig.jira.issue(key).updated > before
    rig.jira.delete_issue(key)
    assert site.ask("GET", f"{ISSUE}/{key}").status_code == 404
    assert site.found("project = ORCH") == []


def test_transitions_and_comments(site: Site, rig: Rig) -> None:
    key = site.issue()
    known = site.ask("GET", f"{ISSUE}/{key}/transitions").json()["transitions"]
    done = next(t for t in known if t["to"]["statusCategory"]["key"] == "done")
    moved = site.ask("POST", f"{ISSUE}/{key}/transitions", json={"transition": {"id": done["id"]}})
    assert moved.status_code == 204
    assert rig.jira.issue(key).facts()["statuscategory"] == "done"
    for _ in range(2):
        assert site.ask("POST", f"{ISSUE}/{key}/comment", json={"body": ADF}).status_code == 201
    assert site.ask("GET", f"{ISSUE}/{key}/comment").json()["total"] == 2


@pytest.mark.parametrize(
    "path",
    ["myself", "serverInfo", "project/ORCH", "project/10001", "project/search", "field", "issueLinkType",
     "issue/createmeta/ORCH/issuetypes", "issue/createmeta/ORCH/issuetypes/10001",
     "mypermissions?permissions=CREATE_ISSUES&projectKey=ORCH"],
)  # fmt: skip
def test_what_a_client_asks_before_it_begins(site: Site, path: str) -> None:
    assert site.ask("GET", f"/rest/api/3/{path}").status_code == 200
