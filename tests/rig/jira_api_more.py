"""Jira Cloud's REST API v3: links, comments, transitions, and what a client asks before it begins."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from tests.rig.jira import ACCOUNT, ISSUE_TYPES, TRANSITIONS, Issue, Jira
from tests.rig.jira_fields import SCREEN, Reject, document_faults, shown_project, shown_status, shown_time
from tests.rig.vendor_errors import VendorError
from tests.rig.wire import Response, answer

if TYPE_CHECKING:
    from tests.rig.atlassian import Call

REQUIRED = ("summary", "project", "issuetype")


class JiraMoreApi:
    """`handlers()` maps the contract's operation ids to methods."""

    def __init__(self, jira: Jira, reject: Reject) -> None:
        self._jira, self._reject = jira, reject

    def handlers(self) -> Mapping[str, Callable[[Call], Response]]:
        """Operation id -> handler."""
        return {
            "J_getRemoteIssueLinks": self.remote_links,
            "J_createOrUpdateRemoteIssueLink": self.put_remote_link,
            "J_deleteRemoteIssueLinkByGlobalId": self.delete_remote_link,
            "J_getComments": self.comments,
            "J_addComment": self.add_comment,
            "J_getTransitions": self.transitions,
            "J_doTransition": self.move,
            "J_linkIssues": self.link,
            "J_getIssueLinkTypes": self.link_types,
            "J_getCurrentUser": self.myself,
            "J_getServerInfo": self.server_info,
            "J_getMyPermissions": self.permissions,
            "J_getFields": self.fields,
            "J_searchProjects": self.projects,
            "J_getProject": self.project,
            "J_getProjectProperty": self.project_property,
            "J_setProjectProperty": self.set_project_property,
            "J_getCreateIssueMetaIssueTypes": self.issue_types,
            "J_getCreateIssueMetaIssueTypeId": self.create_fields,
        }

    def remote_links(self, call: Call) -> Response:
        """GET remotelink: a list, or the one of a globalId."""
        links, wanted = self._issue(call).links, call.query.get("globalId")
        if wanted is None:
            return answer(200, list(links.values()))
        if wanted not in links:
            raise VendorError(404, "The remote issue link with the given globalId does not exist.")
        return answer(200, links[wanted])

    def put_remote_link(self, call: Call) -> Response:
        """POST remotelink: updates the link of that globalId, whole; else creates one."""
        issue, given = self._issue(call), call.body
        number = 10000 + sum(len(i.links) for i in self._jira.all())
        key = given.get("globalId") or f"link-{number}"
        if len(key) > 255:
            raise VendorError(400, "globalId is longer than 255 characters.", "globalId")
        known = issue.links.get(key)
        link = {**given, "id": known["id"] if known else number}
        link["self"] = f"{call.url}{call.request.path}/{link['id']}"
        issue.links[key] = link
        return answer(200 if known else 201, {"id": link["id"], "self": link["self"]})

    def delete_remote_link(self, call: Call) -> Response:
        """DELETE remotelink: the one of a globalId."""
        links, wanted = self._issue(call).links, call.query.get("globalId", "")
        if wanted not in links:
            raise VendorError(404, "The remote issue link with the given globalId does not exist.")
        del links[wanted]
        return answer(204)

    def comments(self, call: Call) -> Response:
        """GET comment, a page."""
        found = self._issue(call).comments
        start, size = call.query.get("startAt", 0), call.query.get("maxResults", 100)
        page = {
            "comments": found[start : start + size],
            "startAt": start,
            "maxResults": size,
            "total": len(found),
        }
        return answer(200, page)

    def add_comment(self, call: Call) -> Response:
        """POST comment: not idempotent."""
        issue, body = self._issue(call), call.body.get("body")
        document_faults("body", body, self._reject)
        now = shown_time(self._jira.clock.now())
        comment = {
            "id": str(20000 + len(issue.comments)),
            "author": ACCOUNT,
            "body": body,
            "created": now,
            "updated": now,
        }
        issue.comments.append(comment)
        self._jira.change(issue, {})
        return answer(201, comment)

    def transitions(self, call: Call) -> Response:
        """GET transitions."""
        self._issue(call)
        return answer(200, {"transitions": [_transition(number) for number in TRANSITIONS]})

    def move(self, call: Call) -> Response:
        """POST transitions."""
        issue, number = self._issue(call), call.body.get("transition", {}).get("id")
        if number not in TRANSITIONS:
            raise VendorError(
                400, f"It seems that you have tried to perform an illegal workflow operation: {number}"
            )
        issue.status = TRANSITIONS[number]
        self._jira.change(issue, {})
        return answer(204)

    def link(self, call: Call) -> Response:
        """POST issueLink."""
        for side in ("inwardIssue", "outwardIssue"):
            self._jira.find(call.body[side].get("key") or call.body[side].get("id", ""))
        return Response(201)

    def link_types(self, call: Call) -> Response:
        """GET issueLinkType."""
        kind = {"id": "10000", "name": "Relates", "inward": "relates to", "outward": "relates to"}
        return answer(200, {"issueLinkTypes": [kind]})

    def myself(self, call: Call) -> Response:
        """GET myself."""
        return answer(200, {**ACCOUNT, "timeZone": "America/Sao_Paulo", "locale": "pt_BR"})

    def server_info(self, call: Call) -> Response:
        """GET serverInfo."""
        info = {
            "baseUrl": call.url,
            "version": "1001.0.0-SNAPSHOT",
            "deploymentType": "Cloud",
            "serverTitle": "Jira",
        }
        return answer(200, info)

    def permissions(self, call: Call) -> Response:
        """GET mypermissions: the wanted ones must be named."""
        wanted = call.query.get("permissions")
        if not wanted:
            raise VendorError(400, "The permissions query parameter is required.")
        names = wanted.split(",")
        granted = {
            n: {"id": str(i), "key": n, "name": n, "type": "PROJECT", "havePermission": True}
            for i, n in enumerate(names)
        }
        return answer(200, {"permissions": granted})

    def fields(self, call: Call) -> Response:
        """GET field."""
        return answer(200, [{"id": name, "key": name, "name": name, "custom": False} for name in SCREEN])

    def projects(self, call: Call) -> Response:
        """GET project/search."""
        values = [shown_project(self._jira, key) for key in self._jira.projects]
        return answer(
            200, {"values": values, "startAt": 0, "maxResults": 50, "total": len(values), "isLast": True}
        )

    def project(self, call: Call) -> Response:
        """GET project/{key}."""
        return answer(200, shown_project(self._jira, self._project(call)))

    def project_property(self, call: Call) -> Response:
        """GET project/{key}/properties/{propertyKey}."""
        place = (self._project(call), call.path["propertyKey"])
        if place not in self._jira.project_properties:
            raise VendorError(404, f"The property with key '{place[1]}' does not exist.")
        return answer(200, {"key": place[1], "value": self._jira.project_properties[place]})

    def set_project_property(self, call: Call) -> Response:
        """PUT project/{key}/properties/{propertyKey}."""
        place = (self._project(call), call.path["propertyKey"])
        status = 200 if place in self._jira.project_properties else 201
        self._jira.project_properties[place] = call.body
        return Response(status)

    def issue_types(self, call: Call) -> Response:
        """GET createmeta issue types."""
        types = shown_project(self._jira, self._project(call))["issueTypes"]
        return answer(200, {"issueTypes": types, "startAt": 0, "maxResults": 50, "total": len(types)})

    def create_fields(self, call: Call) -> Response:
        """GET createmeta fields of an issue type."""
        self._project(call)
        if call.path["issueTypeId"] not in ISSUE_TYPES:
            raise VendorError(404, "No issue type with that id exists.")
        found = [_create_field(name) for name in SCREEN]
        return answer(200, {"fields": found, "startAt": 0, "maxResults": 50, "total": len(found)})

    def _issue(self, call: Call) -> Issue:
        return self._jira.find(call.path["issueIdOrKey"])

    def _project(self, call: Call) -> str:
        wanted = call.path["projectIdOrKey"]
        for key in self._jira.projects:
            if wanted in (key, shown_project(self._jira, key)["id"]):
                return key
        raise VendorError(404, f"No project could be found with key '{wanted}'.")


def _transition(number: str) -> dict[str, Any]:
    to = shown_status(TRANSITIONS[number])
    return {"id": number, "name": to["name"], "to": to, "isAvailable": True}


def _create_field(name: str) -> dict[str, Any]:
    plain = {"fieldId": name, "key": name, "name": name, "required": name in REQUIRED, "operations": ["set"]}
    return {**plain, "hasDefaultValue": False, "schema": {"type": "string", "system": name}}
