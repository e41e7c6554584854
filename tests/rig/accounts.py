"""Who may do what on the Atlassian site: one account for the group, one for each company."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from tests.rig.confluence import Confluence
from tests.rig.wire import Request

EMAIL = "orch@example.com"
TOKEN = "ATATT3x-rig-full"
READ_ONLY_TOKEN = "ATATT3x-rig-read-only"
COMPANY_PLACES = {"empresa-a": "AUP", "empresa-b": "BET"}  # project key and space key alike


@dataclass(frozen=True, slots=True)
class Account:
    """`place` None means every project and space."""

    email: str
    token: str
    may_write: bool = True
    place: str | None = None


def accounts() -> dict[str, Account]:
    """Every account by its token."""
    companies = [Account(f"{c}@example.com", f"ATATT3x-rig-{c}", place=p) for c, p in COMPANY_PLACES.items()]
    everyone = [Account(EMAIL, TOKEN), Account(EMAIL, READ_ONLY_TOKEN, may_write=False), *companies]
    return {account.token: account for account in everyone}


def authenticated(request: Request, known: dict[str, Account]) -> Account | None:
    """The account of a request's Basic credentials; None when they are not good."""
    kind, _, encoded = request.headers.get("authorization", "").partition(" ")
    try:
        email, _, token = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return None
    account = known.get(token)
    return account if account and kind == "Basic" and account.email == email else None


def places_of(request: Request, confluence: Confluence) -> Iterator[str]:
    """The projects and spaces that a request names, by path or by body."""
    path = request.path
    if found := re.search(r"/rest/api/3/(?:issue|project)/([A-Z][A-Z0-9_]+)(?:-\d+)?(?:/|$)", path):
        yield found[1]
    if found := re.search(r"/(?:pages|content)/(\d+)", path):
        page = confluence.pages.get(found[1])
        yield from _space(confluence, page.space if page else "")
    if request.is_write and "json" in request.headers.get("content-type", ""):
        yield from _named(request.json(), confluence)


def _named(body: Any, confluence: Confluence) -> Iterator[str]:
    if not isinstance(body, dict):
        return
    for each in [body, *body.get("issueUpdates", [])]:
        key = each.get("fields", {}).get("project", {}).get("key")
        if key:
            yield key
    yield from _space(confluence, str(body.get("spaceId", "")))


def _space(confluence: Confluence, space_id: str) -> Iterator[str]:
    if space_id in confluence.spaces:
        yield confluence.spaces[space_id].key
