"""A vendor's own description of its API (OpenAPI 3.0), as a judge of requests and answers.

Schemas are compiled by fastjsonschema on first use, an operation at a time.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from tests.rig.wire import Request, Response

DATA = Path(__file__).parent / "data"
_METHODS = ("get", "put", "post", "delete", "patch")
_DRAFT = "http://json-schema.org/draft-04/schema#"
_BOOLEANS = {"true": True, "false": False}


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation of the description, with its parameters resolved."""

    id: str
    method: str
    template: str
    pattern: re.Pattern[str]
    parameters: tuple[Mapping[str, Any], ...]
    body: Mapping[str, Any] | None
    responses: Mapping[str, Any]

    def declares(self, status: int) -> bool:
        """Whether the description knows this status for the operation."""
        return str(status) in self.responses

    def path_values(self, request: Request) -> dict[str, str]:
        """The path's parameters, percent-decoded."""
        found = self.pattern.fullmatch(urlsplit(request.target).path)
        names = re.findall(r"{([^}]+)}", self.template)
        return dict(zip(names, map(unquote, found.groups() if found else ()), strict=True))

    def query_values(self, request: Request) -> dict[str, Any]:
        """The query's parameters as the types that the description gives them; defaults filled in."""
        values: dict[str, Any] = {}
        for parameter in self.parameters:
            if parameter["in"] == "query":
                found, schema = _texts(parameter, request), parameter.get("schema", {})
                if found:
                    values[parameter["name"]] = coerced(found, schema)
                elif "default" in schema:
                    values[parameter["name"]] = schema["default"]
        return values


class Contract:
    """`find` names the operation of a request; `request_faults` and `response_faults` judge."""

    def __init__(self, path: Path) -> None:
        self._document = json.loads(path.read_text(encoding="utf-8"))
        self._compiled: dict[int, Callable[[Any], Any]] = {}

    @cached_property
    def operations(self) -> list[Operation]:
        """Every operation, the most literal path first."""
        found = [
            self._operation(path, method, item)
            for path, item in self._document["paths"].items()
            for method in _METHODS
            if method in item
        ]
        return sorted(found, key=lambda o: o.template.count("{"))

    @cached_property
    def _components(self) -> Any:
        """The components once, as JSON Schema draft 4."""
        return as_json_schema(self._document.get("components", {}))

    def find(self, request: Request) -> tuple[Operation | None, list[str]]:
        """The operation, or None with the methods that this path does have."""
        path = urlsplit(request.target).path
        here = [o for o in self.operations if o.pattern.fullmatch(path)]
        for operation in here:
            if operation.method == request.method:
                return operation, []
        return None, [o.method for o in here]

    def request_faults(self, operation: Operation, request: Request) -> list[str]:
        """What the description forbids about this request; empty when it is a good one."""
        return [
            *self._parameter_faults(operation, request),
            *_unknown_query(operation, request),
            *self._body_faults(operation, request),
        ]

    def response_faults(self, operation: Operation, response: Response) -> list[str]:
        """What the description forbids about an answer of ours."""
        declared = self._resolved(operation.responses.get(str(response.status)))
        if declared is None:
            return [f"undeclared status {response.status}"]
        schema = _json_schema_of(declared)
        if schema is None or not response.body:
            return []
        return self._faults(schema, response.json(), "answer")

    def _operation(self, path: str, method: str, item: Mapping[str, Any]) -> Operation:
        plain = item[method]
        own = [self._resolved(p) for p in plain.get("parameters", [])]
        named = {(p["in"], p["name"]) for p in own}
        shared = [self._resolved(p) for p in item.get("parameters", [])]
        parameters = own + [p for p in shared if (p["in"], p["name"]) not in named]
        pieces = re.split(r"{[^}]+}", path)
        return Operation(
            id=plain.get("operationId", f"{method} {path}"),
            method=method.upper(),
            template=path,
            pattern=re.compile("([^/]+)".join(map(re.escape, pieces))),
            parameters=tuple({**p, "schema": self._resolved(p.get("schema", {}))} for p in parameters),
            body=self._resolved(plain.get("requestBody")),
            responses=plain["responses"],
        )

    def _resolved(self, node: Any) -> Any:
        while isinstance(node, Mapping) and "$ref" in node:
            target: Any = self._document
            for part in node["$ref"].split("/")[1:]:
                target = target[part]
            node = target
        return node

    def _parameter_faults(self, operation: Operation, request: Request) -> Iterator[str]:
        path_values = operation.path_values(request)
        for parameter in operation.parameters:
            name, place = parameter["name"], parameter["in"]
            texts = [path_values[name]] if place == "path" else _texts(parameter, request)
            if texts:
                yield from self._faults(
                    parameter["schema"], coerced(texts, parameter["schema"]), f"{place} {name}"
                )
            elif parameter.get("required"):
                yield f"{place} {name}: missing"

    def _body_faults(self, operation: Operation, request: Request) -> list[str]:
        if operation.body is None:
            return ["body: none is taken"] if request.body else []
        if not request.body:
            return ["body: missing"] if operation.body.get("required") else []
        kind = request.headers.get("content-type", "").partition(";")[0].strip()
        content = operation.body["content"]
        if kind not in content and "*/*" not in content:
            return [f"body: {kind or 'no content type'} where {', '.join(content)} is taken"]
        if kind.startswith("multipart/"):
            return []
        try:
            value = request.json()
        except ValueError as error:
            return [f"body: no JSON ({error})"]
        return self._faults(content.get(kind, {}).get("schema", {}), value, "body")

    def _faults(self, schema: Mapping[str, Any], value: Any, place: str) -> list[str]:
        import fastjsonschema

        if not schema:
            return []
        check = self._compiled.get(id(schema))
        if check is None:
            whole = {"$schema": _DRAFT, "allOf": [as_json_schema(schema)], "components": self._components}
            check = self._compiled[id(schema)] = fastjsonschema.compile(whole, use_default=False)
        try:
            check(value)
        except fastjsonschema.JsonSchemaException as error:
            return [f"{place}: {error.message.replace('data', place, 1)[:300]}"]
        return []


