"""Requests and answers as plain values, and the record of what went over the wire."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

# Asked by POST, yet only a question.
_QUESTIONS = re.compile(r"/search/|/issue/bulkfetch$|/jql/match$|/rpc/match_")


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request; header names are lower case, `path` is decoded and without the query."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes = b""

    @property
    def path(self) -> str:
        """The path, percent-decoded."""
        return unquote(urlsplit(self.target).path)

    @property
    def query(self) -> list[tuple[str, str]]:
        """The query's pairs, in order, repeated names kept."""
        return parse_qsl(urlsplit(self.target).query, keep_blank_values=True)

    @property
    def is_write(self) -> bool:
        """True when carrying it out may change something."""
        return self.method not in ("GET", "HEAD", "OPTIONS") and not _QUESTIONS.search(self.path)

    def json(self) -> Any:
        """The body as JSON; None when there is none. Raises ValueError when it is not JSON."""
        return json.loads(self.body) if self.body else None


@dataclass(frozen=True, slots=True)
class Response:
    """One HTTP answer."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)

    def json(self) -> Any:
        """The body as JSON; None when there is none."""
        return json.loads(self.body) if self.body else None


def answer(status: int, content: Any = None, **headers: str) -> Response:
    """A JSON answer (no body when `content` is None); `Retry_After="1"` becomes `Retry-After: 1`."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    if content is None:
        return Response(status, b"", named)
    body = json.dumps(content, ensure_ascii=False).encode()
    return Response(status, body, {"Content-Type": "application/json;charset=UTF-8"} | named)


@dataclass(frozen=True, slots=True)
class Exchange:
    """A request with what became of it: the status sent, or 0 when no answer was."""

    request: Request
    status: int
    fault: int | str = ""

    def __str__(self) -> str:
        return f"{self.request.method} {self.request.target} {self.fault or self.status}"
