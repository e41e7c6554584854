"""How Confluence reads a page's body, and how it shows pages, versions and properties."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from urllib.parse import quote, urlencode

from tests.rig.adf import adf_faults, storage_faults, text_of
from tests.rig.confluence import Confluence, Page, Property, Space, Version
from tests.rig.vendor_errors import VendorError
from tests.rig.wire import Request, Response, answer

BODY_LIMIT = 5 * 1024 * 1024
Reject = Callable[[str, str], None]


def read_body(body: Mapping[str, Any], reject: Reject) -> tuple[str, str]:
    """Representation and value of a body as it is written. Raises VendorError 400 or 413."""
    plain = body if "representation" in body else next(iter(body.values()))
    representation, value = plain["representation"], plain["value"]
    if len(value.encode()) > BODY_LIMIT:
        raise VendorError(413, "Request body is too large.")
    faults = _body_faults(representation, value)
    if faults:
        reject("confluence", faults[0])
        raise VendorError(400, "Error parsing the page body")
    return representation, value


def shown_page(
    confluence: Confluence, page: Page, body_format: str | None = None, version: Version | None = None
) -> dict[str, Any]:
    """A page as v2 answers it; its body only when a format is asked for."""
    seen = version or page.now
    return {
        "id": page.id,
        "status": page.status,
        "title": seen.title,
        "spaceId": page.space,
        "parentId": page.parent,
        **({"parentType": "page"} if page.parent else {}),
        "position": 0,
        "authorId": page.versions[0].author,
        "createdAt": shown_time(page.versions[0]),
        "version": shown_version(seen),
        "body": _shown_body(seen, body_format) if body_format else {},
        "_links": {
            "webui": f"/spaces/{confluence.spaces[page.space].key}/pages/{page.id}/{quote(seen.title)}",
            "base": f"{confluence.url}/wiki",
        },
    }


def shown_version(version: Version) -> dict[str, Any]:
    """A version without the body."""
    return {
        "number": version.number,
        "message": version.message,
        "minorEdit": False,
        "authorId": version.author,
        "createdAt": shown_time(version),
    }


def shown_time(version: Version) -> str:
    """Such as 2026-11-22T17:03:00.123Z."""
    return f"{version.created:%Y-%m-%dT%H:%M:%S}.{version.created.microsecond // 1000:03d}Z"


def shown_property(each: Property) -> dict[str, Any]:
    """A content or space property."""
    return {"id": each.id, "key": each.key, "value": each.value, "version": {"number": each.version}}


def shown_space(confluence: Confluence, space: Space) -> dict[str, Any]:
    """A space."""
    return {
        "id": space.id,
        "key": space.key,
        "name": space.name,
        "type": "global",
        "status": "current",
        "homepageId": space.homepage,
        "_links": {"webui": f"/spaces/{space.key}", "base": f"{confluence.url}/wiki"},
    }


def paged(
    request: Request, items: Sequence[Any], query: Mapping[str, Any], shown: Callable[[Any], Any]
) -> Response:
    """One page of a v2 list: `_links.next` (relative) and the `Link` header lead to the next."""
    start, size = int(query.get("cursor") or 0), int(query.get("limit", 25))
    content: dict[str, Any] = {"results": [shown(item) for item in items[start : start + size]], "_links": {}}
    if start + size >= len(items):
        return answer(200, content)
    rest = [(name, value) for name, value in request.query if name != "cursor"]
    following = f"{request.path}?{urlencode([*rest, ('cursor', str(start + size))])}"
    content["_links"]["next"] = following
    return answer(200, content, Link=f'<{following}>; rel="next"')


def _body_faults(representation: str, value: str) -> list[str]:
    if representation == "storage":
        return storage_faults(value)
    if representation != "atlas_doc_format":
        return []
    try:
        return adf_faults(json.loads(value))
    except ValueError as error:
        return [f"ADF: no JSON ({error})"]


def _shown_body(version: Version, wanted: str) -> dict[str, Any]:
    """The body as it was written; in the other representation only its text."""
    if wanted in ("storage", "view", "atlas_doc_format") and wanted != version.representation:
        return {wanted: {"representation": wanted, "value": _converted(version, wanted)}}
    return {wanted: {"representation": wanted, "value": version.value}}


def _converted(version: Version, wanted: str) -> str:
    if version.representation == "atlas_doc_format":
        lines = text_of(json.loads(version.value)).splitlines()
        return "".join(f"<p>{html.escape(line)}</p>" for line in lines)
    text = html.unescape(re.sub(r"<[^>]+>", " ", version.value)).strip()
    if wanted != "atlas_doc_format":
        return version.value
    content = [{"type": "text", "text": text}] if text else []
    return json.dumps({"type": "doc", "version": 1, "content": [{"type": "paragraph", "content": content}]})
