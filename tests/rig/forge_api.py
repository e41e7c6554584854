"""GitHub's REST API for pull requests, over the forge's state and its real refs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from tests.rig.wire import Request, Response, answer

if TYPE_CHECKING:
    from tests.rig.forge import Forge, PullRequest

DOCUMENTATION = "https://docs.github.com/rest"
USER = {"login": "orch", "id": 1, "type": "User", "site_admin": False}


class ForgeError(Exception):
    """A refusal in GitHub's shape; `errors` as in a 422."""

    def __init__(self, status: int, message: str, errors: Sequence[Mapping[str, str]] = ()) -> None:
        super().__init__(message)
        self.status, self.message, self.errors = status, message, list(errors)


@dataclass(frozen=True, slots=True)
class ForgeCall:
    """A request that passed the contract."""

    request: Request
    path: Mapping[str, str]
    query: Mapping[str, Any]
    body: Any
    url: str


def failure(status: int, message: str = "", errors: Sequence[Mapping[str, str]] = ()) -> Response:
    """An error answer in GitHub's shape; a 429 is its secondary rate limit."""
    limited = "You have exceeded a secondary rate limit. Please wait a few minutes before you try again."
    text = message or (limited if status == 429 else f"status {status}")
    content: dict[str, Any] = {"message": text, "documentation_url": DOCUMENTATION, "status": str(status)}
    return answer(status, content | ({"errors": list(errors)} if errors else {}))


