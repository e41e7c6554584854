"""What every remote offers: find, create, update, retract.

`reconcile` compares wishes with what a remote holds and calls these verbs; it knows no vendor.
A remote translates its vendor's failures into `TransientError` and `PermanentError`, and yields
results item by item, so that what is done is settled even when the rest fails.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, runtime_checkable

Json = Any


@dataclass(frozen=True, slots=True)
class Entry:
    """What one remote should hold for one insight: already rendered, validated and consented.

    `key` is the stable identity on the remote; `hash` covers everything that is sent (the
    vector excepted: vectors are not bit-equal across machines). `body` is Markdown. `parent`
    is the key of the entry that this one lies under (pages only), else ''. `link` is the address of the
    same learning on a sister remote (of a page: its issue); it is no part of the hash. `passage` is the
    (title, text) of which the vector must be, where these are not the insight's own words.
    """

    key: str
    kind: str
    company: str
    title: str
    body: str
    hash: str
    labels: tuple[str, ...] = ()
    metadata: Mapping[str, Json] = field(default_factory=dict)
    vector: Sequence[float] | None = None
    parent: str = ""
    shared: bool = False
    link: str = ""
    passage: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Observed:
    """What a remote holds under a key.

    `ref` is the vendor's id (issue key, page id, row id, pull request number, file name);
    `hash` the `Entry.hash` that we left there ('' if unknown); `version` changes whenever
    anybody, person or program, changes the object; `status` is the vendor's (issue status,
    'current', 'open', 'merged', ...), `resolution` how an issue ended. `link` is the address that the
    object links to, None where looking at the object does not tell.
    """

    key: str
    ref: str
    hash: str
    version: str
    url: str = ""
    status: str = ""
    edited: bool = False  # the remote itself can tell that someone else changed it after us
    words: str = ""  # changes with what people read there, with nothing else; '' where unknown
    resolution: str = ""
    link: str | None = None


@dataclass(frozen=True, slots=True)
class Done:
    """One item that a remote accepted."""

    key: str
    observed: Observed


@dataclass(frozen=True, slots=True)
class Refused:
    """One item that a remote refuses, with the vendor's own words.

    `conflict` means that a person changed the object: not wrong, but not ours to overwrite. `unseen`: what
    was to be taken away, or what a new one lies under, is not shown any more: the next push looks again.
    `in_doubt`: an earlier try of the same write may have been carried out, and only a look can tell.
    """

    key: str
    reason: str
    conflict: bool = False
    unseen: bool = False
    in_doubt: bool = False


Result = Done | Refused


class Remote(Protocol):
    """Four verbs and a name.

    `name` tells the slot (`global.memory`, `company.pages`); `label` is for people (`Jira ORCH`);
    `target` identifies the place without credentials (URL + project), so that a change of
    configuration makes every wish due again. `settle_seconds` is how long an object that was
    created may stay invisible to `find` (0: at once). `together` is how many objects a verb is given at
    once: as few as go out together, since what a person decides meanwhile counts from the next ones on.
    Every verb may raise TransientError, PermanentError or CredentialsError for the whole call.
    """

    name: str
    label: str
    target: str
    settle_seconds: float
    together: int

    def find(self, keys: Sequence[str]) -> Mapping[str, Observed]:
        """Ask what the remote holds under these keys; absent keys are left out."""
        ...

    def create(self, entries: Sequence[Entry]) -> Iterator[Result]:
        """Create; an entry whose key already exists is adopted or refused, never doubled."""
        ...

    def update(self, items: Sequence[tuple[Observed, Entry]]) -> Iterator[Result]:
        """Replace what `Observed` holds; its version guards against a concurrent edit."""
        ...

    def retract(self, items: Sequence[Observed]) -> Iterator[Result]:
        """Take the content away, as completely as the vendor allows."""
        ...


@dataclass(frozen=True, slots=True)
class Content:
    """What people read in an object, as far as orch writes it: `body` as Markdown.

    `whole` is false where the vendor's limit cut the text. `metadata` has only what people may read as text.
    `beside` names what is there and no Markdown can hold, such as images and macros.
    """

    title: str
    body: str
    labels: tuple[str, ...] = ()
    metadata: Mapping[str, Json] = field(default_factory=dict)
    whole: bool = True
    beside: tuple[str, ...] = ()


@runtime_checkable
class Readable(Protocol):
    """A remote whose objects' content can be read back."""

    def read(self, items: Sequence[Observed]) -> Mapping[str, Content]:
        """What these objects say now, by key; what is gone is left out. Only asks."""
        ...

    def preview(self, entry: Entry) -> Content:
        """What `read` would give once this entry was written: the same form, so that the two compare."""
        ...


@runtime_checkable
class Linking(Protocol):
    """A remote whose objects can link to the same learning elsewhere."""

    def link(self, items: Sequence[tuple[Observed, Entry]]) -> Iterator[Result]:
        """Let each object link to `entry.link` ('': to nothing). Again is harmless.

        An object that a person changed meanwhile is refused as a conflict, its words untouched.
        """
        ...


@runtime_checkable
class Migrated(Protocol):
    """A remote whose place needs a schema that orch ships."""

    def outdated(self) -> str:
        """What the schema lacks, in words; '' when nothing."""
        ...


@runtime_checkable
class Remembering(Protocol):
    """A remote that finds faster what it is told the vendor's ids of."""

    def remember(self, refs: Mapping[str, str]) -> None:
        """Take {key: ref} of objects that were there before."""
        ...


@dataclass(frozen=True, slots=True)
class Sighting:
    """What was last seen of an object: the vendor's id, its address, and when (UTC ISO 8601, '' unknown)."""

    ref: str
    url: str
    at: str


@runtime_checkable
class Listing(Protocol):
    """A remote that can tell, at no request more, which objects may not be as they were left."""

    def doubtful(self, seen: Mapping[str, Sighting]) -> Collection[str]:
        """The keys of those of these objects that are worth a look. Asks nothing.

        Where an earlier call listed what the place holds, those that it did not meet; of files, those that
        went or changed since.
        """
        ...


TRASHED, NOT_SHOWN = "trashed", "not shown"


@runtime_checkable
class Hiding(Protocol):
    """A remote where what `find` does not show may still be there: in a trash, or for other accounts."""

    def hidden(self, refs: Mapping[str, str]) -> Mapping[str, str]:
        """Which of these objects, {key: ref}, may be seen again: TRASHED, or NOT_SHOWN where nobody can tell.

        What the vendor says is gone for good is left out. Only asks.
        """
        ...


@runtime_checkable
class Sweeping(Protocol):
    """A remote that may hold an entry twice, when two machines created it in the same moment."""

    @property
    def duplicates(self) -> Mapping[str, Sequence[str]]:
        """Further objects that were met, by entry key; after `sweep` those that a person changed."""
        ...

    def sweep(self, keys: Sequence[str]) -> None:
        """Leave one object of each of these entries, the same one on every machine."""
        ...


@runtime_checkable
class Marked(Protocol):
    """A remote whose place may be away, or another one by the same name, and is known again by its marks."""

    def marks(self) -> frozenset[str]:
        """The marks of what lies there now; none where it is not there, or has none yet."""

    def put_mark(self) -> str:
        """One more mark, in a place that is made if it was not there."""

    def is_bare(self) -> bool:
        """Whether nothing there could be orch's."""
