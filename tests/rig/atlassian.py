"""A stateful Jira and Confluence Cloud site on loopback, policed by Atlassian's own descriptions.

One address serves both products, as a real site does; each has its own weather. A request that the
contract forbids is refused (422 where declared, else 400) and recorded as a violation; so is an
answer of ours that the contract forbids.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from tests.rig.accounts import EMAIL, READ_ONLY_TOKEN, TOKEN, Account, accounts, authenticated, places_of
from tests.rig.clock import Clock
from tests.rig.confluence import Confluence
from tests.rig.confluence_api import ConfluenceApi
from tests.rig.contract import DATA, Contract, Operation
from tests.rig.httpd import Server
from tests.rig.jira import Jira
from tests.rig.jira_api import JiraApi
from tests.rig.vendor_errors import VendorError, vendor_failure
from tests.rig.violations import Violations
from tests.rig.weather import Weather
from tests.rig.wire import Request, Response, answer

CLOUD_ID = "11111111-2222-3333-4444-555555555555"


@dataclass(frozen=True, slots=True)
class Call:
    """A request that passed the contract: what its operation's handler needs."""

    request: Request
    path: Mapping[str, str]
    query: Mapping[str, Any]
    body: Any
    url: str


Handler = Callable[[Call], Response]


class Atlassian:
    """The site. `jira` and `confluence` hold the state, the human verbs and the weather."""

    def __init__(self, clock: Clock, violations: Violations, elsewhere: str = "", port: int = 0) -> None:
        self._violations = violations
        self._contract = Contract(DATA / "atlassian-contract.json")
        self.jira, self.confluence = Jira(clock), Confluence(clock)
        self._handlers: dict[str, Handler] = {
            **JiraApi(self.jira, self._reject).handlers(),
            **ConfluenceApi(self.confluence, self._reject).handlers(),
        }
        self.email, self.token, self.read_only_token = EMAIL, TOKEN, READ_ONLY_TOKEN
        self.cloud_id = CLOUD_ID
        self.server = Server(self, port=port, elsewhere=elsewhere)
        self.url = self.jira.url = self.confluence.url = self.server.url
        self.jira.server = self.confluence.server = self.server
        self.reset()

    def reset(self) -> None:
        """An empty site, fine weather, every token valid."""
        self.accounts = accounts()
        self.jira.reset()
        self.confluence.reset()
        self.server.clear()

    def stop(self) -> None:
        """Stop serving."""
        self.server.stop()

    def weather_for(self, request: Request) -> Weather:
        """Jira's or Confluence's."""
        return self.confluence.weather if _is_confluence(request) else self.jira.weather

    def failure(self, status: int, request: Request) -> Response:
        """An error in the shape of the product that was asked."""
        return vendor_failure(status, request)

    def handle(self, request: Request) -> Response:
        """Scoped-token addresses, authentication, contract, and then the product itself."""
        if request.path == "/_edge/tenant_info":
            return answer(200, {"cloudId": self.cloud_id})
        request = self._without_cloud_prefix(request)
        account = authenticated(request, self.accounts)
        if account is None:
            return vendor_failure(401, request)
        operation, methods = self._contract.find(request)
        if operation is None:
            return self._unknown(request, methods)
        return self._judged(operation, request, account)

    def _judged(self, operation: Operation, request: Request, account: Account) -> Response:
        product = "confluence" if _is_confluence(request) else "jira"
        self._violations.count(product)
        faults = self._contract.request_faults(operation, request)
        if faults:
            return self._refuse(operation, request, faults)
        if request.is_write and not account.may_write:
            return vendor_failure(403, request)
        if self._trespasses(request, account):
            return vendor_failure(404, request)
        response = self._handled(operation, request)
        if response.status < 300:
            for fault in self._contract.response_faults(operation, response):
                self._violations.add(product, f"OUR ANSWER to {operation.id}: {fault}")
        return response

    def _trespasses(self, request: Request, account: Account) -> bool:
        """A company's account names another's project or space: the site hides it, we report it."""
        others = [p for p in places_of(request, self.confluence) if account.place not in (None, p)]
        for place in others:
            self._violations.add("isolation", f"{account.email} asks for {place}: {request.target}")
        return bool(others)

    def account_of(self, company: str) -> Account:
        """The account of a company, which sees its own project and space only."""
        return next(a for a in self.accounts.values() if a.email == f"{company}@example.com")

    def _handled(self, operation: Operation, request: Request) -> Response:
        handler = self._handlers.get(operation.id)
        if handler is None:
            self._violations.add("rig", f"{operation.id} is not modelled")
            return vendor_failure(501, request)
        is_json = "json" in request.headers.get("content-type", "")
        call = Call(
            request,
            operation.path_values(request),
            operation.query_values(request),
            request.json() if is_json else None,
            self.url,
        )
        lock = self.confluence.lock if _is_confluence(request) else self.jira.lock
        try:
            with lock:  # one operation at a time, as the vendor's database would have it
                return handler(call)
        except VendorError as error:
            return vendor_failure(error.status, request, error.message, error.field)

    def _refuse(self, operation: Operation, request: Request, faults: list[str]) -> Response:
        product = "confluence" if _is_confluence(request) else "jira"
        for fault in faults:
            self._violations.add(product, f"{request.method} {request.target}: {fault}")
        return vendor_failure(422 if operation.declares(422) else 400, request, faults[0])

    def _reject(self, product: str, fault: str) -> None:
        """Handlers report what the JSON Schema of the contract cannot see (ADF, storage format)."""
        self._violations.add(product, fault)

    def _unknown(self, request: Request, methods: list[str]) -> Response:
        product = "confluence" if _is_confluence(request) else "jira"
        self._violations.add(product, f"{request.method} {request.path}: no such operation")
        return vendor_failure(405 if methods else 404, request)

    def _without_cloud_prefix(self, request: Request) -> Request:
        for product in ("jira", "confluence"):
            prefix = f"/ex/{product}/{self.cloud_id}"
            if request.target.startswith(prefix + "/"):
                target = request.target[len(prefix) :]
                return Request(request.method, target, request.headers, request.body)
        return request


def _is_confluence(request: Request) -> bool:
    return request.path.startswith(("/wiki/", "/ex/confluence/"))
