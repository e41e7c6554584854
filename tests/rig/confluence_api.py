"""Confluence Cloud's REST API v2 over the state: pages and spaces."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from tests.rig.confluence import ORCH, Confluence, Page, Space
from tests.rig.confluence_api_more import ConfluenceMoreApi
from tests.rig.confluence_fields import Reject, paged, read_body, shown_page, shown_space, shown_version
from tests.rig.vendor_errors import VendorError
from tests.rig.wire import Response, answer

if TYPE_CHECKING:
    from tests.rig.atlassian import Call

DEFAULT_STATUSES = ("current", "archived")


class ConfluenceApi:
    """`handlers()` maps the contract's operation ids to methods."""

    def __init__(self, confluence: Confluence, reject: Reject) -> None:
        self._confluence, self._reject = confluence, reject
        self._more = ConfluenceMoreApi(confluence)

    def handlers(self) -> Mapping[str, Callable[[Call], Response]]:
        """Operation id -> handler."""
        return {
            "C2_getSpaces": self.spaces,
            "C2_getSpaceById": self.space,
            "C2_getPagesInSpace": self.pages_in_space,
            "C2_getPages": self.pages,
            "C2_createPage": self.create,
            "C2_getPageById": self.get,
            "C2_updatePage": self.update,
            "C2_updatePageTitle": self.rename,
            "C2_deletePage": self.delete,
            "C2_getPageDirectChildren": self.children,
            "C2_getPageDescendants": self.descendants,
            "C2_getPageVersions": self.versions,
            **self._more.handlers(),
        }

    def spaces(self, call: Call) -> Response:
        """GET /spaces."""
        keys, ids = call.query.get("keys"), call.query.get("ids")
        found = [s for s in self._confluence.spaces.values() if _in(s.key, keys) and _in(int(s.id), ids)]
        return paged(call.request, found, call.query, lambda s: shown_space(self._confluence, s))

    def space(self, call: Call) -> Response:
        """GET /spaces/{id}."""
        return answer(200, shown_space(self._confluence, self._space(call.path["id"])))

    def pages_in_space(self, call: Call) -> Response:
        """GET /spaces/{id}/pages."""
        return self._page_list(call, [int(self._space(call.path["id"]).id)])

    def pages(self, call: Call) -> Response:
        """GET /pages: by id, space, title and status (default current and archived)."""
        return self._page_list(call, call.query.get("space-id"))

    def create(self, call: Call) -> Response:
        """POST /pages."""
        given = call.body
        self._confluence.refuse_rejected(given)
        representation, value = read_body(given["body"], self._reject)
        space = self._space(given["spaceId"])
        root_level = call.query.get("root-level") is True
        parent = None if root_level else self._parent(given.get("parentId") or space.homepage, space)
        page = self._confluence.create(space.id, given["title"], parent, representation, value)
        return answer(200, shown_page(self._confluence, page, representation))

    def get(self, call: Call) -> Response:
        """GET /pages/{id}: also archived and trashed ones, whose status says so."""
        statuses = tuple(call.query.get("status", ("current", "archived", "trashed")))
        page = self._confluence.find(call.path["id"], statuses)
        number = call.query.get("version")
        version = page.now if number is None else next((v for v in page.versions if v.number == number), None)
        if version is None:
            raise VendorError(404, f"Version {number} not found")
        return answer(200, shown_page(self._confluence, page, call.query.get("body-format"), version))

    def update(self, call: Call) -> Response:
        """PUT /pages/{id}: the version is a compare-and-swap; a stale one is 409."""
        given = call.body
        page = self._confluence.find(call.path["id"])
        if given["id"] != page.id:
            raise VendorError(400, "The id in the body is not the id of the path.")
        self._confluence.refuse_rejected(given)
        representation, value = read_body(given["body"], self._reject)
        with self._confluence.lock:
            _compare(page, given["version"]["number"])
            self._confluence.check_title(page.space, given["title"], page.id)
            self._place(page, given)
            message = given["version"].get("message", "")
            self._confluence.write(page, given["title"], representation, value, message, ORCH)
        return answer(200, shown_page(self._confluence, page, representation))

    def rename(self, call: Call) -> Response:
        """PUT /pages/{id}/title."""
        page, title = self._confluence.find(call.path["id"], DEFAULT_STATUSES), call.body["title"]
        self._confluence.check_title(page.space, title, page.id)
        self._confluence.write(page, title, page.now.representation, page.now.value, "", ORCH)
        return answer(200, shown_page(self._confluence, page))

    def delete(self, call: Call) -> Response:
        """DELETE /pages/{id}: into the trash; with `purge`, out of it for good."""
        page = self._confluence.find(call.path["id"])
        purge = call.query.get("purge") is True
        if purge != (page.status == "trashed"):
            raise VendorError(404 if page.status == "trashed" else 400, "Only trashed pages can be purged.")
        if purge:
            del self._confluence.pages[page.id]
        else:
            self._confluence.trash(page)
        return answer(204)

    def children(self, call: Call) -> Response:
        """GET /pages/{id}/direct-children."""
        page = self._confluence.find(call.path["id"])
        return paged(call.request, self._confluence.children(page.id), call.query, lambda p: _child(p))

    def descendants(self, call: Call) -> Response:
        """GET /pages/{id}/descendants: silently no deeper than `depth`."""
        page = self._confluence.find(call.path["id"])
        found = list(self._confluence.descendants(page.id, min(call.query.get("depth", 2), 10)))
        return paged(call.request, found, call.query, lambda pair: {**_child(pair[0]), "depth": pair[1]})

    def versions(self, call: Call) -> Response:
        """GET /pages/{id}/versions, the newest first."""
        page = self._confluence.find(call.path["id"])
        return paged(call.request, page.versions[::-1], call.query, shown_version)

    def _page_list(self, call: Call, spaces: Sequence[int] | None) -> Response:
        query = call.query
        statuses = query.get("status", DEFAULT_STATUSES)
        found = [
            page
            for page in self._confluence.pages.values()
            if _in(int(page.id), query.get("id"))
            and _in(int(page.space), spaces)
            and page.status in statuses
            and query.get("title") in (None, page.title)
        ]
        body_format = query.get("body-format")
        return paged(call.request, found, query, lambda p: shown_page(self._confluence, p, body_format))

    def _space(self, space_id: str) -> Space:
        if space_id not in self._confluence.spaces:
            raise VendorError(404, f"Space not found: {space_id}")
        return self._confluence.spaces[space_id]

    def _parent(self, page_id: str, space: Space) -> str:
        if page_id in self._confluence.folders:
            return page_id
        parent = self._confluence.find(page_id, ("current",))
        if parent.space != space.id:
            raise VendorError(400, "The parent is in another space.")
        return parent.id

    def _place(self, page: Page, given: Mapping[str, Any]) -> None:
        if given.get("parentId"):
            page.parent = self._parent(given["parentId"], self._space(page.space))
        page.status = given["status"] if given["status"] == "current" else page.status


def _compare(page: Page, number: int) -> None:
    if number != page.now.number + 1:
        text = "Version must be incremented when updating a page."
        raise VendorError(409, f"{text} Current Version: [{page.now.number}]. Provided version: [{number}]")


def _in(value: Any, wanted: Sequence[Any] | None) -> bool:
    return wanted is None or value in wanted


def _child(page: Page) -> dict[str, Any]:
    return {
        "id": page.id,
        "status": page.status,
        "title": page.title,
        "type": "page",
        "spaceId": page.space,
        "parentId": page.parent,
        "childPosition": 0,
    }
