"""The forge: real refs, GitHub's answers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import requests

from tests.rig.forge_repository import MergeConflictError
from tests.rig.rig import Rig

pytestmark = pytest.mark.rig
Git = Callable[..., str]
PULL = {"title": "[ORCH] Compartilhar: auth", "body": "x", "head": "orch/share/auth", "base": "main"}


def ask(rig: Rig, method: str, path: str, token: str | None = None, **options: Any) -> requests.Response:
    headers = {"Authorization": f"Bearer {token or rig.forge.token}", **options.pop("headers", {})}
    url = f"{rig.forge.url}/repos/{rig.forge.full_name}{path}"
    return requests.request(method, url, headers=headers, timeout=5, **options)


def branch(git: Git, name: str = "orch/share/auth", text: str = "um") -> None:
    git("checkout", "--quiet", "-B", name, "main")
    git("commit", "--quiet", "--allow-empty", "-m", text)
    git("push", "--quiet", "--force", "origin", name)


def test_a_pull_request_needs_a_pushed_branch_with_something_new(rig: Rig, clone: Git) -> None:
    missing = ask(rig, "POST", "/pulls", json=PULL)
    assert missing.status_code == 422
    assert missing.json()["errors"] == [{"resource": "PullRequest", "field": "head", "code": "invalid"}]
    clone("push", "--quiet", "origin", "main:orch/share/auth")
    nothing = ask(rig, "POST", "/pulls", json=PULL)
    assert nothing.json()["errors"][0]["message"] == "No commits between main and orch/share/auth"
    branch(clone)
    made = ask(rig, "POST", "/pulls", json=PULL)
    assert made.status_code == 201
    assert made.json()["head"]["sha"] == clone("rev-parse", "orch/share/auth")
    again = ask(rig, "POST", "/pulls", json=PULL)
    assert again.status_code == 422
    assert again.json()["errors"][0]["message"] == "A pull request already exists for grupo:orch/share/auth."


def test_pull_requests_are_found_by_owner_and_branch(rig: Rig, clone: Git) -> None:
    branch(clone)
    branch(clone, "outra")
    for head in ("orch/share/auth", "outra"):
        assert ask(rig, "POST", "/pulls", json={**PULL, "head": head}).status_code == 201
    found = ask(rig, "GET", "/pulls?state=all&head=grupo:orch/share/auth").json()
    assert [p["number"] for p in found] == [1]
    unheeded = ask(rig, "GET", "/pulls?head=orch/share/auth").json()
    assert [p["number"] for p in unheeded] == [2, 1]
    page = ask(rig, "GET", "/pulls?per_page=1")
    assert len(page.json()) == 1
    assert 'rel="next"' in page.headers["Link"]


def test_a_person_merges(rig: Rig, clone: Git) -> None:
    branch(clone)
    ask(rig, "POST", "/pulls", json=PULL)
    tip = clone("rev-parse", "orch/share/auth")
    commit = rig.forge.merge(1, delete_branch=True)
    clone("fetch", "--quiet", "origin")
    assert clone("rev-parse", "origin/main") == commit
    assert clone("merge-base", "--is-ancestor", tip, "origin/main") == ""
    seen = ask(rig, "GET", "/pulls/1").json()
    assert (seen["state"], seen["merged"], seen["head"]["sha"]) == ("closed", True, tip)
    assert ask(rig, "PATCH", "/pulls/1", json={"state": "open"}).status_code == 422
    branch(clone, text="dois")
    assert ask(rig, "POST", "/pulls", json=PULL).json()["number"] == 2


def test_a_person_edits_and_closes(rig: Rig, clone: Git) -> None:
    branch(clone)
    ask(rig, "POST", "/pulls", json=PULL)
    rig.forge.edit(1, title="Outro")
    assert ask(rig, "GET", "/pulls/1").json()["title"] == "Outro"
    rig.forge.close(1)
    assert ask(rig, "GET", "/pulls").json() == []
    assert ask(rig, "PATCH", "/pulls/1", json={"state": "open", "body": "y"}).json()["body"] == "y"


def test_a_conflict_is_not_merged(rig: Rig, clone: Git, tmp_path: Any) -> None:
    for name, text in (("main", "a"), ("orch/share/auth", "b")):
        clone("checkout", "--quiet", "-B", name, "origin/main")
        (tmp_path / "work" / "arquivo").write_text(text)
        clone("add", "arquivo")
        clone("commit", "--quiet", "-m", text)
    clone("push", "--quiet", "origin", "main", "orch/share/auth")
    ask(rig, "POST", "/pulls", json=PULL)
    with pytest.raises(MergeConflictError):
        rig.forge.merge(1)


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("POST", "/pulls", {"head": "a", "base": "main"}, 422),
        ("POST", "/pulls", {**PULL, "labels": ["orch"]}, 422),
        ("PATCH", "/pulls/1", {"state": "merged"}, 422),
        ("GET", "/pulls?state=merged", None, 422),
        ("GET", "/pulls?branch=x", None, 422),
        ("PUT", "/pulls/1/merge", {}, 404),
    ],
)
def test_what_githubs_description_forbids(rig: Rig, method: str, path: str, body: Any, status: int) -> None:
    with rig.expect_violations() as found:
        assert ask(rig, method, path, json=body).status_code == status
    assert found


def test_credentials_labels_and_weather(rig: Rig, clone: Git) -> None:
    assert ask(rig, "GET", "", token="wrong").status_code == 401
    assert ask(rig, "GET", "").json()["default_branch"] == "main"
    branch(clone)
    assert ask(rig, "POST", "/pulls", token=rig.forge.read_only_token, json=PULL).status_code == 403
    rig.forge.weather.drop_after_commit()
    with pytest.raises(requests.ConnectionError):
        ask(rig, "POST", "/pulls", json=PULL)
    assert list(rig.forge.pulls) == [1]
    for names in (["orch"], ["orch", "auth"]):
        labelled = ask(rig, "POST", "/issues/1/labels", json={"labels": names}).json()
    assert [label["name"] for label in labelled] == ["orch", "auth"]
    with rig.expect_violations() as found:
        ask(rig, "GET", "", headers={"User-Agent": ""})
    assert "User-Agent" in found[0]
