"""What Supabase's API gateway does in front of PostgREST: prefix, `apikey`, keys exchanged for roles.

`strict` refuses a `sb_` key sent as bearer token, as the hosted documentation describes.
"""

from __future__ import annotations

from tests.rig.postgrest import Connecting, Keys
from tests.rig.supabase_contract import SupabaseContract
from tests.rig.violations import Violations
from tests.rig.weather import Weather
from tests.rig.wire import Request, Response, answer

PREFIX = "/rest/v1"
_OWN = frozenset({"host", "apikey", "authorization", "connection", "content-length", "accept-encoding"})
_HOP = frozenset({"transfer-encoding", "connection", "content-length", "date", "server"})
_NO_KEY = {
    "message": "No API key found in request",
    "hint": "No `apikey` request header or url param was found.",
}
_BAD_KEY = {
    "message": "Invalid API key",
    "hint": "Double check your Supabase `anon` or `service_role` API key.",
}
_BROWSER = {
    "message": "Forbidden use of secret API key in browser",
    "hint": "Secret API keys can only be used in a protected environment.",
}
_BAD_JWT = {"message": "Invalid JWT", "code": "PGRST301", "details": None, "hint": None}


class Gateway:
    """The application of one project's server."""

    def __init__(self, connection: Connecting, keys: Keys, violations: Violations) -> None:
        self.keys = keys
        self.violations = violations
        self._contract = SupabaseContract(connection, keys.legacy_service)
        self.weather = Weather()
        self.strict = True
        self._connection = connection

    def weather_for(self, request: Request) -> Weather:
        """One product, one weather."""
        return self.weather

    def failure(self, status: int, request: Request) -> Response:
        """The gateway's own errors: `message` only; 52x and 54x come as web pages."""
        if status >= 520:
            return Response(
                status, b"<html><body>Project paused</body></html>", {"Content-Type": "text/html"}
            )
        return answer(status, {"message": f"gateway says {status}"})

    def handle(self, request: Request) -> Response:
        """Check the key, exchange it for a role, ask PostgREST."""
        if not request.path.startswith(PREFIX + "/"):
            return answer(404, {"error": "requested path is invalid"})
        refused = self._refusal(request)
        if refused is None:
            self._judge(request)
        return refused or self._forward(request)

    def _judge(self, request: Request) -> None:
        """Compare with what PostgREST says of itself; it answers bad requests in its own words."""
        self.violations.count("supabase")
        for fault in self._contract.faults(request, request.path.removeprefix(PREFIX)):
            self.violations.add("supabase", f"{request.method} {request.target[:200]}: {fault}")

    def _refusal(self, request: Request) -> Response | None:
        key, bearer = request.headers.get("apikey"), request.headers.get("authorization", "")
        if not key:
            return answer(401, _NO_KEY)
        known = {self.keys.secret, self.keys.publishable, self.keys.legacy_service, self.keys.legacy_anon}
        if key not in known:
            return answer(401, _BAD_KEY)
        if key == self.keys.secret and "Mozilla" in request.headers.get("user-agent", ""):
            return answer(401, _BROWSER)
        if self.strict and bearer.startswith("Bearer sb_"):
            return answer(401, _BAD_JWT)
        return None

    def _authorization(self, request: Request) -> dict[str, str]:
        """A legacy JWT in `apikey` alone is no bearer: the role is then anon."""
        given = request.headers.get("authorization", "")
        if given and not given.startswith("Bearer sb_"):
            return {"Authorization": given}
        exchanged = {self.keys.secret: self.keys.legacy_service, self.keys.publishable: self.keys.legacy_anon}
        token = exchanged.get(request.headers["apikey"])
        return {"Authorization": f"Bearer {token}"} if token else {}

    def _forward(self, request: Request) -> Response:
        headers = {name: value for name, value in request.headers.items() if name not in _OWN}
        upstream = self._connection(60)
        try:
            target = request.target[len(PREFIX) :]
            upstream.request(
                request.method, target, request.body or None, headers | self._authorization(request)
            )
            reply = upstream.getresponse()
            kept = {name: value for name, value in reply.getheaders() if name.lower() not in _HOP}
            return Response(reply.status, reply.read(), kept)
        finally:
            upstream.close()
