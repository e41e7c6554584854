"""Searching issues: Jira answers JQL itself, for a folder we read the files."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any

from orchestrator.app import jql
from orchestrator.app.clearance import clear_question, policy_of
from orchestrator.app.places import Place, configured_place
from orchestrator.app.remotes import jira_client
from orchestrator.app.workspace import Workspace
from orchestrator.config.group import Slot
from orchestrator.errors import UsageError
from orchestrator.i18n import _
from orchestrator.reconcile.remotes.folder_file import ObjectFile
from orchestrator.reconcile.remotes.folder_issues import FolderIssues

MOST = 5000


def find_issues(
    workspace: Workspace, query: str, limit: int, company: str | None = None
) -> list[dict[str, Any]]:
    """Issues of a bounded JQL query: {key, summary, status, updated, url}, newest first where we order.

    Asked with the credentials of `company`, or of the one company whose project the query names, or
    of the group. Raises UsageError, ConfigError, CredentialsError, RefusedError for a query that holds a
    secret, and PermanentError with Jira's words.
    """
    if not 1 <= limit <= MOST:
        raise UsageError(_("a limit lies between 1 and {n}").format(n=MOST))
    place = _asked(workspace, query, company)
    if place.config.kind == "folder":
        return list(islice(_in_folder(Path(place.config.url), query), limit))
    clear_question(policy_of(workspace, place.owner), query, only_blocked=True)
    client = jira_client(place.owner, place.config)
    found = client.search(query, ["summary", "status", "updated"], limit=limit)
    return [_from_jira(issue, client.site) for issue in found]


def _asked(workspace: Workspace, query: str, company: str | None) -> Place:
    if company is not None:
        return configured_place(workspace, Slot.ISSUES, workspace.company(company))
    named = set(jql.projects(query))
    for own in workspace.group.companies:
        config = own.remotes.get(Slot.ISSUES)
        if config is not None and config.where and named == {config.where}:
            return Place(own.id, Slot.ISSUES, config)
    return configured_place(workspace, Slot.ISSUES)


def _from_jira(issue: dict[str, Any], site: str) -> dict[str, Any]:
    fields = issue.get("fields") or {}
    return {
        "key": issue.get("key"),
        "summary": fields.get("summary", ""),
        "status": (fields.get("status") or {}).get("name", ""),
        "updated": fields.get("updated", ""),
        "url": f"{site}/browse/{issue.get('key')}",
    }


def _in_folder(folder: Path, query: str) -> Iterator[dict[str, Any]]:
    clauses, now = jql.parse(query), datetime.now(UTC)
    top = folder / "issues"
    names = sorted(p.name for p in top.iterdir() if p.is_dir()) if top.is_dir() else ()
    issues = [(name, file) for name in names for file in FolderIssues(folder, name="", prefix=name).objects()]
    read = [(_facts(project, file), file) for project, file in issues]
    for facts, file in sorted(read, key=lambda each: each[0]["updated"], reverse=True):
        if all(clause.holds(facts, now) for clause in clauses):
            yield {
                "key": file.id,
                "summary": file.title,
                "status": file.status,
                "updated": facts["updated"].strftime("%Y-%m-%dT%H:%M:%SZ"),
                "url": file.path.as_uri(),
            }


def _facts(project: str, file: ObjectFile) -> dict[str, Any]:
    return {
        "project": project,
        "key": file.id,
        "status": file.status,
        "labels": list(file.head.get("labels") or ()),
        "summary": file.title,
        "description": file.body,
        "text": f"{file.title}\n{file.body}",
        "updated": datetime.fromtimestamp(file.path.stat().st_mtime, UTC),
    }
