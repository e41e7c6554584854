"""What Jira and Confluence Cloud share: reasons in error bodies, addresses, one-line texts.

Messages come in the account's language; decide by status and member names only, never by words.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlencode, urlsplit

from orchestrator.markup.nodes import clean

Json = Any
MAX_TITLE = 255  # of an issue's summary and of a page's title
GATEWAY = "api.atlassian.com"


def explain(data: Json) -> str:
    """The reasons in an error body of Jira v3, Confluence v1 or v2, or RFC 7807, in the vendor's words."""
    return "; ".join(dict.fromkeys(_reasons(data))) if isinstance(data, Mapping) else ""


def _reasons(data: Mapping[str, Json]) -> Iterator[str]:
    yield from map(str, data.get("errorMessages") or ())
    errors = data.get("errors")
    if isinstance(errors, Mapping):
        yield from (f"{field}: {reason}" for field, reason in errors.items())
    for error in errors if isinstance(errors, list) else ():
        yield from _reason_of(error)
    for name in ("message", "title", "detail"):
        if data.get(name):
            yield str(data[name])


def _reason_of(error: Json) -> Iterator[str]:
    if not isinstance(error, Mapping):
        yield str(error)
        return
    for name in ("title", "detail", "message"):
        if error.get(name):
            yield str(error[name])


def site_of(base: str) -> str:
    """The address that people open, '' where the API is reached through Atlassian's gateway."""
    parts = urlsplit(base)
    return "" if parts.hostname == GATEWAY else f"{parts.scheme}://{parts.netloc}"


def query(path: str, **values: str | int | list[str] | None) -> str:
    """The path with a query; `_` in names becomes `-`, lists are repeated, None is left out."""
    pairs = {name.replace("_", "-"): value for name, value in values.items() if value is not None}
    return f"{path}?{urlencode(pairs, doseq=True)}" if pairs else path


def one_line(text: str, otherwise: str, limit: int = MAX_TITLE) -> str:
    """A title: clean, on one line, at most `limit` UTF-16 units (as Java counts); never empty."""
    line = " ".join(clean(text).split()) or otherwise
    if _units(line) <= limit:
        return line
    while _units(line) > limit - 1:
        line = line[:-1]
    return line.rstrip() + "…"


def _units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2