class ForgeApi:
    """`handlers()` maps the contract's operation ids to methods."""

    def __init__(self, forge: Forge) -> None:
        self._forge = forge

    def handlers(self) -> dict[str, Callable[[ForgeCall], Response]]:
        """Operation id -> handler."""
        return {
            "repos/get": self.repository,
            "repos/get-branch": self.branch,
            "pulls/list": self.list,
            "pulls/create": self.create,
            "pulls/get": self.get,
            "pulls/update": self.update,
            "issues/list-labels-on-issue": self.labels,
            "issues/add-labels": self.add_labels,
            "issues/set-labels": self.set_labels,
            "users/get-authenticated": self.user,
        }

    def repository(self, call: ForgeCall) -> Response:
        """GET /repos/{owner}/{repo}."""
        self._check(call)
        return answer(200, self._shown_repository())

    def branch(self, call: ForgeCall) -> Response:
        """GET branches/{branch}."""
        self._check(call)
        tip = self._forge.repository.tip(call.path["branch"])
        if tip is None:
            raise ForgeError(404, "Branch not found")
        return answer(200, {"name": call.path["branch"], "commit": {"sha": tip}, "protected": False})

    def list(self, call: ForgeCall) -> Response:
        """GET pulls: the newest first; `head` is only heeded as `owner:branch`."""
        self._check(call)
        state, head, base = (
            call.query.get("state", "open"),
            call.query.get("head", ""),
            call.query.get("base"),
        )
        found = [
            p
            for p in reversed(self._forge.pulls.values())
            if state in ("all", p.state) and base in (None, p.base)
        ]
        if ":" in head:
            found = [p for p in found if f"{self._owner}:{p.head}" == head]
        size, number = call.query.get("per_page", 30), call.query.get("page", 1)
        page = [self._shown(p) for p in found[size * (number - 1) : size * number]]
        if size * number >= len(found):
            return answer(200, page)
        rest = [(k, v) for k, v in call.request.query if k != "page"]
        following = f"{call.url}{call.request.path}?{urlencode([*rest, ('page', str(number + 1))])}"
        return answer(200, page, Link=f'<{following}>; rel="next"')

    def create(self, call: ForgeCall) -> Response:
        """POST pulls: 422 when a branch is missing, nothing is new, or one is open already."""
        from tests.rig.forge import PullRequest

        self._check(call)
        given, head = call.body, call.body["head"].removeprefix(f"{self._owner}:")
        self._check_branches(head, given["base"])
        now, number = self._forge.clock.now(), len(self._forge.pulls) + 1
        pull = PullRequest(number, given["title"], given.get("body") or "", head, given["base"], now, now)
        self._forge.pulls[number] = pull
        return answer(201, self._shown(pull, whole=True))

    def get(self, call: ForgeCall) -> Response:
        """GET pulls/{number}."""
        return answer(200, self._shown(self._pull(call), whole=True))

    def update(self, call: ForgeCall) -> Response:
        """PATCH pulls/{number}."""
        pull, given = self._pull(call), call.body or {}
        if given.get("state") == "open" and pull.state == "closed":
            self._check_reopening(pull)
        pull.title, pull.body = given.get("title", pull.title), given.get("body", pull.body) or ""
        pull.state, pull.base = given.get("state", pull.state), given.get("base", pull.base)
        pull.updated = self._forge.clock.now()
        return answer(200, self._shown(pull, whole=True))

    def labels(self, call: ForgeCall) -> Response:
        """GET labels of a pull request."""
        return answer(200, [{"name": name} for name in self._pull(call, "issue_number").labels])

    def add_labels(self, call: ForgeCall) -> Response:
        """POST labels: a union of sets."""
        pull = self._pull(call, "issue_number")
        pull.labels = list(dict.fromkeys([*pull.labels, *_label_names(call.body)]))
        return self.labels(call)

    def set_labels(self, call: ForgeCall) -> Response:
        """PUT labels: replaces the set."""
        self._pull(call, "issue_number").labels = _label_names(call.body)
        return self.labels(call)

    def user(self, call: ForgeCall) -> Response:
        """GET user."""
        return answer(200, USER)

    @property
    def _owner(self) -> str:
        return self._forge.repository.owner

    def _check(self, call: ForgeCall) -> None:
        if f"{call.path['owner']}/{call.path['repo']}".lower() != self._forge.full_name.lower():
            raise ForgeError(404, "Not Found")

    def _pull(self, call: ForgeCall, name: str = "pull_number") -> PullRequest:
        self._check(call)
        pull = self._forge.pulls.get(int(call.path[name]))
        if pull is None:
            raise ForgeError(404, "Not Found")
        return pull

    def _check_branches(self, head: str, base: str) -> None:
        for side, branch in (("head", head), ("base", base)):
            if self._forge.repository.tip(branch) is None:
                raise ForgeError(
                    422, "Validation Failed", [{"resource": "PullRequest", "field": side, "code": "invalid"}]
                )
        self._check_not_open(head, base)
        if not self._forge.repository.ahead(base, head):
            raise _custom(f"No commits between {base} and {head}")

    def _check_not_open(self, head: str, base: str) -> None:
        if any(p.state == "open" and (p.head, p.base) == (head, base) for p in self._forge.pulls.values()):
            raise _custom(f"A pull request already exists for {self._owner}:{head}.")

    def _check_reopening(self, pull: PullRequest) -> None:
        if pull.merged_at is not None:
            raise _custom("Cannot reopen a merged pull request.")
        if self._forge.repository.tip(pull.head) is None:
            raise _custom("state cannot be changed. The branch was deleted.")
        self._check_not_open(pull.head, pull.base)

    def _shown_repository(self) -> dict[str, Any]:
        repository = self._forge.repository
        return {
            "id": 1,
            "name": repository.full_name.partition("/")[2],
            "full_name": repository.full_name,
            "owner": {**USER, "login": repository.owner},
            "private": True,
            "default_branch": repository.default_branch,
            "clone_url": str(repository.path),
            "html_url": f"{self._forge.url}/{repository.full_name}",
            "permissions": {"admin": False, "push": True, "pull": True},
        }

    def _shown(self, pull: PullRequest, *, whole: bool = False) -> dict[str, Any]:
        plain = {
            "id": 1000 + pull.number,
            "number": pull.number,
            "state": pull.state,
            "title": pull.title,
            "body": pull.body or None,
            "draft": False,
            "user": USER,
            "labels": [{"name": name} for name in pull.labels],
            "html_url": f"{self._forge.url}/{self._forge.full_name}/pull/{pull.number}",
            "url": f"{self._forge.url}/repos/{self._forge.full_name}/pulls/{pull.number}",
            "head": self._side(pull.head, pull.head_commit),
            "base": self._side(pull.base, ""),
            "created_at": _time(pull.created),
            "updated_at": _time(pull.updated),
            "merged_at": _time(pull.merged_at),
            "closed_at": _time(pull.updated) if pull.state == "closed" else None,
            "merge_commit_sha": pull.merge_commit,
        }
        return plain | ({"merged": pull.merged_at is not None, "mergeable": None} if whole else {})

    def _side(self, branch: str, commit: str) -> dict[str, Any]:
        tip = commit or self._forge.repository.tip(branch) or ""
        return {
            "ref": branch,
            "label": f"{self._owner}:{branch}",
            "sha": tip,
            "repo": self._shown_repository(),
        }


def _custom(message: str) -> ForgeError:
    return ForgeError(
        422, "Validation Failed", [{"resource": "PullRequest", "code": "custom", "message": message}]
    )


def _label_names(body: Any) -> list[str]:
    given = body.get("labels", []) if isinstance(body, dict) else body
    return [each if isinstance(each, str) else each["name"] for each in given]


def _time(moment: datetime | None) -> str | None:
    return None if moment is None else f"{moment:%Y-%m-%dT%H:%M:%SZ}"
