"""Jira's state: projects, issues, and a search index that lags behind; and what people do to them."""

from __future__ import annotations

import copy
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from tests.rig import jql
from tests.rig.adf import text_of
from tests.rig.clock import Clock
from tests.rig.vendor_errors import VendorError
from tests.rig.weather import Weather

# Names as a Portuguese site has them: only ids and category keys are the same everywhere.
STATUSES = {
    "10000": ("Tarefas pendentes", "new"),
    "10001": ("Em andamento", "indeterminate"),
    "10002": ("Concluído", "done"),
}
TRANSITIONS = {"11": "10000", "21": "10001", "31": "10002"}
ISSUE_TYPES = {"10001": "Task", "10002": "Story", "10003": "Bug", "10004": "Epic"}
PROJECTS = {"ORCH": "Orquestrador", "AUP": "Empresa A", "BET": "Empresa B"}
ACCOUNT = {"accountId": "712020:orch", "displayName": "Orch", "active": True}
HUMAN = {"accountId": "712020:maria", "displayName": "Maria", "active": True}


@dataclass(slots=True)
class Issue:
    """An issue as it is now; `history` holds what the index will see, and since when."""

    id: str
    project: str
    number: int
    fields: dict[str, Any]
    created: datetime
    updated: datetime
    status: str = "10000"
    properties: dict[str, Any] = field(default_factory=dict)
    links: dict[str, dict[str, Any]] = field(default_factory=dict)
    comments: list[dict[str, Any]] = field(default_factory=list)
    history: list[tuple[datetime, dict[str, Any]]] = field(default_factory=list)
    former: list[str] = field(default_factory=list)  # keys from before it was moved

    @property
    def key(self) -> str:
        """Such as ORCH-12."""
        return f"{self.project}-{self.number}"

    def facts(self) -> dict[str, Any]:
        """What JQL can ask about."""
        summary, description = self.fields.get("summary", ""), text_of(self.fields.get("description"))
        name, category = STATUSES[self.status]
        return {
            "id": self.id, "key": self.key, "number": self.number, "project": self.project,
            "labels": list(self.fields.get("labels", [])), "creator": jql.CURRENT_USER,
            "created": self.created, "updated": self.updated,
            "status": [name, self.status], "statuscategory": category, "summary": summary,
            "description": description, "text": f"{summary}\n{description}",
            "issuetype": [self.fields["issuetype"]["name"], self.fields["issuetype"]["id"]],
        }  # fmt: skip


class Jira:
    """`index_lag` is in seconds; `reject` makes the vendor refuse chosen creates, as workflows do."""

    url: str
    server: Any

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.weather = Weather()
        self.lock = threading.RLock()
        self.reset()

    def reset(self) -> None:
        """Empty projects, fine weather, an index without lag."""
        self.weather.clear()
        with self.lock:
            self.projects = dict(PROJECTS)
            self.issues: dict[str, Issue] = {}
            self.project_properties: dict[tuple[str, str], Any] = {}
            self.index_lag = 0.0
            self._counters: dict[str, int] = {}
            self._next_id = 10000
            self._rejections: list[tuple[Callable[[Mapping[str, Any]], bool], str, str]] = []

    # ------------------------------------------------------------------ what people and tests do

    def saved(self) -> Any:
        """All issues as they are now, for `restore`."""
        with self.lock:
            return copy.deepcopy((self.issues, self._counters, self._next_id, self.project_properties))

    def restore(self, saved: Any) -> None:
        """Back to what `saved` gave; the weather stays."""
        with self.lock:
            found = copy.deepcopy(saved)
            self.issues, self._counters, self._next_id, self.project_properties = found

    def issue(self, key: str) -> Issue:
        """The issue of that key or id. Raises StopIteration when there is none."""
        return next(i for i in self.all() if key in (i.id, i.key))

    def all(self, project: str = "") -> list[Issue]:
        """Every issue, the oldest first."""
        return [i for i in list(self.issues.values()) if project in ("", i.project)]

    def edit_issue(self, key: str, **fields: Any) -> None:
        """A person changes fields in the browser."""
        self.change(self.issue(key), fields)

    def move_issue(self, key: str, category: str) -> None:
        """A person drags the issue to the column of a status category: new, indeterminate or done."""
        issue = self.issue(key)
        issue.status = next(i for i, (_, c) in STATUSES.items() if c == category)
        self.change(issue, {})

    def transfer_issue(self, key: str, project: str) -> str:
        """A person moves the issue to another project: a new key, and the old one leads there."""
        with self.lock:
            issue = self.issue(key)
            issue.former.append(issue.key)
            issue.project = project
            issue.number = self._counters[project] = self._counters.get(project, 0) + 1
            self.change(issue, {})
            return issue.key

    def delete_issue(self, key: str) -> None:
        """A person deletes the issue."""
        with self.lock:
            del self.issues[self.issue(key).id]

    def reject(self, when: Callable[[Mapping[str, Any]], bool], message: str, field: str = "summary") -> None:
        """From now on refuse creates and edits whose `fields` satisfy `when`."""
        self._rejections.append((when, message, field))

    # ------------------------------------------------------------------ what the API does

    def find(self, id_or_key: str) -> Issue:
        """The issue, or the vendor's 404."""
        for issue in self.issues.values():
            if id_or_key.upper() in (issue.id, issue.key, *issue.former):
                return issue
        raise VendorError(404, "Issue does not exist or you do not have permission to see it.")

    def create(self, project: str, fields: dict[str, Any], properties: Mapping[str, Any]) -> Issue:
        """A new issue with the project's next number."""
        with self.lock:
            number = self._counters[project] = self._counters.get(project, 0) + 1
            self._next_id += 1
            now = self.clock.now()
            issue = Issue(str(self._next_id), project, number, fields, now, now, properties=dict(properties))
            self.issues[issue.id] = issue
            self._index(issue)
            return issue

    def change(self, issue: Issue, fields: Mapping[str, Any]) -> None:
        """Replace fields; the index follows later."""
        with self.lock:
            issue.fields.update(copy.deepcopy(dict(fields)))
            issue.updated = max(self.clock.now(), issue.updated + timedelta(milliseconds=1))
            self._index(issue)

    def refuse_rejected(self, fields: Mapping[str, Any]) -> None:
        """Raise what `reject` planned for such fields."""
        for when, message, name in self._rejections:
            if when(fields):
                raise VendorError(400, message, name)

    def search(self, text: str, reconcile: Sequence[int] = ()) -> list[Issue]:
        """The issues that the index shows for a query; those to reconcile are seen as they are."""
        with self.lock:
            now = self.clock.now()
            try:
                query = jql.parse(text, now, list(self.projects))
            except jql.JqlError as error:
                raise VendorError(400, str(error)) from error
            fresh = {str(number) for number in reconcile}
            seen = [self._seen(issue, now, fresh) for issue in self.issues.values()]
            return [self.issues[facts["id"]] for facts in query.select([f for f in seen if f])]

    def _seen(self, issue: Issue, now: datetime, fresh: set[str]) -> dict[str, Any] | None:
        if issue.id in fresh:
            return issue.facts()
        horizon = now - timedelta(seconds=self.index_lag)
        visible = [facts for since, facts in issue.history if since <= horizon]
        return visible[-1] if visible else None

    def _index(self, issue: Issue) -> None:
        issue.history.append((self.clock.now(), issue.facts()))
