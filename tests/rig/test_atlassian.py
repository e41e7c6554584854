from __future__ import annotations

import pytest
import requests

pytestmark = pytest.mark.rig
ADF = {
    "type": "doc",
    "version": 1,
    "content": [{"type": "paragraph", "content": [{"type": "text", "text": "Olá"}]}],
}


def test_everything(rig):
    s = requests.Session()
    s.auth = (rig.atlassian.email, rig.atlassian.token)
    u = rig.atlassian.url
    r = s.post(
        u + "/rest/api/3/issue",
        json={
            "fields": {
                "project": {"key": "ORCH"},
                "issuetype": {"name": "Task"},
                "summary": "s",
                "description": ADF,
                "labels": ["orch"],
            },
            "properties": [{"key": "orch", "value": {"id": "x"}}],
        },
    )
    assert r.status_code == 201, r.text
    k = r.json()["key"]
    for path in (
        "issue/" + k,
        f"issue/{k}?fields=summary&properties=orch",
        f"issue/{k}/properties",
        f"issue/{k}/properties/orch",
        f"issue/{k}/remotelink",
        f"issue/{k}/comment",
        f"issue/{k}/transitions",
        "myself",
        "serverInfo",
        "project/ORCH",
        "project/search",
        "issue/createmeta/ORCH/issuetypes",
        "issue/createmeta/ORCH/issuetypes/10001",
        "mypermissions?permissions=BROWSE_PROJECTS",
        "issueLinkType",
        "field",
        "search/jql?jql=project=ORCH&fields=summary,labels",
    ):
        r = s.get(u + "/rest/api/3/" + path)
        assert r.status_code == 200, (path, r.text)
    r = s.post(
        u + "/rest/api/3/search/jql",
        json={
            "jql": "project = ORCH AND labels = orch AND created >= -2d",
            "fields": ["labels"],
            "properties": ["orch"],
        },
    )
    print(r.text)
    r = s.post(
        u + "/rest/api/3/issue/bulkfetch", json={"issueIdsOrKeys": [k, "ORCH-99"], "properties": ["orch"]}
    )
    assert r.status_code == 200
    r = s.put(u + f"/rest/api/3/issue/{k}", json={"fields": {"summary": "z"}})
    assert r.status_code == 204, r.text
    r = s.put(u + f"/rest/api/3/issue/{k}/properties/orch", json={"a": 1})
    assert r.status_code == 200, r.text
    for c in (201, 200):
        r = s.post(
            u + f"/rest/api/3/issue/{k}/remotelink",
            json={"globalId": "g", "object": {"url": "http://x", "title": "t"}},
        )
        assert r.status_code == c, r.text
    r = s.post(u + f"/rest/api/3/issue/{k}/comment", json={"body": ADF})
    assert r.status_code == 201, r.text
    r = s.post(u + f"/rest/api/3/issue/{k}/transitions", json={"transition": {"id": "31"}})
    assert r.status_code == 204, r.text
    w = u + "/wiki/api/v2"
    r = s.get(w + "/spaces?keys=ORCH")
    print(r.text)
    sp = r.json()["results"][0]
    import json

    r = s.post(
        w + "/pages",
        json={
            "spaceId": sp["id"],
            "title": "T",
            "status": "current",
            "body": {"representation": "atlas_doc_format", "value": json.dumps(ADF)},
        },
    )
    assert r.status_code == 200, r.text
    p = r.json()["id"]
    r = s.post(
        w + "/pages",
        json={
            "spaceId": sp["id"],
            "title": "T",
            "status": "current",
            "body": {"storage": {"representation": "storage", "value": "<p>x&nbsp;</p>"}},
        },
    )
    assert r.status_code == 400, r.text
    for path in (
        f"pages/{p}?body-format=storage",
        f"pages?space-id={sp['id']}&title=T",
        f"pages/{p}/properties?key=orch",
        f"pages/{p}/labels",
        f"pages/{sp['homepageId']}/direct-children",
        f"pages/{sp['homepageId']}/descendants?depth=3",
        f"pages/{p}/versions",
        f"pages/{p}/attachments",
        f"spaces/{sp['id']}",
        f"spaces/{sp['id']}/pages",
    ):
        r = s.get(w + "/" + path)
        assert r.status_code == 200, (path, r.text)
    r = s.post(w + f"/pages/{p}/properties", json={"key": "orch", "value": {"a": 1}})
    assert r.status_code == 200, r.text
    r = s.put(
        w + f"/pages/{p}/properties/{r.json()['id']}",
        json={"key": "orch", "value": {"a": 2}, "version": {"number": 2}},
    )
    assert r.status_code == 200, r.text
    r = s.put(
        w + f"/pages/{p}",
        json={
            "id": p,
            "status": "current",
            "title": "T2",
            "body": {"representation": "storage", "value": "<p>x</p>"},
            "version": {"number": 2, "message": "m"},
        },
    )
    assert r.status_code == 200, r.text
    r = s.put(
        w + f"/pages/{p}",
        json={
            "id": p,
            "status": "current",
            "title": "T2",
            "body": {"representation": "storage", "value": "<p>x</p>"},
            "version": {"number": 2, "message": "m"},
        },
    )
    assert r.status_code == 409, r.text
    r = s.post(u + f"/wiki/rest/api/content/{p}/label", json=[{"prefix": "global", "name": "orch"}])
    assert r.status_code == 200, r.text
    r = s.put(
        u + f"/wiki/rest/api/content/{p}/child/attachment",
        files={"file": ("a.png", b"x", "image/png")},
        headers={"X-Atlassian-Token": "nocheck"},
    )
    assert r.status_code == 200, r.text
    r = s.delete(w + f"/pages/{p}")
    assert r.status_code == 204, r.text
    r = s.get(u + "/wiki/rest/api/user/current")
    assert r.status_code == 200, r.text
