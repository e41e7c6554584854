"""Shared by the rig's own tests: a session with credentials, and the smallest valid texts."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.rig.rig import Rig

ADF: dict[str, Any] = {
    "type": "doc",
    "version": 1,
    "content": [{"type": "paragraph", "content": [{"type": "text", "text": "Olá"}]}],
}
PAGE_BODY = {"representation": "atlas_doc_format", "value": json.dumps(ADF, ensure_ascii=False)}


def issue_body(summary: str = "Cache", project: str = "ORCH", **fields: Any) -> dict[str, Any]:
    """The smallest create that orch would send."""
    plain = {"project": {"key": project}, "issuetype": {"name": "Task"}, "summary": summary}
    return {
        "fields": {**plain, "labels": ["orch"], **fields},
        "properties": [{"key": "orch", "value": {"id": summary}}],
    }


class Site:
    """The Atlassian site through a session: `ask("POST", "/rest/api/3/issue", json=...)`."""

    def __init__(self, rig: Rig, token: str | None = None) -> None:
        self.rig, self.url = rig, rig.atlassian.url
        self._session = requests.Session()
        self._session.auth = (rig.atlassian.email, token or rig.atlassian.token)

    def ask(self, method: str, path: str, **options: Any) -> requests.Response:
        options.setdefault("timeout", 5)
        return self._session.request(method, self.url + path, **options)

    def close(self) -> None:
        self._session.close()

    def issue(self, summary: str = "Cache", **fields: Any) -> str:
        made = self.ask("POST", "/rest/api/3/issue", json=issue_body(summary, **fields))
        assert made.status_code == 201, made.text
        return str(made.json()["key"])

    def found(self, jql: str, **more: Any) -> list[str]:
        body = {"jql": jql, "fields": ["labels"], **more}
        reply = self.ask("POST", "/rest/api/3/search/jql", json=body)
        assert reply.status_code == 200, reply.text
        return [issue["key"] for issue in reply.json()["issues"]]

    def page(self, title: str, **more: Any) -> requests.Response:
        space = self.rig.confluence.space_of_key("ORCH").id
        body = {"spaceId": space, "status": "current", "title": title, "body": PAGE_BODY, **more}
        return self.ask("POST", "/wiki/api/v2/pages", json=body)

    def write(self, page_id: str, version: int, title: str = "T", message: str = "") -> requests.Response:
        stamp = {"number": version, "message": message}
        body = {"id": page_id, "status": "current", "title": title, "body": PAGE_BODY, "version": stamp}
        return self.ask("PUT", f"/wiki/api/v2/pages/{page_id}", json=body)


@pytest.fixture
def site(rig: Rig) -> Iterator[Site]:
    made = Site(rig)
    yield made
    made.close()


@pytest.fixture
def clone(rig: Rig, tmp_path: Path) -> Callable[..., str]:
    """`clone("push", ...)` runs git in a work tree whose origin is the forge's repository."""
    work = tmp_path / "work"
    subprocess.run(["git", "init", "--quiet", str(work)], check=True)

    def git(*arguments: str) -> str:
        done = subprocess.run(["git", *arguments], cwd=work, check=True, capture_output=True, text=True)
        return done.stdout.strip()

    git("remote", "add", "origin", rig.forge.git_url)
    git("commit", "--quiet", "--allow-empty", "-m", "primeiro")
    git("push", "--quiet", "origin", "main")
    return git
