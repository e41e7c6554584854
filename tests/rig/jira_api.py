"""Jira Cloud's REST API v3 over the state: issues, searches, properties."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from tests.rig.jira import Issue, Jira
from tests.rig.jira_api_more import JiraMoreApi
from tests.rig.jira_fields import Reject, check_properties, checked_create, checked_edit, shown
from tests.rig.vendor_errors import VendorError
from tests.rig.wire import Response, answer

if TYPE_CHECKING:
    from tests.rig.atlassian import Call

PAGE_WITH_FIELDS = 100  # however large maxResults is


class JiraApi:
    """`handlers()` maps the contract's operation ids to methods."""

    def __init__(self, jira: Jira, reject: Reject) -> None:
        self._jira, self._reject = jira, reject
        self._more = JiraMoreApi(jira, reject)

    def handlers(self) -> Mapping[str, Callable[[Call], Response]]:
        """Operation id -> handler."""
        return {
            "J_createIssue": self.create,
            "J_createIssues": self.create_many,
            "J_bulkFetchIssues": self.fetch_many,
            "J_getIssue": self.get,
            "J_editIssue": self.edit,
            "J_searchAndReconsileIssuesUsingJql": self.search,
            "J_searchAndReconsileIssuesUsingJqlPost": self.search,
            "J_countIssues": self.count,
            "J_matchIssues": self.match,
            "J_getIssuePropertyKeys": self.property_keys,
            "J_getIssueProperty": self.get_property,
            "J_setIssueProperty": self.set_property,
            "J_deleteIssueProperty": self.delete_property,
            **self._more.handlers(),
        }

    def create(self, call: Call) -> Response:
        """POST /issue."""
        return answer(201, self._created(call.body))

    def create_many(self, call: Call) -> Response:
        """POST /issue/bulk: what can be created is; 400 with the same shape when nothing can."""
        issues, errors = [], []
        for number, each in enumerate(call.body["issueUpdates"]):
            try:
                issues.append(self._created(each))
            except VendorError as error:
                errors.append(_bulk_error(number, error))
        return answer(201 if issues else 400, {"issues": issues, "errors": errors})

    def fetch_many(self, call: Call) -> Response:
        """POST /issue/bulkfetch: reads the issues themselves; unknown keys are left out."""
        wanted = {text.upper() for text in call.body["issueIdsOrKeys"]}
        if not 0 < len(wanted) <= 100:
            raise VendorError(400, "The number of issues must be between 1 and 100.")
        fields, properties = (
            call.body.get("fields", ["*navigable"]),
            _properties(call.body.get("properties", [])),
        )
        found = [i for i in self._jira.all() if {i.id, i.key, *i.former} & wanted]
        return answer(
            200, {"issues": [shown(self._jira, i, fields, properties) for i in found], "issueErrors": []}
        )

    def get(self, call: Call) -> Response:
        """GET /issue/{key}."""
        issue = self._issue(call)
        fields, properties = _split(call.query.get("fields")), _split(call.query.get("properties"))
        return answer(200, shown(self._jira, issue, fields or ["*all"], properties))

    def edit(self, call: Call) -> Response:
        """PUT /issue/{key}."""
        issue = self._issue(call)
        fields = checked_edit(self._jira, issue, call.body, self._reject)
        for each in call.body.get("properties", []):
            issue.properties[each["key"]] = each["value"]
        self._jira.change(issue, fields)
        return answer(204)

    def search(self, call: Call) -> Response:
        """GET and POST /search/jql: the index, page by page, without a total."""
        given = call.body if call.body is not None else call.query
        fields = _split(given.get("fields"))
        properties = _properties(_split(given.get("properties")))
        found = self._jira.search(given.get("jql", ""), given.get("reconcileIssues", ()))
        size, start = _page_size(given, fields), _offset(given.get("nextPageToken"))
        page = found[start : start + size]
        content: dict[str, Any] = {
            "issues": [
                shown(self._jira, issue, [f for f in fields if f != "id"], properties) for issue in page
            ],
            "isLast": start + size >= len(found),
        }
        if not content["isLast"]:
            content["nextPageToken"] = _token(start + size)
        return answer(200, content)

    def count(self, call: Call) -> Response:
        """POST /search/approximate-count."""
        return answer(200, {"count": len(self._jira.search(call.body.get("jql", "")))})

    def match(self, call: Call) -> Response:
        """POST /jql/match."""
        ids = [str(number) for number in call.body["issueIds"]]
        matches = []
        for text in call.body["jqls"]:
            found = {issue.id for issue in self._jira.search(text)}
            matches.append({"matchedIssues": [int(i) for i in ids if i in found], "errors": []})
        return answer(200, {"matches": matches})

    def property_keys(self, call: Call) -> Response:
        """GET /issue/{key}/properties."""
        issue = self._issue(call)
        return answer(
            200,
            {
                "keys": [
                    {"key": key, "self": f"{call.url}{call.request.path}/{key}"} for key in issue.properties
                ]
            },
        )

    def get_property(self, call: Call) -> Response:
        """GET /issue/{key}/properties/{propertyKey}."""
        issue, key = self._issue(call), call.path["propertyKey"]
        if key not in issue.properties:
            raise VendorError(404, f"The property with key '{key}' does not exist.")
        return answer(200, {"key": key, "value": issue.properties[key]})

    def set_property(self, call: Call) -> Response:
        """PUT /issue/{key}/properties/{propertyKey}: an upsert; `updated` stays as it is."""
        issue, key = self._issue(call), call.path["propertyKey"]
        check_properties([{"key": key, "value": call.body}])
        issue.properties[key] = call.body
        return Response(200)

    def delete_property(self, call: Call) -> Response:
        """DELETE /issue/{key}/properties/{propertyKey}."""
        issue, key = self._issue(call), call.path["propertyKey"]
        if issue.properties.pop(key, None) is None:
            raise VendorError(404, f"The property with key '{key}' does not exist.")
        return answer(204)

    def _issue(self, call: Call) -> Issue:
        return self._jira.find(call.path["issueIdOrKey"])

    def _created(self, body: Mapping[str, Any]) -> dict[str, str]:
        project, fields = checked_create(self._jira, body, self._reject)
        properties = {each["key"]: each["value"] for each in body.get("properties", [])}
        issue = self._jira.create(project, fields, properties)
        return {"id": issue.id, "key": issue.key, "self": f"{self._jira.url}/rest/api/3/issue/{issue.id}"}


