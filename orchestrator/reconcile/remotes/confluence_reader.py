"""Which page of a Confluence space holds which entry.

Known pages are read by id. For others the space is listed without bodies, and only what lies in
our own tree (below the root, then below pages of ours) is read whole: other people's pages in a
shared space cost a 250th of a request each.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from orchestrator.errors import PermanentError
from orchestrator.i18n import _
from orchestrator.reconcile.confluence_client import REMOVED, ConfluenceClient
from orchestrator.reconcile.remotes.confluence_foot import Mark
from orchestrator.reconcile.remotes.confluence_page import mark_of, observed
from orchestrator.remote import NOT_SHOWN, TRASHED, Observed

Json = Any


@dataclass(frozen=True, slots=True)
class Ground:
    """Where pages go: the space's id, and the page that ours lie under ('' where there is none)."""

    space: str
    root: str


class PageReader:
    """`refs` maps entry keys to page ids; `absent` are keys that were looked for in vain."""

    def __init__(self, client: ConfluenceClient, space: str, parent: str) -> None:
        self.client, self.space, self.parent = client, space, parent
        self.refs: dict[str, str] = {}
        self.absent: set[str] = set()
        self._listed: set[str] | None = None  # ids of the space's pages, once they were listed

    def find(self, keys: Sequence[str]) -> dict[str, Observed]:
        """Read known pages by id; look through our tree for the others."""
        found = self._by_id(key for key in keys if key in self.refs)
        unknown = set(keys) - set(found)
        if unknown:
            self.refs = {key: ref for key, ref in self.refs.items() if key not in unknown}
            there = self._tree()
            found |= {key: there[key] for key in unknown if key in there}
            self.refs = {key: seen.ref for key, seen in there.items()} | self.refs
            self.absent |= unknown - set(found)
        return {key: found[key] for key in keys if key in found}

    def seen_again(self, refs: Sequence[str]) -> dict[str, Json]:
        """These pages as they are now, 25 a request; those that are gone are left out."""
        pages = self.client.pages(ids=refs, body=True) if refs else ()
        return {str(page["id"]): page for page in pages}

    def unlisted(self, refs: Mapping[str, str]) -> list[str]:
        """The keys of those of these pages, {key: id}, that the space did not list; none unasked."""
        listed = self._listed
        return [] if listed is None else [key for key, ref in refs.items() if ref not in listed]

    def hidden(self, refs: Mapping[str, str]) -> dict[str, str]:
        """Which of these pages, {key: id}, may be seen again; 250 a request."""
        pages = self.client.pages(ids=list(refs.values()), status=REMOVED) if refs else ()
        status = {str(page["id"]): str(page["status"]) for page in pages}
        told = {key: status.get(ref, NOT_SHOWN) for key, ref in refs.items()}
        return {key: state for key, state in told.items() if state in (TRASHED, NOT_SHOWN)}

    def titled(self, title: str) -> Json | None:
        """The page of that exact title in the space, with its body."""
        return next(self.client.pages(space_id=self.ground.space, title=title, body=True), None)

    def mark(self, page: Json, key: str = "") -> Mark | None:
        """Whose page it is (`mark_of`); where a person removed our line, the first version tells."""
        mark = mark_of(page, key)
        if mark is None and page["version"]["number"] > 1:
            first = self.client.page(str(page["id"]), version=1)
            mark = mark_of(first, key) if first else None
        return mark

    @cached_property
    def ground(self) -> Ground:
        """The space and the root. Raises PermanentError where one is missing."""
        space = self.client.space(self.space)
        if space is None:
            words = _("The Confluence space {space} does not exist or is hidden from this account")
            raise PermanentError(words.format(space=self.space), _("Check space in .orch/config.toml."))
        root = self._root(str(space["id"])) if self.parent else str(space.get("homepageId") or "")
        return Ground(str(space["id"]), root)

    def _root(self, space_id: str) -> str:
        if self.parent.isascii() and self.parent.isdigit():
            return self.parent
        page = next(self.client.pages(space_id=space_id, title=self.parent), None)
        if page is None:
            words = _("The space {space} has no page {title}").format(space=self.space, title=self.parent)
            raise PermanentError(words, _("Set parent in .orch/config.toml to a page's title or number."))
        return str(page["id"])

    def _by_id(self, keys: Iterable[str]) -> dict[str, Observed]:
        wanted = {self.refs[key]: key for key in keys}
        found = {}
        for page in self.client.pages(ids=list(wanted), body=True) if wanted else ():
            key = wanted[str(page["id"])]
            mark = mark_of(page, key)
            if mark is None or mark.key == key:
                found[key] = observed(page, key)
        return found

    def _tree(self) -> dict[str, Observed]:
        """Pages of ours that `refs` does not know, level by level; of copies the oldest counts.

        What people moved out of our tree is among the pages that our accounts made elsewhere in the space.
        """
        pages = list(self.client.pages(space_id=self.ground.space))
        self._listed = {str(page["id"]) for page in pages}
        below: dict[str, list[Json]] = {}
        for page in pages:
            below.setdefault(str(page.get("parentId") or ""), []).append(page)
        marked: list[tuple[str, Json]] = []
        known, level = set(self.refs.values()), [str(p["id"]) for p in below.get(self.ground.root, [])]
        seen = known | {self.ground.root}
        while level:
            found = self._marked([ref for ref in level if ref not in known])
            marked, seen = marked + found, seen | set(level)
            ours = [ref for ref in level if ref in known] + [str(page["id"]) for _key, page in found]
            level = [str(child["id"]) for ref in ours for child in below.get(ref, [])]
        moved = self._elsewhere(pages, seen, known | {str(page["id"]) for _key, page in marked})
        return _eldest(marked + self._marked(moved))

    def _elsewhere(self, pages: Sequence[Json], seen: set[str], ours: set[str]) -> list[str]:
        """Pages not seen yet of the accounts that made ours, of this account where there are none."""
        rest = [page for page in pages if str(page["id"]) not in seen]
        if not rest:
            return []
        accounts = {page.get("authorId") for page in pages if str(page["id"]) in ours} or {self._account}
        return [str(page["id"]) for page in rest if page.get("authorId") in accounts]

    def _marked(self, ids: Sequence[str]) -> list[tuple[str, Json]]:
        pages = list(self.client.pages(ids=ids, body=True)) if ids else []
        plain = [(mark.key, page) for page in pages if (mark := mark_of(page))]
        return plain + self._stripped([page for page in pages if mark_of(page) is None], plain)

    def _stripped(self, pages: Iterable[Json], ours: list[tuple[str, Json]]) -> list[tuple[str, Json]]:
        """Pages of ours whose last line a person removed: only those that an account of ours made."""
        changed = [page for page in pages if page["version"]["number"] > 1]
        if not changed:
            return []
        accounts = {page.get("authorId") for _key, page in ours} | {self._account}
        suspects = [page for page in changed if page.get("authorId") in accounts]
        return [(mark.key, page) for page in suspects if (mark := self.mark(page))]

    @cached_property
    def _account(self) -> str:
        return str(self.client.current_user()["accountId"])


def _eldest(marked: Iterable[tuple[str, Json]]) -> dict[str, Observed]:
    found: dict[str, Observed] = {}
    for key, page in marked:
        if key not in found or int(page["id"]) < int(found[key].ref):
            found[key] = observed(page, key)
    return found
