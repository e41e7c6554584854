"""See the newest issues of a Jira project without its search index, which lags by minutes.

Keys are sequential in a project, and `bulkfetch` reads the database: everything that the index may
still hide has a key above the newest issue that is old enough to be indexed for certain.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from orchestrator.reconcile.jira_client import BULK_FETCH, JiraClient
from orchestrator.reconcile.remotes.jira_issue import FIELDS, PROPERTY, number_of

Json = Any
INDEXED_AFTER = "5m"  # JQL; Atlassian says "a few seconds to minutes"
GAP = 50  # this many absent keys in a row mean that there is nothing above


class KeyWindow:
    """The keys above those already looked at; `top` is the highest that exists among the latter."""

    def __init__(self, client: JiraClient, project: str) -> None:
        self.client = client
        self.project = project
        self.top: int | None = None

    def look(self, created: Sequence[str] = ()) -> list[Json]:
        """Every issue above `top`; `created` names keys that a create has just returned."""
        if self.top is None:
            self.top = self._indexed()
        found: list[Json] = []
        names = list(created)
        while True:
            first, last = self.top + 1, self.top + BULK_FETCH
            window = [f"{self.project}-{n}" for n in range(first, last + 1)]
            page = self.client.fetch_issues(list(dict.fromkeys([*window, *names])), FIELDS, [PROPERTY])
            found += page
            names = []
            self.top = max([self.top, *(number_of(raw) for raw in page if self._here(raw))])
            if last - self.top >= GAP:
                return found

    def _indexed(self) -> int:
        """The highest key that the index shows for certain, 0 in a project without old issues."""
        jql = f'project = "{self.project}" AND created <= -{INDEXED_AFTER} ORDER BY created DESC'
        newest = list(self.client.search(jql, ["created"], limit=1))
        return number_of(newest[0]) if newest else 0

    def _here(self, raw: Json) -> bool:
        """False for an issue that was moved to another project and answers to its old key."""
        return str(raw["key"]).startswith(self.project + "-")