def _bulk_error(number: int, error: VendorError) -> dict[str, Any]:
    messages, named = ([], {error.field: error.message}) if error.field else ([error.message], {})
    return {
        "status": error.status,
        "elementErrors": {"errorMessages": messages, "errors": named},
        "failedElementNumber": number,
    }


def _split(given: Any) -> list[str]:
    return [] if given is None else [part for text in given for part in text.split(",")]


def _properties(wanted: list[str]) -> list[str]:
    if len(wanted) > 5:
        raise VendorError(400, "A maximum of 5 issue property keys can be specified.")
    return wanted


def _page_size(given: Mapping[str, Any], fields: list[str]) -> int:
    size = int(given.get("maxResults", 50))
    if not 1 <= size <= 5000:
        raise VendorError(400, "The value of maxResults must be between 1 and 5000.")
    return min(size, PAGE_WITH_FIELDS) if set(fields) - {"id", "key"} else size


def _token(offset: int) -> str:
    return base64.urlsafe_b64encode(f"page:{offset}".encode()).decode()


def _offset(token: str | None) -> int:
    if not token:
        return 0
    try:
        return int(base64.urlsafe_b64decode(token).decode().removeprefix("page:"))
    except ValueError as error:
        raise VendorError(400, "The provided next page token is invalid.") from error
