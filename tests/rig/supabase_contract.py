"""PostgREST's own description of a project (Swagger 2.0, made from the database), as a judge of requests.

It describes tables as columns and functions as arguments; what PostgREST takes beside that and does not
describe is known here: JSON paths of a column, lists of rows, several preferences in one header.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from tests.rig.postgrest import Connecting
from tests.rig.wire import Request

_OPERATOR = re.compile(
    r"(not\.)?(eq|neq|gt|gte|lt|lte|like|ilike|in|is|cs|cd|ov|match|imatch|fts|plfts|phfts|wfts)[.(]"
)
# Read by every write, and the logical operators of every read: described by none.
_KNOWN_BESIDE = frozenset({"on_conflict", "columns", "or", "and"})
_TYPES = {
    "integer": int,
    "string": str,
    "boolean": bool,
    "number": (int, float),
    "array": list,
    "object": dict,
}
_PREFERENCES = (
    "return=",
    "resolution=",
    "count=",
    "missing=",
    "handling=",
    "tx=",
    "max-affected=",
    "timezone=",
)


class SupabaseContract:
    """`faults` of a request; PostgREST is asked for its description, with `token`, when needed."""

    def __init__(self, connection: Connecting, token: str) -> None:
        self._connection, self._token = connection, token
        self._document: Mapping[str, Any] = {}

    def faults(self, request: Request, path: str) -> list[str]:
        """What the description forbids; a place that is not in the database is no fault of the form.

        `path` is the request's, without the gateway's prefix.
        """
        if self._document and not list(self._judged(request, path)):
            return []
        self._document = self._read()  # the first request, or a migration since the last reading
        return list(self._judged(request, path))

    def _read(self) -> Mapping[str, Any]:
        connection = self._connection(30)
        try:
            connection.request("GET", "/", headers={"Authorization": f"Bearer {self._token}"})
            document: Mapping[str, Any] = json.loads(connection.getresponse().read())
            return document
        finally:
            connection.close()

    def _judged(self, request: Request, path: str) -> Iterator[str]:
        place = self._document.get("paths", {}).get(path)
        if place is None:
            return
        operation = place.get({"HEAD": "get"}.get(request.method, request.method.lower()))
        if operation is None:
            yield f"{request.method}: no such operation"
            return
        parameters = [self._resolved(p) for p in operation.get("parameters", [])]
        columns = self._document["definitions"].get(path.removeprefix("/"), {}).get("properties", {})
        yield from _query_faults(request, parameters, columns)
        yield from _body_faults(request, parameters, partial=request.method == "PATCH")
        yield from _preference_faults(request)

    def _resolved(self, node: Mapping[str, Any]) -> Mapping[str, Any]:
        while "$ref" in node:
            target: Any = self._document
            for part in node["$ref"].split("/")[1:]:
                target = target[part]
            node = target
        if "schema" in node:
            return {**node, "schema": self._resolved(node["schema"])}
        return node


def _query_faults(request: Request, parameters: Any, columns: Mapping[str, Any]) -> Iterator[str]:
    known = {p["name"] for p in parameters if p["in"] == "query"}
    for name, value in request.query:
        base = re.split(r"->", name)[0]
        if name == "select":
            asked = (re.split(r"->|::", part.rpartition(":")[2])[0] for part in value.split(","))
            yield from (f"select: no column {c}" for c in asked if columns and c not in {*columns, "*"})
        elif base in columns and base in known and not _OPERATOR.match(value):
            yield f"query {name}: {value[:40]} has no operator"
        elif base not in known | _KNOWN_BESIDE:
            yield f"query {name}: no such parameter"


def _body_faults(request: Request, parameters: Any, *, partial: bool) -> Iterator[str]:
    schema = next((p["schema"] for p in parameters if p["in"] == "body"), None)
    if schema is None or not request.body:
        return
    try:
        given = request.json()
    except ValueError as error:
        yield f"body: no JSON ({error})"
        return
    for row in given if isinstance(given, list) else [given]:
        yield from _row_faults(row, schema, partial=partial)


def _row_faults(row: Any, schema: Mapping[str, Any], *, partial: bool) -> Iterator[str]:
    if not isinstance(row, dict):
        yield "body: a row is no object"
        return
    properties = schema.get("properties", {})
    for name, value in row.items():
        wanted = properties.get(name)
        if wanted is None:
            yield f"body {name}: no such column"
        elif value is not None and not isinstance(value, _TYPES.get(wanted.get("type", ""), object)):
            yield f"body {name}: no {wanted['type']}"
    if not partial:
        missing = [n for n in schema.get("required", ()) if n not in row and not _filled(properties[n])]
        yield from (f"body {name}: missing" for name in missing)


def _filled(column: Mapping[str, Any]) -> bool:
    """True for a column that the database fills when nothing is given."""
    return "default" in column or "Primary Key" in column.get("description", "")


def _preference_faults(request: Request) -> Iterator[str]:
    for each in request.headers.get("prefer", "").split(","):
        if each.strip() and not each.strip().startswith(_PREFERENCES):
            yield f"Prefer: {each.strip()} is no preference"