def as_json_schema(node: Any) -> Any:
    """An OpenAPI 3.0 schema as JSON Schema draft 4: `nullable` becomes the type null."""
    if isinstance(node, list):
        return [as_json_schema(part) for part in node]
    if not isinstance(node, Mapping):
        return node
    plain = {name: as_json_schema(part) for name, part in node.items() if name != "nullable"}
    if node.get("nullable") is not True:
        return plain if "nullable" not in node or isinstance(node["nullable"], bool) else dict(node)
    return {"anyOf": [{"type": "null"}, plain]}


def coerced(texts: Sequence[str], schema: Mapping[str, Any]) -> Any:
    """Parameter texts as the schema's type where they can be read so, else as they are."""
    if schema.get("type") == "array":
        items = schema.get("items", {})
        return [coerced([part], items) for text in texts for part in text.split(",")]
    text = texts[-1]
    if schema.get("type") == "integer" and re.fullmatch(r"-?\d+", text):
        return int(text)
    if schema.get("type") == "boolean":
        return _BOOLEANS.get(text, text)
    return text


def _texts(parameter: Mapping[str, Any], request: Request) -> list[str]:
    if parameter["in"] == "header":
        found = request.headers.get(parameter["name"].lower())
        return [] if found is None else [found]
    return [value for name, value in request.query if name == parameter["name"]]


def _unknown_query(operation: Operation, request: Request) -> list[str]:
    known = {p["name"] for p in operation.parameters if p["in"] == "query"}
    return [f"query {name}: no such parameter" for name, _ in request.query if name not in known]


def _json_schema_of(declared: Mapping[str, Any]) -> Mapping[str, Any] | None:
    for kind, content in declared.get("content", {}).items():
        if "json" in kind or kind == "*/*":
            return content.get("schema")  # type: ignore[no-any-return]  # parsed JSON
    return None
