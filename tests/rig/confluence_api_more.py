"""Confluence Cloud's REST APIs: properties, labels, attachments, folders, moves."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from email import message_from_bytes
from typing import TYPE_CHECKING, Any

from tests.rig.confluence import ORCH, Confluence, Page, Property, Space
from tests.rig.confluence_fields import paged, shown_property, shown_space
from tests.rig.vendor_errors import VendorError
from tests.rig.wire import Request, Response, answer

if TYPE_CHECKING:
    from tests.rig.atlassian import Call

Holder = Page | Space


class ConfluenceMoreApi:
    """`handlers()` maps the contract's operation ids to methods."""

    def __init__(self, confluence: Confluence) -> None:
        self._confluence = confluence

    def handlers(self) -> Mapping[str, Callable[[Call], Response]]:
        """Operation id -> handler."""
        return {
            "C2_getPageContentProperties": self.properties,
            "C2_createPageProperty": self.add_property,
            "C2_getPageContentPropertiesById": self.property,
            "C2_updatePagePropertyById": self.set_property,
            "C2_deletePagePropertyById": self.delete_property,
            "C2_getSpaceProperties": self.properties,
            "C2_createSpaceProperty": self.add_property,
            "C2_getSpacePropertyById": self.property,
            "C2_updateSpacePropertyById": self.set_property,
            "C2_getPageLabels": self.labels,
            "C1_addLabelsToContent": self.add_labels,
            "C1_removeLabelFromContentUsingQueryParameter": self.remove_label,
            "C2_getPageAttachments": self.attachments,
            "C1_createOrUpdateAttachments": self.put_attachment,
            "C1_createAttachment": self.put_attachment,
            "C2_createSpace": self.create_space,
            "C2_createFolder": self.create_folder,
            "C2_getFolderById": self.folder,
            "C1_movePage": self.move,
            "C1_getCurrentUser": self.user,
        }

    def properties(self, call: Call) -> Response:
        """GET properties of a page or a space, by key or all."""
        wanted = call.query.get("key")
        found = [p for p in self._holder(call).properties.values() if wanted in (None, p.key)]
        return paged(call.request, found, call.query, shown_property)

    def add_property(self, call: Call) -> Response:
        """POST properties: 409 when the key exists."""
        holder, key = self._holder(call), call.body["key"]
        if any(each.key == key for each in holder.properties.values()):
            raise VendorError(409, f"Property with key {key} already exists")
        made = Property(self._confluence.new_id(), key, call.body.get("value"))
        holder.properties[made.id] = made
        return answer(201 if isinstance(holder, Space) else 200, shown_property(made))

    def property(self, call: Call) -> Response:
        """GET properties/{property-id}."""
        return answer(200, shown_property(self._property(call)))

    def set_property(self, call: Call) -> Response:
        """PUT properties/{property-id}: version + 1, else 409."""
        each, given = self._property(call), call.body
        if given["key"] != each.key:
            raise VendorError(400, "The key of a property cannot change.")
        if given["version"]["number"] != each.version + 1:
            raise VendorError(409, f"Version must be incremented. Current Version: [{each.version}].")
        each.value, each.version = given.get("value"), each.version + 1
        return answer(200, shown_property(each))

    def delete_property(self, call: Call) -> Response:
        """DELETE properties/{property-id}."""
        del self._holder(call).properties[self._property(call).id]
        return answer(204)

    def labels(self, call: Call) -> Response:
        """GET labels (v2)."""
        names = self._page(call.path["id"]).labels
        return paged(
            call.request, names, call.query, lambda name: {"id": name, "name": name, "prefix": "global"}
        )

    def add_labels(self, call: Call) -> Response:
        """POST labels (v1): a union of sets."""
        page = self._page(call.path["id"])
        given = call.body if isinstance(call.body, list) else [call.body]
        page.labels = list(dict.fromkeys([*page.labels, *(label["name"].lower() for label in given)]))
        results = [{"id": name, "name": name, "prefix": "global", "label": name} for name in page.labels]
        return answer(200, {"results": results, "start": 0, "limit": 200, "size": len(results)})

    def remove_label(self, call: Call) -> Response:
        """DELETE label?name= (v1)."""
        page, name = self._page(call.path["id"]), call.query["name"]
        page.labels = [label for label in page.labels if label != name]
        return answer(204)

    def attachments(self, call: Call) -> Response:
        """GET attachments (v2)."""
        page, wanted = self._page(call.path["id"]), call.query.get("filename")
        found = [a for a in page.attachments.values() if wanted in (None, a["title"])]
        return paged(call.request, found, call.query, lambda a: a)

    def put_attachment(self, call: Call) -> Response:
        """PUT creates or replaces by name; POST refuses a name that exists (v1, multipart)."""
        page, (name, kind, data) = self._page(call.path["id"]), _uploaded(call.request)
        known = page.attachments.get(name)
        if known and call.request.method == "POST":
            raise VendorError(
                400, f"Cannot add a new attachment with same file name as an existing attachment: {name}"
            )
        page.attachments[name] = {
            "id": known["id"] if known else f"att{self._confluence.new_id()}",
            "title": name,
            "status": "current",
            "pageId": page.id,
            "mediaType": kind,
            "fileSize": len(data),
            "version": {"number": known["version"]["number"] + 1 if known else 1},
        }
        return answer(200, {"results": [page.attachments[name]], "start": 0, "limit": 1, "size": 1})

    def create_space(self, call: Call) -> Response:
        """POST /spaces."""
        key = call.body.get("key", "")
        if any(space.key == key for space in self._confluence.spaces.values()):
            raise VendorError(400, f"A space already exists with key {key}")
        return answer(201, shown_space(self._confluence, self._confluence.add_space(key, call.body["name"])))

    def create_folder(self, call: Call) -> Response:
        """POST /folders."""
        given = call.body
        folder = {
            "id": self._confluence.new_id(),
            "type": "folder",
            "status": "current",
            "title": given.get("title", ""),
        }
        self._confluence.folders[folder["id"]] = {**folder, "parentId": given.get("parentId")}
        return answer(200, self._confluence.folders[folder["id"]])

    def folder(self, call: Call) -> Response:
        """GET /folders/{id}."""
        if call.path["id"] not in self._confluence.folders:
            raise VendorError(404, "Folder not found")
        return answer(200, self._confluence.folders[call.path["id"]])

    def move(self, call: Call) -> Response:
        """PUT move/{position}/{targetId} (v1)."""
        page, target = self._page(call.path["pageId"]), self._page(call.path["targetId"])
        page.parent = target.id if call.path["position"] == "append" else target.parent
        return answer(200, {"pageId": page.id})

    def user(self, call: Call) -> Response:
        """GET user/current (v1)."""
        return answer(200, {"type": "known", "accountId": ORCH, "displayName": "Orch"})

    def _page(self, page_id: str) -> Page:
        return self._confluence.find(page_id, ("current", "archived"))

    def _holder(self, call: Call) -> Holder:
        if "page-id" in call.path:
            return self._confluence.find(call.path["page-id"])
        space = self._confluence.spaces.get(call.path["space-id"])
        if space is None:
            raise VendorError(404, "Space not found")
        return space

    def _property(self, call: Call) -> Property:
        found = self._holder(call).properties.get(call.path["property-id"])
        if found is None:
            raise VendorError(404, "Property not found")
        return found


def _uploaded(request: Request) -> tuple[str, str, bytes]:
    """Name, media type and bytes of the part called `file`."""
    head = f"Content-Type: {request.headers['content-type']}\r\n\r\n".encode()
    for part in message_from_bytes(head + request.body).walk():
        if part.get_param("name", header="content-disposition") == "file":
            payload: Any = part.get_payload(decode=True)
            return part.get_filename() or "", part.get_content_type(), payload
    raise VendorError(400, "The multipart body has no part called file.")
