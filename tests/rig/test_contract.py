"""Requests that the vendors' descriptions forbid are refused, recorded, and change nothing."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from tests.rig.adf import adf_faults, storage_faults
from tests.rig.conftest import ADF, PAGE_BODY, Site, issue_body

pytestmark = pytest.mark.rig
ISSUE, BULK, SEARCH = "/rest/api/3/issue", "/rest/api/3/issue/bulk", "/rest/api/3/search/jql"
PAGES = "/wiki/api/v2/pages"
BROKEN_XHTML = {"representation": "storage", "value": "<p>"}
BAD_ADF = {"type": "doc", "version": 1, "content": [{"type": "heading", "content": []}]}
PAGE = {"spaceId": "98337", "status": "current", "title": "T", "body": PAGE_BODY}
UPDATE = {**PAGE, "id": "1", "version": {"number": 1}}

FORBIDDEN: dict[str, tuple[str, str, Any, int]] = {
    "empty create": ("POST", ISSUE, {}, 422),
    "fields as a list": ("POST", ISSUE, {"fields": []}, 422),
    "description as text": ("POST", ISSUE, issue_body(description="x"), 422),
    "description as invalid ADF": ("POST", ISSUE, issue_body(description=BAD_ADF), 400),
    "summary of 256": ("POST", ISSUE, issue_body("x" * 256), 422),
    "summary of two lines": ("POST", ISSUE, issue_body("a\nb"), 422),
    "label with a blank": ("POST", ISSUE, issue_body(labels=["a b"]), 422),
    "unknown member": ("POST", ISSUE, {**issue_body(), "labels": []}, 422),
    "51 in bulk": ("POST", BULK, {"issueUpdates": [issue_body()] * 51}, 400),
    "startAt in the new search": ("POST", SEARCH, {"jql": "project = ORCH", "startAt": 0}, 400),
    "51 to reconcile": ("POST", SEARCH, {"jql": "project = ORCH", "reconcileIssues": list(range(51))}, 400),
    "the removed search": ("GET", "/rest/api/3/search?jql=project=ORCH", None, 404),
    "page without space": ("POST", PAGES, {k: v for k, v in PAGE.items() if k != "spaceId"}, 400),
    "page in Markdown": ("POST", PAGES, {**PAGE, "body": {"representation": "markdown", "value": "x"}}, 400),
    "page of broken XHTML": (
        "POST",
        PAGES,
        {**PAGE, "body": BROKEN_XHTML},
        400,
    ),
    "page title of 256": ("POST", PAGES, {**PAGE, "title": "x" * 256}, 400),
    "update to version 1": ("PUT", f"{PAGES}/1", UPDATE, 400),
    "version as text": ("PUT", f"{PAGES}/1", {**UPDATE, "version": {"number": "two"}}, 400),
    "limit of 1000": ("GET", f"{PAGES}?limit=1000", None, 400),
    "misspelt parameter": ("GET", f"{PAGES}?spaceid=1", None, 400),
    "label without prefix": ("POST", "/wiki/rest/api/content/1/label", [{"name": "x"}], 400),
    "labels through v2": ("POST", f"{PAGES}/1/labels", [{"prefix": "global", "name": "x"}], 405),
}


@pytest.mark.parametrize("case", FORBIDDEN, ids=lambda case: case.replace(" ", "-"))
def test_a_forbidden_request_is_refused_and_recorded(site: Site, case: str) -> None:
    method, path, body, status = FORBIDDEN[case]
    with site.rig.expect_violations() as found:
        reply = site.ask(method, path, json=body) if body is not None else site.ask(method, path)
    assert reply.status_code == status, reply.text
    assert found
    assert not site.rig.jira.all()
    assert not site.rig.confluence.all()


def test_refusals_have_the_vendors_shapes(site: Site) -> None:
    with site.rig.expect_violations():
        jira = site.ask("POST", ISSUE, json={}).json()
        v2 = site.ask("POST", PAGES, json={}).json()
        v1 = site.ask("POST", "/wiki/rest/api/content/1/label", json=[{"name": "x"}]).json()
    assert set(jira) == {"errorMessages", "errors"}
    assert set(v2["errors"][0]) == {"status", "code", "title", "detail"}
    assert set(v1) == {"statusCode", "message"}


def test_an_attachment_needs_the_token_header(site: Site) -> None:
    page = site.page("T").json()["id"]
    path, files = f"/wiki/rest/api/content/{page}/child/attachment", {"file": ("a.png", b"x", "image/png")}
    with site.rig.expect_violations() as found:
        assert site.ask("PUT", path, files=files).status_code == 400
    assert "X-Atlassian-Token: missing" in found[0]
    sent = site.ask("PUT", path, files=files, headers={"X-Atlassian-Token": "nocheck"})
    assert sent.json()["results"][0]["title"] == "a.png"


def test_form_encoded_is_not_json(site: Site) -> None:
    with site.rig.expect_violations() as found:
        assert site.ask("POST", ISSUE, data={"fields": "x"}).status_code == 422
    assert "application/x-www-form-urlencoded" in found[0]


def test_an_unexpected_violation_is_kept_for_the_fixture(site: Site) -> None:
    site.ask("POST", ISSUE, json={})
    found = site.rig.violations.take()
    assert len(found) == 1
    assert "body" in found[0]


def test_our_own_answers_are_judged_too(site: Site) -> None:
    key = site.issue()
    site.rig.jira.issue(key).fields["labels"] = ["orch"]
    site.rig.jira.issue(key).properties = {"orch": {"id": 1}}
    site.rig.jira.issue(key).id = 5  # type: ignore[assignment]  # a number where Atlassian promises text
    with site.rig.expect_violations() as found:
        site.ask("GET", f"{ISSUE}/{key}")
    assert "OUR ANSWER" in found[0]


def test_requests_are_counted(site: Site) -> None:
    before = site.rig.violations.checked["jira"]
    site.issue()
    site.found("project = ORCH")
    assert site.rig.violations.checked["jira"] == before + 2


def test_credentials(site: Site, rig: Any) -> None:
    me = site.url + "/rest/api/3/myself"
    assert requests.get(me, timeout=5).status_code == 401
    assert requests.get(me, auth=(rig.atlassian.email, "wrong"), timeout=5).status_code == 401
    assert requests.get(site.url + PAGES, auth=("x", rig.atlassian.token), timeout=5).status_code == 401
    reader = (rig.atlassian.email, rig.atlassian.read_only_token)
    assert requests.get(me, auth=reader, timeout=5).status_code == 200
    assert requests.post(site.url + ISSUE, json=issue_body(), auth=reader, timeout=5).status_code == 403
    assert not rig.jira.all()


def test_a_companys_account_cannot_reach_another_companys_place(rig: Any) -> None:
    account = rig.atlassian.account_of("empresa-a")
    auth, url = (account.email, account.token), rig.atlassian.url + ISSUE
    assert requests.post(url, json=issue_body(project="AUP"), auth=auth, timeout=5).status_code == 201
    with rig.expect_violations() as found:
        assert requests.post(url, json=issue_body(project="BET"), auth=auth, timeout=5).status_code == 404
    assert "asks for BET" in found[0]


def test_scoped_tokens_use_the_cloud_address(site: Site) -> None:
    cloud = site.ask("GET", "/_edge/tenant_info").json()["cloudId"]
    assert site.ask("GET", f"/ex/jira/{cloud}/rest/api/3/myself").status_code == 200
    assert site.ask("GET", f"/ex/confluence/{cloud}/wiki/api/v2/spaces").status_code == 200


@pytest.mark.parametrize(
    ("document", "good"),
    [
        (ADF, True),
        (BAD_ADF, False),
        ({"type": "doc", "version": 1, "content": [{"type": "text", "text": "x"}]}, False),
        ({**ADF, "content": [{"type": "paragraph", "content": [{"type": "text", "text": ""}]}]}, False),
    ],
)
def test_adf_by_atlassians_schema(document: Any, good: bool) -> None:
    assert (adf_faults(document) == []) is good


def test_storage_format_is_xml_with_macros() -> None:
    body = "<ac:plain-text-body><![CDATA[x]]></ac:plain-text-body>"
    macro = f'<ac:structured-macro ac:name="code">{body}</ac:structured-macro>'
    assert storage_faults(f"<p>a&nbsp;b</p>{macro}") == []
    assert storage_faults("<p>a<br></p>")
