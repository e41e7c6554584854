"""What a remote that is a memory offers beside the four verbs of `remote`: rows, by meaning, words, news."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

Json = Any


@dataclass(frozen=True, slots=True)
class SharedRow:
    """A row of a memory: what some company shared. `vector` is None where the model differs."""

    key: str
    company: str
    kind: str
    content: str
    metadata: Mapping[str, Json]
    created_at: str
    hash: str
    model: str = ""
    vector: Sequence[float] | None = None
    similarity: float = 0.0
    stamp: int = 0  # microseconds since 1970 of its last change, where the memory knows it
    fault: str = ""  # why its words cannot be had


@runtime_checkable
class Memory(Protocol):
    """The extra verbs of a remote that is a vector memory."""

    def share(self, keys: Sequence[str], *, shared: bool = True) -> int:
        """Mark rows as shared or not; returns how many changed. `update` leaves the mark alone."""
        ...

    def rows(self, *, shared_only: bool = True) -> Iterable[SharedRow]:
        """Every row, paged by the remote; with vectors."""
        ...

    def stats(self) -> Mapping[str, Json]:
        """{total, by_category, by_instance} of the shared rows."""
        ...

    def nearest(
        self,
        vector: Sequence[float],
        *,
        limit: int = 10,
        kind: str | None = None,
        company: str | None = None,
        technology: str | None = None,
        since: str | None = None,
        shared_only: bool = True,
    ) -> Sequence[SharedRow]:
        """Rows by cosine similarity, best first; `limit` at most 200.

        The filters choose before the nearest are taken: what is rare is found among however many rows.
        `technology` in any case, as the metadata's `technologies` list it (else `technology`); `since` is
        ISO 8601 with its offset, of the row's own creation.
        """
        ...


@runtime_checkable
class Worded(Protocol):
    """A memory that finds by words."""

    def worded(
        self, words: Sequence[str], *, limit: int = 50, kind: str | None = None
    ) -> Sequence[SharedRow]:
        """Shared rows that hold some of these words, best first, without their vectors."""
        ...


@runtime_checkable
class Followed(Protocol):
    """A memory that can tell what changed, so that a pull need not read all of it.

    Stamps are microseconds since 1970; buckets and checksums are those of `store.mirror`.
    """

    @property
    def target(self) -> str:
        """The place."""
        ...

    def changed(self, since: int) -> Iterable[SharedRow]:
        """Shared rows whose stamp is greater, oldest first, with vectors."""
        ...

    def digest(self) -> Mapping[int, tuple[int, int]]:
        """{bucket: (entries, checksum)} of the shared rows; empty buckets are left out."""
        ...

    def stamps(self, buckets: Sequence[int]) -> Mapping[str, int]:
        """{key: stamp} of the shared rows in these buckets."""
        ...

    def rows_of(self, keys: Sequence[str]) -> Iterable[SharedRow]:
        """The shared rows of these keys, with vectors; what is gone is left out."""
        ...
