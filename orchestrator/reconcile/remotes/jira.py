"""Insights as issues of one Jira project.

Jira has no idempotency key, and its search index lags, so that "search, then create" makes doubles.
Before each bulk of creates, and after each lost answer, the newest keys are read from the database
(`jira_window`); where two machines created the same at once, the lower key stays (`sweep`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import cached_property
from math import inf
from time import monotonic
from typing import Any

from orchestrator.errors import PermanentError, TransientError
from orchestrator.i18n import DEFAULT_LANGUAGE, _
from orchestrator.reconcile.atlassian import explain
from orchestrator.reconcile.doubt import after_sending
from orchestrator.reconcile.http import HttpRefusedError
from orchestrator.reconcile.in_flight import in_flight
from orchestrator.reconcile.jira_client import BULK_CREATE, JiraClient, issue
from orchestrator.reconcile.remotes.conflict import refused
from orchestrator.reconcile.remotes.jira_issue import (
    PROPERTY,
    content,
    draft,
    preview,
)
from orchestrator.reconcile.remotes.jira_reader import ByKey, IssueReader
from orchestrator.reconcile.remotes.jira_writer import IssueWriter
from orchestrator.remote import NOT_SHOWN, Content, Done, Entry, Observed, Refused, Result, Sighting

Json = Any
LOOK_HOLDS = 2.0  # seconds: of bulks that follow each other only the first is preceded by a look of its own
LOOKED_AT_TOGETHER = 20  # issues, of which the last is written about two seconds after the look


class JiraIssues:
    """The remote. `name` is its slot; `url` the configured address; `issue_type` a name or an id.

    `remember` makes `find` cheap: known issues are read by their keys, without a search.
    """

    settle_seconds = 120.0
    together = BULK_CREATE

    def __init__(
        self,
        client: JiraClient,
        project: str,
        *,
        name: str,
        url: str,
        issue_type: str = "Task",
        language: str = DEFAULT_LANGUAGE,
    ) -> None:
        self.client, self.project, self.language = client, project, language
        self.issue_type = issue_type
        self.name, self.label, self.target = name, f"Jira {project}", f"jira:{url}#{project}"
        self._reader = IssueReader(client, project)
        self._writer = IssueWriter(client, self._reader, language)
        self._appeared: ByKey = {}
        self._looked_at = -inf

    @property
    def duplicates(self) -> Mapping[str, Sequence[str]]:
        """After `find`: further living issues of the same entry, by entry key."""
        return self._reader.duplicates

    def remember(self, refs: Mapping[str, str]) -> None:
        """Tell which issue holds which entry: {entry key: issue key}."""
        self._reader.refs.update(refs)

    def find(self, keys: Sequence[str]) -> Mapping[str, Observed]:
        """Read known issues by key; search for the others, also where the index still hides them.

        Costs a request per 100 known issues, and for unknown ones, once, a request per 100 issues
        of orch in the project, plus two.
        """
        return self._reader.find(keys)

    def sweep(self, keys: Sequence[str]) -> None:
        """Empty further issues of these entries, which two machines created in the same moment.

        The lowest number stays, on every machine. To be called before an entry is settled: nobody searches
        for it afterwards. What a person changed, or Jira lets nobody change, stays in `duplicates`.
        """
        for key in keys:
            now = self._reader.fetch(self._reader.duplicates.pop(key, ()))
            kept = tuple(ref for ref, raw in now.items() if not self._emptied(ref, raw, key))
            if kept:
                self._reader.duplicates[key] = kept

    def _emptied(self, double: str, raw: Json, key: str) -> bool:
        try:
            if not (edited := self._reader.observed(raw).edited):
                self._writer.withdraw(double, key, duplicate_of=self._reader.refs[key])
        except HttpRefusedError:
            return False
        return not edited

    def hidden(self, refs: Mapping[str, str]) -> Mapping[str, str]:
        """All of them: Jira says the same of an issue that was deleted and of one that it hides."""
        return dict.fromkeys(refs, NOT_SHOWN)

    def doubtful(self, seen: Mapping[str, Sighting]) -> Collection[str]:
        """Issues that a search for others did not meet."""
        return self._reader.unmet({key: s.ref for key, s in seen.items()})

    def read(self, items: Sequence[Observed]) -> Mapping[str, Content]:
        """What the issues say; a request per 100."""
        raws = self._reader.fetch(there.ref for there in items)
        return {there.key: content(raws[there.ref]) for there in items if there.ref in raws}

    def preview(self, entry: Entry) -> Content:
        """What `read` would give once the entry was written."""
        return preview(entry, self.language)

    # ------------------------------------------------------------------ create

    def create(self, entries: Sequence[Entry]) -> Iterator[Result]:
        """Create in bulks of 50; what exists is adopted, what was withdrawn is filled again."""
        wanted = {entry.key: entry for entry in entries}
        known = self.find([key for key in wanted if key not in self._reader.absent])
        self.sweep(list(known))
        for key, there in known.items():
            yield from self._adopt(there, wanted.pop(key))
        rest = list(wanted.values())
        if rest and monotonic() - self._looked_at > LOOK_HOLDS:
            self._appeared = {}
            self._look()
        for start in range(0, len(rest), BULK_CREATE):
            yield from self._create_guarded(rest[start : start + BULK_CREATE])

    def _adopt(self, there: Observed, entry: Entry) -> Iterator[Result]:
        if there.status == "withdrawn" and not there.edited:
            yield from self.update([(there, entry)])
        else:
            yield Done(entry.key, there)

    def _create_guarded(self, batch: list[Entry]) -> Iterator[Result]:
        """Create what no other machine had created at the last look."""
        missing = []
        self.sweep([entry.key for entry in batch])
        for entry in batch:
            if entry.key in self._appeared:
                yield from self._adopt(self._reader.chosen(entry.key, self._appeared), entry)
            else:
                missing.append(entry)
        yield from self._create_batch(missing)

    def _create_batch(self, batch: list[Entry]) -> Iterator[Result]:
        if not batch:
            return
        try:
            answer = self.client.create_issues([self._body(entry) for entry in batch])
        except TransientError as lost:
            yield from self._after_loss(batch, lost)
            return
        except HttpRefusedError as error:
            yield from self._halves(batch, error)
            return
        failed = {error["failedElementNumber"]: error for error in answer["errors"]}
        yield from (
            Refused(batch[n].key, self.client.session.shown(_reason(error))) for n, error in failed.items()
        )
        made = [str(created["key"]) for created in answer["issues"]]
        yield from self._settled([entry for n, entry in enumerate(batch) if n not in failed], made)

    def _settled(self, batch: list[Entry], made: list[str]) -> Iterator[Result]:
        """Read what was created: its version, and whether another machine was faster."""
        with after_sending():
            there = self._look(made)
            self.sweep([entry.key for entry in batch])
        for entry in batch:
            if entry.key not in there:
                raise TransientError(_("Jira accepted issues that it does not show"), in_doubt=True)
            yield Done(entry.key, self._reader.chosen(entry.key, there))

    def _after_loss(self, batch: list[Entry], lost: TransientError) -> Iterator[Result]:
        """The answer was lost: what is there is done, the rest stays in doubt."""
        if not lost.in_doubt:
            raise lost
        with after_sending():
            there = self._look()
            found = [entry for entry in batch if entry.key in there]
            self.sweep([entry.key for entry in found])
        yield from (Done(entry.key, self._reader.chosen(entry.key, there)) for entry in found)
        if len(found) < len(batch):
            raise lost

    def _look(self, made: Sequence[str] = ()) -> ByKey:
        there = self._reader.look(made)
        self._appeared |= there
        self._looked_at = monotonic()
        return there

    def _halves(self, batch: list[Entry], error: HttpRefusedError) -> Iterator[Result]:
        """The bulk as a whole was refused: find the culprit by halving."""
        if len(batch) == 1:
            yield refused(batch[0].key, error)
            return
        middle = len(batch) // 2
        yield from self._create_batch(batch[:middle])
        yield from self._create_batch(batch[middle:])

    def _body(self, entry: Entry) -> Json:
        words = draft(entry, self.language)
        place = {"project": {"key": self.project}, "issuetype": {"id": self._issue_type_id}}
        fields = {**place, **words.fields(), "labels": list(words.labels)}
        return issue(fields, {PROPERTY: words.property(entry.key, entry.hash, self.project)})

    @cached_property
    def _issue_type_id(self) -> str:
        """The configured type's id: names are translated, and differ from project to project."""
        types = self.client.issue_types(self.project)
        for name in ("id", "name", "untranslatedName"):
            for kind in types:
                if str(kind.get(name, "")).casefold() == self.issue_type.casefold():
                    return str(kind["id"])
        words = _("The project {project} has no issue type {type}")
        hint = _("Set issue_type in .orch/config.toml to one of: {names}")
        raise PermanentError(
            words.format(project=self.project, type=self.issue_type),
            hint.format(names=", ".join(str(kind.get("name", "")) for kind in types)),
        )

    # ------------------------------------------------------------------ update and retract

    def update(self, items: Sequence[tuple[Observed, Entry]]) -> Iterator[Result]:
        """Replace the words, unless a person changed them after they were observed.

        Jira has no compare-and-swap: each is looked at again shortly before it is written.
        """
        for start in range(0, len(items), LOOKED_AT_TOGETHER):
            part = items[start : start + LOOKED_AT_TOGETHER]
            now = self._reader.fetch(there.ref for there, _entry in part)
            yield from in_flight(lambda item: self._writer.update(*item, now.get(item[0].ref)), part)  # noqa: B023

    def retract(self, items: Sequence[Observed]) -> Iterator[Result]:
        """Empty the issues and their doubles; Jira's history still shows project members what was there.

        One that a person changed since it was seen is refused. Doubles are searched for, once.
        """
        self._looked_at = -inf  # what was seen then may be emptied now
        now = self._reader.fetch(there.ref for there in items)
        for there in items:
            yield self._writer.retract(there, now.get(there.ref), self._reader.others(there))

    def link(self, items: Sequence[tuple[Observed, Entry]]) -> Iterator[Result]:
        """Put the page's address beside each issue, as a web link with a key of its own; a request each."""
        yield from in_flight(lambda item: self._writer.link(*item), items)


def _reason(error: Mapping[str, Json]) -> str:
    return explain(error.get("elementErrors")) or f"HTTP {error.get('status', 400)}"
