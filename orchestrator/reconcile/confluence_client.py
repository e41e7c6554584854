"""Confluence Cloud REST API v2 (the account: v1), as far as orch needs it.

One method an operation, plain JSON in and out; raises what `Session` raises. Pages are read from
the database by id, title or space, never by CQL, whose index lags.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

from orchestrator.errors import PermanentError
from orchestrator.i18n import _
from orchestrator.markup.adf import to_json
from orchestrator.markup.nodes import Node
from orchestrator.reconcile.atlassian import explain, query, site_of
from orchestrator.reconcile.http import Credential, Session, statuses
from orchestrator.reconcile.portions import in_portions

Json = Any
PAGE = 250  # pages an answer without bodies
PAGE_WITH_BODY = 25  # with bodies, fewer where they are long
LIVING = ["current", "archived"]  # both occupy their title
REMOVED = ["trashed", "deleted"]  # only what is trashed can be restored
PAGE_TIMEOUT = (5.0, 60.0)


def confluence_session(url: str, email: str, token: str, *, variable: str, **options: Any) -> Session:
    """A session for `ConfluenceClient`.

    `url` is the site (`https://acme.atlassian.net`, without `/wiki`), or for scoped tokens and
    service accounts `https://api.atlassian.com/ex/confluence/{cloudId}`; `variable` names where
    the token comes from; `options` go to `Session`. Raises ConfigError and CredentialsError.
    """
    credential = Credential.basic(variable, email, token)
    return Session(url.rstrip("/") + "/wiki", credential, vendor="Confluence", explain=explain, **options)


class ConfluenceClient:
    """Operations on one site."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.site = site_of(session.base)

    def space(self, key: str) -> Json | None:
        """The space {id, key, name, homepageId}, None where it is missing or hidden."""
        results = self.session.request("GET", query("/api/v2/spaces", keys=key)).data["results"]
        return results[0] if results else None

    def pages(
        self,
        *,
        space_id: str = "",
        ids: Sequence[str] = (),
        title: str = "",
        body: bool = False,
        status: Sequence[str] = LIVING,
    ) -> Iterator[Json]:
        """Pages by space, ids or exact title, as `status` says current and archived ones; `body` as ADF.

        Each is {id, status, title, parentId, authorId, version: {number, message}, body, _links}. One of
        `ids` that is too large to be read has no body.
        """
        if ids:
            size = PAGE_WITH_BODY if body else PAGE
            listed = partial(self._listed, body=body, status=list(status))
            alone = partial(self._listed, body=False, status=list(status))
            yield from in_portions(
                ids, lambda part: listed(id=",".join(part)), lambda one: alone(id=one), most=size
            )
        else:
            yield from self._listed(space_id=space_id, title=title or None, body=body, status=list(status))

    def _listed(self, *, body: bool, **chosen: str | list[str] | None) -> Iterator[Json]:
        form, size = ("atlas_doc_format", PAGE_WITH_BODY) if body else (None, PAGE)
        cursor: str | None = None
        seen: set[str] = set()
        while True:
            path = query(
                "/api/v2/pages",
                **chosen,
                sort="id",
                body_format=form,
                limit=size,
                cursor=cursor,
            )
            data = self.session.request("GET", path).data
            links = data.get("_links") or {}
            for page in data["results"]:
                page.setdefault("_links", {}).setdefault("base", links.get("base") or f"{self.site}/wiki")
                yield page
            following = parse_qs(urlsplit(links.get("next") or "").query).get("cursor", [""])[0]
            if not following:
                return
            if following in seen:
                raise PermanentError(_("Confluence repeats a page of a list; nothing more was read"))
            seen.add(cursor := following)

    def page(self, page_id: str, *, version: int | None = None) -> Json | None:
        """One page with its body as ADF, as it is or was in a version; None where it is gone."""
        path = query(f"/api/v2/pages/{quote(page_id)}", body_format="atlas_doc_format", version=version)
        answer = self.session.request("GET", path, accept=statuses(404))
        return None if answer.status == 404 else answer.data

    def create_page(self, space_id: str, title: str, adf: Node, *, parent_id: str = "") -> Json:
        """Create a page with its whole body. Never sent twice: a lost answer is in doubt.

        400 where the title is taken by a current or archived page of the space.
        """
        body: dict[str, Json] = {"spaceId": space_id, "status": "current", "title": title, "body": _body(adf)}
        if parent_id:
            body["parentId"] = parent_id
        return self.session.request("POST", "/api/v2/pages", json=body, timeout=PAGE_TIMEOUT).data

    def update_page(self, page_id: str, title: str, adf: Node, *, number: int, message: str) -> Json:
        """Write version `number`; 409 unless the page is at `number - 1`."""
        body: dict[str, Json] = {"id": page_id, "status": "current", "title": title, "body": _body(adf)}
        body["version"] = {"number": number, "message": message}
        path = f"/api/v2/pages/{quote(page_id)}"
        return self.session.request("PUT", path, json=body, timeout=PAGE_TIMEOUT, one=True).data

    def delete_page(self, page_id: str) -> bool:
        """Put a page into the trash; False where it was not there."""
        path = f"/api/v2/pages/{quote(page_id)}"
        answer = self.session.request("DELETE", path, accept=statuses(404), one=True)
        return answer.status != 404

    def current_user(self) -> Json:
        """The account of the credential: {accountId, displayName, …} (v1)."""
        return self.session.request("GET", "/rest/api/user/current").data


def _body(adf: Node) -> Json:
    return {"representation": "atlas_doc_format", "value": to_json(adf)}
