"""A forge with GitHub's REST API in front of a real bare repository, judged by GitHub's own description."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from tests.rig import scratch
from tests.rig.clock import Clock
from tests.rig.contract import DATA, Contract, Operation
from tests.rig.forge_api import ForgeApi, ForgeCall, ForgeError, failure
from tests.rig.forge_repository import BareRepository
from tests.rig.httpd import Server
from tests.rig.violations import Violations
from tests.rig.weather import Weather
from tests.rig.wire import Request, Response

REPOSITORY = "grupo/monorepo"
TOKEN = "github_pat_rigfulltoken0000000000"
READ_ONLY_TOKEN = "github_pat_rigreadonly0000000000"


@dataclass(slots=True)
class PullRequest:
    """A pull request as the forge keeps it; `head` and `base` are branch names."""

    number: int
    title: str
    body: str
    head: str
    base: str
    created: datetime
    updated: datetime
    state: str = "open"
    merged_at: datetime | None = None
    merge_commit: str | None = None
    labels: list[str] = field(default_factory=list)
    head_commit: str = ""


class Forge:
    """`url` is the API, `path` (also `git_url`) the bare repository to push to."""

    def __init__(
        self, clock: Clock, violations: Violations, elsewhere: str = "", place: Path | None = None
    ) -> None:
        self.clock, self._violations = clock, violations
        self._contract = Contract(DATA / "github-contract.json")
        self._folder = scratch.made("orchrig-forge-", place)
        self.weather = Weather()
        self._lock = threading.Lock()
        self.full_name, self.token, self.read_only_token = REPOSITORY, TOKEN, READ_ONLY_TOKEN
        self._handlers: dict[str, Callable[[ForgeCall], Response]] = ForgeApi(self).handlers()
        self.server = Server(self, elsewhere=elsewhere)
        self.url = self.server.url
        self.remote = "origin"  # what the configuration calls the repository
        self.reset()

    def reset(self) -> None:
        """An empty repository, no pull requests, fine weather."""
        self.weather.clear()
        self.server.clear()
        self.tokens = {TOKEN: True, READ_ONLY_TOKEN: False}  # token -> may write
        self.repository = BareRepository(self._folder / f"{REPOSITORY}.git", REPOSITORY)
        self.path = self.repository.path
        self.git_url = str(self.path)
        self.pulls: dict[int, PullRequest] = {}

    def stop(self) -> None:
        """Stop serving; the repository goes too."""
        self.server.stop()
        scratch.removed(self._folder)

    # ------------------------------------------------------------------ what people do

    def merge(self, number: int, *, delete_branch: bool = False) -> str:
        """A person presses the merge button; the merge commit's id. Raises MergeConflictError."""
        pull = self.pulls[number]
        text = f"Merge pull request #{number} from {self.repository.owner}/{pull.head}\n\n{pull.title}"
        pull.head_commit = self.repository.tip(pull.head) or ""
        pull.merge_commit = self.repository.merge(pull.base, pull.head, text)
        pull.state, pull.merged_at = "closed", self.clock.now()
        pull.updated = pull.merged_at
        if delete_branch:
            self.repository.delete_branch(pull.head)
        return pull.merge_commit

    def close(self, number: int) -> None:
        """A person closes the pull request without merging."""
        self.pulls[number].state = "closed"
        self.pulls[number].updated = self.clock.now()

    def edit(self, number: int, *, title: str = "", body: str = "") -> None:
        """A person edits the pull request in the browser."""
        pull = self.pulls[number]
        pull.title, pull.body = title or pull.title, body or pull.body
        pull.updated = self.clock.now()

    # ------------------------------------------------------------------ the server

    def weather_for(self, request: Request) -> Weather:
        """One product, one weather."""
        return self.weather

    def failure(self, status: int, request: Request) -> Response:
        """An error in GitHub's shape."""
        return failure(status)

    def handle(self, request: Request) -> Response:
        """User agent, credentials, contract, and then the pull requests themselves."""
        if not request.headers.get("user-agent"):
            self._violations.add("forge", "no User-Agent: GitHub refuses such requests")
            return failure(403, "Request forbidden by administrative rules.")
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() not in ("bearer", "token") or token not in self.tokens:
            return failure(401, "Bad credentials")
        operation, _ = self._contract.find(request)
        if operation is None:
            self._violations.add("forge", f"{request.method} {request.path}: no such operation")
            return failure(404, "Not Found")
        return self._judged(operation, request, may_write=self.tokens[token])

    def _judged(self, operation: Operation, request: Request, *, may_write: bool) -> Response:
        self._violations.count("forge")
        faults = self._contract.request_faults(operation, request)
        for fault in faults:
            self._violations.add("forge", f"{request.method} {request.target}: {fault}")
        if faults:
            return failure(422, "Validation Failed", [{"code": "custom", "message": faults[0]}])
        if request.is_write and not may_write:
            return failure(403, "Resource not accessible by personal access token")
        response = self._handled(operation, request)
        if response.status < 300:
            for fault in self._contract.response_faults(operation, response):
                self._violations.add("forge", f"OUR ANSWER to {operation.id}: {fault}")
        return response

    def _handled(self, operation: Operation, request: Request) -> Response:
        call = ForgeCall(
            request,
            operation.path_values(request),
            operation.query_values(request),
            request.json() if request.body else None,
            self.url,
        )
        try:
            with self._lock:  # one operation at a time: numbers and 422s must not race
                return self._handlers[operation.id](call)
        except ForgeError as error:
            return failure(error.status, error.message, error.errors)
