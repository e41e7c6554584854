"""Write to one issue that is there: new words, none any more, a link. `jira` creates and chooses.

Jira has no compare-and-swap, answers 404 to who may only read, and 403 for an issue that people protect:
what a refusal means is known after another look at the issue.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from orchestrator.i18n import say
from orchestrator.reconcile.doubt import after_sending
from orchestrator.reconcile.http import HttpRefusedError
from orchestrator.reconcile.jira_client import JiraClient
from orchestrator.reconcile.remotes.conflict import changed, gone, overtaken, protected, refused, unseen
from orchestrator.reconcile.remotes.jira_issue import (
    PROPERTY,
    WITHDRAWN,
    draft,
    is_withdrawn,
    link_id,
    withdrawn_draft,
)
from orchestrator.reconcile.remotes.jira_reader import IssueReader
from orchestrator.remote import Done, Entry, Observed, Refused, Result

Json = Any
TRIES = 3  # against a site under load, and people who write at the same moment
LOOK_AGAIN = (403, 404, 409)


class IssueWriter:
    """The raw issues that are given are those of `reader`, read shortly before."""

    def __init__(self, client: JiraClient, reader: IssueReader, language: str) -> None:
        self._client, self._reader, self._language = client, reader, language

    def update(self, there: Observed, entry: Entry, raw: Json | None) -> Result:
        """Replace the words, unless a person changed them after they were observed."""
        for _attempt in range(TRIES):
            if raw is None:
                return gone(entry.key, there.ref)
            if overtaken(there, self._reader.observed(raw)):
                return changed(entry.key, there.ref)
            try:
                self._fill(there.ref, entry)
            except HttpRefusedError as error:
                if error.status not in LOOK_AGAIN:
                    return refused(entry.key, error)
                with after_sending(error.in_doubt):
                    raw = self._fetch(there.ref)
                if error.in_doubt and raw is not None and self._holds(raw, entry):
                    return Done(entry.key, self._reader.observed(raw))  # by a try whose answer was lost
                continue
            with after_sending():
                return Done(entry.key, self._reader.observed(self._fetch(there.ref) or raw))
        return protected(entry.key, there.ref)

    def _holds(self, raw: Json, entry: Entry) -> bool:
        held = self._reader.observed(raw)
        return held.hash == entry.hash and not held.edited

    def _fill(self, ref: str, entry: Entry) -> None:
        words = draft(entry, self._language)
        labels = [*({"add": name} for name in words.labels), {"remove": WITHDRAWN}]
        value = words.property(entry.key, entry.hash, self._reader.project)
        self._client.edit_issue(ref, words.fields(), properties={PROPERTY: value}, labels=labels)

    def retract(self, there: Observed, raw: Json | None, doubles: Sequence[str] = ()) -> Result:
        """Empty the doubles and the issue; one that a person changed since it was seen is refused.

        So is a double that a person changed, last: nobody saw it; the next push takes it for the issue.
        """
        if raw is None:
            return unseen(there.key)
        if overtaken(there, self._reader.observed(raw)):
            return changed(there.key, there.ref)
        now = self._reader.fetch(doubles)
        edited = [ref for ref in doubles if ref in now and self._reader.observed(now[ref]).edited]
        readable = self._first_that_stays(there.key, [ref for ref in doubles if ref not in edited])
        if readable is not None:
            return readable
        answer = self._emptied(there, raw)
        return changed(there.key, edited[0]) if edited and isinstance(answer, Done) else answer

    def _emptied(self, there: Observed, raw: Json) -> Result:
        held = self._reader.observed(raw)
        if is_withdrawn(raw) and not held.edited:
            return Done(there.key, held)
        try:
            self.withdraw(there.ref, there.key)
        except HttpRefusedError as error:
            return self._kept(there.key, there.ref, error)
        with after_sending():
            left = self._fetch(there.ref)
        if left is None:
            return unseen(there.key)
        if not is_withdrawn(left):  # 404 is also for what an account may only read
            return protected(there.key, there.ref)
        return Done(there.key, self._reader.observed(left))

    def _first_that_stays(self, key: str, doubles: Sequence[str]) -> Refused | None:
        """Empty the doubles, before the issue itself: while one stays, the withdrawal is not done.

        Of one that cannot be emptied nothing is in doubt: the issue was not touched.
        """
        for ref in doubles:
            try:
                self.withdraw(ref, key)
            except HttpRefusedError as error:
                return replace(self._kept(key, ref, error), in_doubt=False)
        left = self._reader.fetch(doubles)  # 404 is also for what an account may only read
        return next((protected(key, ref) for ref, raw in left.items() if not is_withdrawn(raw)), None)

    def _kept(self, key: str, ref: str, error: HttpRefusedError) -> Refused:
        """It says what it said: which issue, and why."""
        if error.status == 403:
            return replace(protected(key, ref), in_doubt=error.in_doubt)
        return Refused(key, f"{ref}: {error.reason}", in_doubt=error.in_doubt)

    def withdraw(self, ref: str, key: str, *, duplicate_of: str = "") -> None:
        """Leave nothing of what an issue said; 404 is passed over. Raises HttpRefusedError."""
        words = withdrawn_draft(key, self._language)
        value = {**words.property(key, "", self._reader.project), "withdrawn": True}
        value |= {"id": "", "duplicate_of": duplicate_of} if duplicate_of else {}
        fields = {**words.fields(), "labels": list(words.labels)}
        try:
            self._client.delete_remote_link(ref, link_id(key))  # first: what is marked withdrawn is done with
            self._client.edit_issue(ref, fields, properties={PROPERTY: value})
        except HttpRefusedError as error:
            if error.status != 404:
                raise

    def link(self, there: Observed, entry: Entry) -> Result:
        """Put the page's address beside the issue, as a web link with a key of its own."""
        try:
            if entry.link:
                name = say(self._language, "Page in Confluence")
                self._client.put_remote_link(there.ref, link_id(entry.key), entry.link, name)
            else:
                self._client.delete_remote_link(there.ref, link_id(entry.key))
        except HttpRefusedError as error:
            return refused(entry.key, error)
        return Done(entry.key, replace(there, link=entry.link))

    def _fetch(self, ref: str) -> Json | None:
        return self._reader.fetch([ref]).get(ref)
