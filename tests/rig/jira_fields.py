"""What Jira checks about an issue's fields beyond their types, and how it shows an issue."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from tests.rig.adf import adf_faults
from tests.rig.jira import ACCOUNT, ISSUE_TYPES, STATUSES, Issue, Jira
from tests.rig.vendor_errors import VendorError

SCREEN = (
    "summary",
    "description",
    "environment",
    "labels",
    "project",
    "issuetype",
    "priority",
    "duedate",
    "parent",
)
DOCUMENTS = ("description", "environment")
TEXT_LIMIT = 32767
_PERIOD = 3  # digits of a second in Jira's times

Reject = Callable[[str, str], None]


def checked_create(jira: Jira, body: Mapping[str, Any], reject: Reject) -> tuple[str, dict[str, Any]]:
    """The project and fields of a create. Raises VendorError as Jira would."""
    fields = copy.deepcopy(dict(body["fields"]))
    _check_fields(fields, reject)
    check_properties(body.get("properties", []))
    jira.refuse_rejected(fields)
    project = _project(jira, fields.pop("project"))
    fields["issuetype"] = _issue_type(fields["issuetype"])
    fields["labels"] = list(dict.fromkeys(fields.get("labels", [])))
    return project, fields


def checked_edit(jira: Jira, issue: Issue, body: Mapping[str, Any], reject: Reject) -> dict[str, Any]:
    """The fields that an edit sets, `update` operations carried out."""
    fields = copy.deepcopy(dict(body.get("fields", {})))
    for name, operations in body.get("update", {}).items():
        if name in fields:
            raise VendorError(400, f"Field '{name}' cannot appear in both 'fields' and 'update'", name)
        fields[name] = _updated(issue.fields.get(name), operations)
    _check_fields(fields, reject)
    check_properties(body.get("properties", []))
    jira.refuse_rejected({**issue.fields, **fields})
    if "issuetype" in fields:
        fields["issuetype"] = _issue_type(fields["issuetype"])
    fields.pop("project", None)
    return fields


def check_properties(properties: Sequence[Mapping[str, Any]]) -> None:
    """Keys up to 255 characters, values up to 32768 characters of JSON."""
    for each in properties:
        if not 0 < len(each.get("key", "")) <= 255:
            raise VendorError(400, "The property key must be between 1 and 255 characters.")
        if len(json.dumps(each.get("value"), ensure_ascii=False)) > 32768:
            raise VendorError(400, "The property value cannot be longer than 32768 characters.")


def document_faults(name: str, document: Any, reject: Reject) -> None:
    """Refuse a document that Atlassian's schema refuses, or that is too long by either count."""
    faults = adf_faults(document)
    if faults:
        reject("jira", f"{name}: {faults[0]}")
        raise VendorError(400, "INVALID_INPUT")
    if len(json.dumps(document, ensure_ascii=False, separators=(",", ":"))) > TEXT_LIMIT:
        raise VendorError(
            400, "The entered text is too long. It exceeds the allowed limit of 32,767 characters.", name
        )


def shown(jira: Jira, issue: Issue, wanted: Sequence[str], properties: Sequence[str] = ()) -> dict[str, Any]:
    """An issue as the API answers it: only id without `wanted`, as search/jql does."""
    if not wanted and not properties:
        return {"id": issue.id}
    plain: dict[str, Any] = {
        "id": issue.id,
        "key": issue.key,
        "self": f"{jira.url}/rest/api/3/issue/{issue.id}",
    }
    every = _every_field(jira, issue)
    chosen = (
        every if {"*all", "*navigable"} & set(wanted) else {n: v for n, v in every.items() if n in wanted}
    )
    plain["fields"] = {name: value for name, value in chosen.items() if f"-{name}" not in wanted}
    if properties:
        all_of_them = "*all" in properties
        plain["properties"] = {k: v for k, v in issue.properties.items() if all_of_them or k in properties}
    return plain


def shown_time(moment: datetime) -> str:
    """Such as 2026-11-22T17:03:00.123+0000."""
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}+0000"


def shown_status(status: str) -> dict[str, Any]:
    """A status with its category, whose key alone is the same in every language."""
    name, category = STATUSES[status]
    number = {"new": 2, "indeterminate": 4, "done": 3}[category]
    return {"id": status, "name": name, "statusCategory": {"id": number, "key": category, "name": name}}


def shown_resolution(status: str) -> dict[str, Any] | None:
    """How an issue ended, as the usual workflow sets it on the way to a done status."""
    return {"id": "10000", "name": "Feito"} if STATUSES[status][1] == "done" else None


def shown_project(jira: Jira, key: str) -> dict[str, Any]:
    """A project with its issue types."""
    types = [{"id": number, "name": name, "subtask": False} for number, name in ISSUE_TYPES.items()]
    return {"id": _project_id(jira, key), "key": key, "name": jira.projects[key], "issueTypes": types}


def _project_id(jira: Jira, key: str) -> str:
    return str(10000 + list(jira.projects).index(key))


def _project(jira: Jira, given: Mapping[str, Any]) -> str:
    for key in jira.projects:
        if given.get("key") == key or given.get("id") == _project_id(jira, key):
            return key
    raise VendorError(400, "valid project is required", "project")


def _issue_type(given: Mapping[str, Any]) -> dict[str, str]:
    for number, name in ISSUE_TYPES.items():
        if given.get("id") == number or given.get("name") == name:
            return {"id": number, "name": name}
    raise VendorError(400, "Specify a valid issue type", "issuetype")


def _check_fields(fields: Mapping[str, Any], reject: Reject) -> None:
    for name, value in fields.items():
        if name not in SCREEN:
            text = f"Field '{name}' cannot be set. It is not on the appropriate screen, or unknown."
            raise VendorError(400, text, name)
        if name in DOCUMENTS and value is not None:
            document_faults(name, value, reject)


def _updated(value: Any, operations: Sequence[Mapping[str, Any]]) -> Any:
    for operation in operations:
        for verb, operand in operation.items():
            if verb == "set":
                value = operand
            elif verb == "add":
                value = [*(value or []), *([] if operand in (value or []) else [operand])]
            elif verb == "remove":
                value = [item for item in value or [] if item != operand]
            else:
                raise VendorError(400, f"Operation '{verb}' is not supported.")
    return value


def _every_field(jira: Jira, issue: Issue) -> dict[str, Any]:
    return {
        "environment": None,
        "description": None,
        **issue.fields,
        "project": {k: v for k, v in shown_project(jira, issue.project).items() if k != "issueTypes"},
        "status": shown_status(issue.status),
        "resolution": shown_resolution(issue.status),
        "created": shown_time(issue.created),
        "updated": shown_time(issue.updated),
        "creator": ACCOUNT,
        "reporter": ACCOUNT,
    }
