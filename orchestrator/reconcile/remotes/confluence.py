"""Insights as pages of one Confluence space.

A title is unique among the current and archived pages of a space: the vendor itself refuses the
second of two creates. Whose page stands in the way is told by its last line, and a page of somebody
else makes our title end in a short id. `version` is a compare-and-swap against people's edits.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from orchestrator.errors import TransientError
from orchestrator.i18n import DEFAULT_LANGUAGE, _
from orchestrator.reconcile.confluence_client import LIVING, ConfluenceClient
from orchestrator.reconcile.doubt import after_sending
from orchestrator.reconcile.http import HttpRefusedError
from orchestrator.reconcile.in_flight import WIDTH, in_flight
from orchestrator.reconcile.remotes.conflict import changed, gone, overtaken, protected, refused, unseen
from orchestrator.reconcile.remotes.confluence_page import (
    content,
    distinct_title,
    message_for,
    observed,
    preview,
    render,
    title_of,
    written_by_us,
)
from orchestrator.reconcile.remotes.confluence_reader import PageReader
from orchestrator.remote import NOT_SHOWN, Content, Done, Entry, Observed, Refused, Result, Sighting

Json = Any
TRIES = 3  # against other machines of ours that write the same page, and a site under load
LOOK_AGAIN = (403, 404, 409)  # protected, gone, or only a site under load; written meanwhile


class ConfluencePages:
    """The remote. `name` is its slot; `url` the configured address; `parent` a page's title or id.

    `remember` makes `find` cheap. Labels are not sent: each would cost one more request a page.
    """

    settle_seconds = 30.0
    together = 2 * WIDTH

    def __init__(
        self,
        client: ConfluenceClient,
        space: str,
        *,
        name: str,
        url: str,
        parent: str = "",
        language: str = DEFAULT_LANGUAGE,
    ) -> None:
        self.client, self.space = client, space
        self.language = language
        self.name, self.label, self.target = name, f"Confluence {space}", f"confluence:{url}#{space}"
        self._reader = PageReader(client, space, parent)

    def remember(self, refs: Mapping[str, str]) -> None:
        """Tell which page holds which entry: {entry key: page id}."""
        self._reader.refs.update(refs)

    def find(self, keys: Sequence[str]) -> Mapping[str, Observed]:
        """Read known pages by id, 25 a request; look through our tree for the others."""
        return self._reader.find(keys)

    def hidden(self, refs: Mapping[str, str]) -> Mapping[str, str]:
        """Pages in the trash, and those of which the vendor says nothing: it hides what one may not see."""
        return self._reader.hidden(refs)

    def doubtful(self, seen: Mapping[str, Sighting]) -> Collection[str]:
        """Pages that the space did not list, where looking for others made it list them."""
        return self._reader.unlisted({key: s.ref for key, s in seen.items()})

    def read(self, items: Sequence[Observed]) -> Mapping[str, Content]:
        """What the pages say, 25 a request; one too large to be read is left out."""
        pages = self._reader.seen_again([there.ref for there in items])
        told = {ref: page for ref, page in pages.items() if page.get("body")}
        return {there.key: content(told[there.ref], there.key) for there in items if there.ref in told}

    def preview(self, entry: Entry) -> Content:
        """What `read` would give once the entry was written."""
        return preview(entry)

    # ------------------------------------------------------------------ create

    def create(self, entries: Sequence[Entry]) -> Iterator[Result]:
        """Create page by page, a few at once, parents before children; what exists is adopted."""
        wanted = {entry.key: entry for entry in entries}
        parents = {entry.parent for entry in entries if entry.parent} - set(wanted)
        unsure = (set(wanted) | (parents - set(self._reader.refs))) - self._reader.absent
        known = self.find(sorted(unsure)) if unsure else {}

        def made(entry: Entry) -> Result:
            return self._adopted(known[entry.key]) if entry.key in known else self._create_one(entry)

        if wanted:
            self._reader.ground  # noqa: B018 - asked once, before several want it
        for level in _levels(wanted):
            yield from in_flight(made, level)

    def _create_one(self, entry: Entry) -> Result:
        """Try the plain title, then, where something is in its way, the one with a short id."""
        reason = ""
        for title in (title_of(entry), distinct_title(entry)):
            try:
                page = self._posted(entry, title)
            except HttpRefusedError as error:
                if error.status == 404:
                    return self._without_parent(entry, error)
                if error.status != 400:
                    return refused(entry.key, error)
                reason = reason or error.reason
                there = self._ours(entry, title)
                if there is not None:
                    return self._adopted(there)
            else:
                return self._written(entry, page)
        return Refused(entry.key, reason)

    def _without_parent(self, entry: Entry, error: HttpRefusedError) -> Refused:
        """404 is for a parent that is in the trash or hidden, as well as for a space one may not write to."""
        words = _("the page {ref}, under which others go, is not shown to this account ({reason})")
        reason = words.format(ref=self._parent(entry), reason=error.reason)
        return Refused(entry.key, reason, unseen=True)

    def _parent(self, entry: Entry) -> str:
        return self._reader.refs.get(entry.parent, "") or self._reader.ground.root

    def _posted(self, entry: Entry, title: str) -> Json:
        space, body = self._reader.ground.space, render(entry, self.language)
        try:
            return self.client.create_page(space, title, body, parent_id=self._parent(entry))
        except TransientError as lost:
            with after_sending():
                page = self._reader.titled(title) if lost.in_doubt else None
                mark = self._reader.mark(page, entry.key) if page else None
            if mark is None or mark.key != entry.key:
                raise
            return page

    def _ours(self, entry: Entry, title: str) -> Observed | None:
        page = self._reader.titled(title)
        mark = self._reader.mark(page, entry.key) if page else None
        return observed(page, entry.key) if page and mark and mark.key == entry.key else None

    def _adopted(self, there: Observed) -> Result:
        self._reader.refs[there.key] = there.ref
        if there.status == "archived":
            reason = _("a person archived the page {ref}").format(ref=there.ref)
            return Refused(there.key, reason, conflict=True)
        return Done(there.key, there)

    def _written(self, entry: Entry, page: Json) -> Done:
        there = observed(page, entry.key)
        there = replace(there, link=entry.link if there.link is None else there.link)
        self._reader.refs[entry.key] = there.ref
        return Done(entry.key, there)

    # ------------------------------------------------------------------ update and retract

    def update(self, items: Sequence[tuple[Observed, Entry]]) -> Iterator[Result]:
        """Write the next version of each page, unless a person wrote since it was observed."""
        yield from in_flight(self._update_one, items)

    def link(self, items: Sequence[tuple[Observed, Entry]]) -> Iterator[Result]:
        """Write the page's next version, whose last lines hold the link: a whole page, as every version."""
        return self.update(items)

    def _update_one(self, item: tuple[Observed, Entry]) -> Result:
        there, entry = item
        number = int(there.version) + 1
        for _attempt in range(TRIES):
            try:
                return self._written(entry, self._put(there.ref, entry, number))
            except HttpRefusedError as error:
                if error.status not in LOOK_AGAIN:
                    return refused(entry.key, error)
                last = error
            with after_sending(last.in_doubt):
                page = self.client.page(there.ref)
            if page is None or page["status"] not in LIVING:
                return gone(entry.key, there.ref)
            if written_by_us(page, entry):
                return self._written(entry, page)  # the answer to our own writing was lost
            if overtaken(there, observed(page, entry.key)):
                return changed(entry.key, there.ref)
            number = int(page["version"]["number"]) + 1  # another machine of ours wrote
        return changed(entry.key, there.ref) if last.status == 409 else protected(entry.key, there.ref)

    def _put(self, ref: str, entry: Entry, number: int) -> Json:
        body, message = render(entry, self.language), message_for(entry)
        try:
            return self.client.update_page(ref, title_of(entry), body, number=number, message=message)
        except HttpRefusedError as error:
            if error.status != 400:
                raise
            doubt = error.in_doubt
        with after_sending(doubt):
            return self.client.update_page(ref, distinct_title(entry), body, number=number, message=message)

    def retract(self, items: Sequence[Observed]) -> Iterator[Result]:
        """Put the pages into the trash, where an administrator can still see them.

        A page that a person changed since it was seen is refused; the look and the deletion are two
        requests, since the vendor's deletion names no version.
        """
        now = self._reader.seen_again([there.ref for there in items])
        for there in items:
            yield self._retract_one(there, now.get(there.ref))

    def _retract_one(self, there: Observed, page: Json | None) -> Result:
        for _attempt in range(TRIES):
            if page is not None and overtaken(there, observed(page, there.key)):
                return changed(there.key, there.ref)
            try:
                deleted, doubt = self.client.delete_page(there.ref), False
            except HttpRefusedError as error:
                if error.status != 403:
                    return refused(there.key, error)
                deleted, doubt = False, error.in_doubt
            with after_sending(doubt):
                page = None if deleted else self._reader.seen_again([there.ref]).get(there.ref)
            if page is None:
                self._reader.refs.pop(there.key, None)
                self._reader.absent.add(there.key)
                hidden = "" if deleted else self.hidden({there.key: there.ref}).get(there.key, "")
                return unseen(there.key) if hidden == NOT_SHOWN else Done(there.key, there)
        return protected(there.key, there.ref)  # 404 also where we may only read it


def _levels(wanted: Mapping[str, Entry]) -> Iterator[list[Entry]]:
    """The entries in groups: whatever one lies under comes in an earlier group."""
    rest = dict(wanted)
    while rest:
        level = [e for e in rest.values() if e.parent not in rest] or list(rest.values())
        yield level
        for entry in level:
            del rest[entry.key]
