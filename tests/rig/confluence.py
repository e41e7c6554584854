"""Confluence's state: spaces, pages with versions, properties, labels; and what people do to them."""

from __future__ import annotations

import copy
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from tests.rig.clock import Clock
from tests.rig.vendor_errors import VendorError
from tests.rig.weather import Weather

SPACES = {"ORCH": "Orquestrador", "AUP": "Empresa A", "BET": "Empresa B"}
ORCH, MARIA = "712020:orch", "712020:maria"
OCCUPIES_TITLE = ("current", "archived")


@dataclass(frozen=True, slots=True)
class Version:
    """One version of a page: what it said, and who said it."""

    number: int
    title: str
    representation: str
    value: str
    message: str
    author: str
    created: datetime


@dataclass(slots=True)
class Property:
    """A content or space property; addressed by its numeric id."""

    id: str
    key: str
    value: Any
    version: int = 1


@dataclass(slots=True)
class Space:
    """A space and its home page."""

    id: str
    key: str
    name: str
    homepage: str
    properties: dict[str, Property] = field(default_factory=dict)


@dataclass(slots=True)
class Page:
    """A page; the last of `versions` is what it says now."""

    id: str
    space: str
    parent: str | None
    versions: list[Version]
    status: str = "current"
    properties: dict[str, Property] = field(default_factory=dict)
    labels: list[str] = field(default_factory=list)
    attachments: dict[str, dict[str, Any]] = field(default_factory=dict)

    @property
    def now(self) -> Version:
        """The current version."""
        return self.versions[-1]

    @property
    def title(self) -> str:
        """The current title."""
        return self.now.title

    @property
    def body(self) -> str:
        """The current body, in the representation that it was written in."""
        return self.now.value


class Confluence:
    """Titles are unique in a space among current and archived pages; trash frees a title."""

    url: str
    server: Any

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.weather = Weather()
        self.lock = threading.RLock()
        self.reset()

    def reset(self) -> None:
        """Three spaces with nothing but their home pages; fine weather."""
        self.weather.clear()
        with self.lock:
            self._next = 98304
            self.pages: dict[str, Page] = {}
            self.spaces: dict[str, Space] = {}
            self.folders: dict[str, dict[str, Any]] = {}
            self._rejections: list[tuple[Callable[[Mapping[str, Any]], bool], str]] = []
            for key, name in SPACES.items():
                self.add_space(key, name)

    # ------------------------------------------------------------------ what people and tests do

    def saved(self) -> Any:
        """All pages as they are now, for `restore`."""
        with self.lock:
            return copy.deepcopy((self.pages, self.spaces, self.folders, self._next))

    def restore(self, saved: Any) -> None:
        """Back to what `saved` gave; the weather stays."""
        with self.lock:
            self.pages, self.spaces, self.folders, self._next = copy.deepcopy(saved)

    def page(self, title: str, space: str = "ORCH") -> Page:
        """The current page of that title. Raises KeyError when there is none."""
        for page in self.all(space):
            if page.title == title:
                return page
        raise KeyError(title)

    def all(self, space: str = "ORCH") -> list[Page]:
        """The current pages of a space, home page excepted, the oldest first."""
        known = self.space_of_key(space)
        own = [p for p in self.pages.values() if p.space == known.id and p.status == "current"]
        return [p for p in own if p.id != known.homepage]

    def edit_page(self, page_id: str, *, title: str = "", body: str = "") -> None:
        """A person edits the page in the browser: a new version by someone else."""
        page = self.pages[page_id]
        now = page.now
        self.write(page, title or now.title, now.representation, body or now.value, "", MARIA)

    def archive_page(self, page_id: str) -> None:
        """A person archives the page; its title stays taken."""
        self.pages[page_id].status = "archived"

    def trash_page(self, page_id: str) -> None:
        """A person deletes the page; its title is free again."""
        self.trash(self.pages[page_id])

    def reject(self, when: Callable[[Mapping[str, Any]], bool], message: str) -> None:
        """From now on refuse page writes whose body satisfies `when`, with 400."""
        self._rejections.append((when, message))

    # ------------------------------------------------------------------ what the API does

    def add_space(self, key: str, name: str) -> Space:
        """A space with its home page."""
        space = Space(self.new_id(), key, name, "")
        self.spaces[space.id] = space
        space.homepage = self.create(space.id, name, None, "storage", "").id
        return space

    def space_of_key(self, key: str) -> Space:
        """The space of that key. Raises KeyError."""
        return {space.key: space for space in self.spaces.values()}[key]

    def new_id(self) -> str:
        """A numeric id, never used before."""
        with self.lock:
            self._next += 33
            return str(self._next)

    def create(self, space: str, title: str, parent: str | None, representation: str, value: str) -> Page:
        """A new page of version 1. Raises VendorError 400 when the title is taken."""
        with self.lock:
            self.check_title(space, title)
            first = Version(1, title, representation, value, "", ORCH, self.clock.now())
            page = Page(self.new_id(), space, parent, [first])
            self.pages[page.id] = page
            return page

    def check_title(self, space: str, title: str, page_id: str = "") -> None:
        """Refuse a title that another page of the space has."""
        for page in self.pages.values():
            mine = page.space == space and page.title == title and page.id != page_id
            if mine and page.status in OCCUPIES_TITLE:
                text = "A page with this title already exists: "
                raise VendorError(400, text + "A page already exists with the same TITLE in this space")

    def write(
        self, page: Page, title: str, representation: str, value: str, message: str, author: str
    ) -> None:
        """A new version."""
        number = page.now.number + 1
        page.versions.append(Version(number, title, representation, value, message, author, self.clock.now()))

    def trash(self, page: Page) -> None:
        """Into the trash; the children move up to the page's parent."""
        with self.lock:
            page.status = "trashed"
            for child in self.children(page.id):
                child.parent = page.parent

    def find(self, page_id: str, statuses: tuple[str, ...] = ("current", "archived", "trashed")) -> Page:
        """The page, or the vendor's 404."""
        page = self.pages.get(page_id)
        if page is None or page.status not in statuses:
            raise VendorError(404, f"Page not found: cannot find content with id {page_id}")
        return page

    def children(self, parent: str) -> list[Page]:
        """The current pages right under a page."""
        return [p for p in self.pages.values() if p.parent == parent and p.status == "current"]

    def descendants(self, parent: str, depth: int) -> Iterator[tuple[Page, int]]:
        """Pages under a page with their depth, down to `depth`; deeper ones are left out silently."""
        for child in self.children(parent):
            yield child, 1
            if depth > 1:
                for page, below in self.descendants(child.id, depth - 1):
                    yield page, below + 1

    def refuse_rejected(self, body: Mapping[str, Any]) -> None:
        """Raise what `reject` planned for such a body."""
        for when, message in self._rejections:
            if when(body):
                raise VendorError(400, message)
