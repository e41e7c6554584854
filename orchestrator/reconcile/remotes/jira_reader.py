"""Which issue of a Jira project holds which entry: by key, by search, and by the newest keys."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import Any

from orchestrator.reconcile.jira_client import JiraClient
from orchestrator.reconcile.remotes.jira_issue import (
    FIELDS,
    LABEL,
    PROPERTY,
    is_withdrawn,
    key_of,
    number_of,
    observed,
)
from orchestrator.reconcile.remotes.jira_window import KeyWindow
from orchestrator.remote import Observed

Json = Any
ByKey = dict[str, list[Json]]


class IssueReader:
    """`refs` maps entry keys to issue keys; `absent` are keys that were looked for in vain."""

    def __init__(self, client: JiraClient, project: str) -> None:
        self.client, self.project = client, project
        self.refs: dict[str, str] = {}
        self.absent: set[str] = set()
        self.duplicates: dict[str, tuple[str, ...]] = {}
        self._window = KeyWindow(client, project)
        self._searched = False
        self._met: set[str] = set()  # issue keys

    def find(self, keys: Sequence[str]) -> dict[str, Observed]:
        """Read known issues by key; search once for the others, also where the index hides them.

        For those that are emptied, too: a double may have stayed, because a person changed it.
        """
        found = self._by_ref(key for key in keys if key in self.refs)
        unknown = set(keys) - set(found)
        emptied = {key for key, there in found.items() if there.status == "withdrawn"}
        if unknown or (emptied and not self._searched):
            self._search()
            found |= self._by_ref(key for key in unknown | emptied if key in self.refs)
            self.absent |= unknown - set(found)
        return {key: found[key] for key in keys if key in found}

    def unmet(self, refs: Mapping[str, str]) -> list[str]:
        """The keys of those of these issues, {key: issue key}, that no search met; none without a search."""
        return [key for key, ref in refs.items() if ref not in self._met] if self._searched else []

    def others(self, there: Observed) -> tuple[str, ...]:
        """Further issues of the same entry, searched for once: who knows the issue never looked for any."""
        if not self._searched:
            self._search()
        met = (self.refs.get(there.key, there.ref), *self.duplicates.pop(there.key, ()))
        return tuple(ref for ref in dict.fromkeys(met) if ref != there.ref)

    def fetch(self, refs: Iterable[str]) -> dict[str, Json]:
        """Our issues by issue key, as the database has them; absent ones are left out."""
        wanted = list(dict.fromkeys(refs))
        raws = self.client.fetch_issues(wanted, FIELDS, [PROPERTY]) if wanted else []
        return {str(raw["key"]): raw for raw in raws if key_of(raw)}

    def look(self, created: Sequence[str] = ()) -> ByKey:
        """Our issues that are new since the last look, by entry key."""
        return self._keep(self._window.look(created))

    def chosen(self, key: str, raws: ByKey) -> Observed:
        """The issue that counts among those that hold the same entry."""
        (first,) = (raw for raw in raws[key] if raw["key"] == self.refs[key])
        return self.observed(first)

    def observed(self, raw: Json) -> Observed:
        """What an issue holds, with its address for people."""
        return observed(raw, self._site)

    def _by_ref(self, keys: Iterable[str]) -> dict[str, Observed]:
        """By what each issue says it holds: one that was moved answers with its new key."""
        wanted = {key: self.refs[key] for key in keys}
        found = {key_of(raw): raw for raw in self.fetch(wanted.values()).values()}
        return {key: self.observed(found[key]) for key in wanted if key in found}

    def _search(self) -> None:
        newest = self._window.look()
        indexed: list[Json] = []
        if not self._searched:
            indexed = list(filter(self._is_ours, self.client.search(self._jql, FIELDS, [PROPERTY])))
            self._searched = True
        self._met |= {str(raw["key"]) for raw in (*indexed, *newest)}
        self._keep([*indexed, *newest])

    @property
    def _jql(self) -> str:
        """Issues of orch in the project, also those whose label people removed, and those that they moved."""
        mine = "creator = currentUser()"
        here = f'project = "{self.project}" AND (labels = {LABEL} OR {mine})'
        return f"({here}) OR (labels = {LABEL} AND {mine}) ORDER BY created ASC"

    def _is_ours(self, raw: Json) -> bool:
        """Whether it lies in this project, or was made for it and moved."""
        here = str(raw["key"]).startswith(self.project + "-")
        return here or (bool(key_of(raw)) and raw["properties"][PROPERTY].get("place") == self.project)

    def _keep(self, raws: Iterable[Json]) -> ByKey:
        """Note which issue counts: a living one before a withdrawn one, then the lowest number."""
        found = grouped(raws)
        for key, same in found.items():
            first, *others = sorted(same, key=self._rank)
            self.refs[key] = str(first["key"])
            living = tuple(str(raw["key"]) for raw in others if not is_withdrawn(raw))
            if living:
                self.duplicates[key] = living
        return found

    def _rank(self, raw: Json) -> tuple[bool, bool, int]:
        """A living one counts before a withdrawn one, then one that was not moved, then the lowest number."""
        return is_withdrawn(raw), not str(raw["key"]).startswith(self.project + "-"), number_of(raw)

    @cached_property
    def _site(self) -> str:
        return self.client.site or str(self.client.server_info()["baseUrl"]).rstrip("/")


def grouped(raws: Iterable[Json]) -> ByKey:
    """Our issues by entry key, each once."""
    latest: Mapping[str, Json] = {str(raw["key"]): raw for raw in raws if key_of(raw)}
    found: ByKey = {}
    for raw in latest.values():
        found.setdefault(key_of(raw), []).append(raw)
    return found
