"""Bring offers in line with a large memory by its news: what changed, then what is gone.

Rows come by their time of change, from the latest that is known. That misses what was deleted, what was
taken back and what was committed late, so that both sides then compare checksums in 256 buckets, and
only the keys of buckets that differ are listed. In step this is two requests, however much is shared.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import TypeVar

from orchestrator.desk import Desk
from orchestrator.offer.incoming import as_offer, refusal
from orchestrator.offer.receive import Received, doubtful, take_rows, technologies_of, withdraw
from orchestrator.remote_memory import Followed, SharedRow

PAGE = 250  # rows a transaction
LISTED = 20_000  # keys of one answer
FOLLOWED = "memory_followed"  # setting: the memory that the mirror is of
T = TypeVar("T")


def follow(desk: Desk, memory: Followed, model: str) -> Received:
    """Take in what changed since the last pull, a transaction a page; killed, it goes on from there."""
    result, mirror, technologies = Received(), desk.store.mirror, technologies_of(desk)
    _begin(desk, memory.target)
    for page in _pages(memory.changed(mirror.newest()), PAGE):
        _take(desk, page, technologies, model, result)
    theirs = memory.digest()
    if kept := doubtful(desk, empty=not theirs):
        result.kept = kept
        return result
    ours = mirror.digest()
    differing = [b for b in sorted({*theirs, *ours}) if theirs.get(b) != ours.get(b)]
    for buckets in _slices(differing, theirs):
        for page in _pages(memory.rows_of(_stale(desk, memory, buckets)), PAGE):
            _take(desk, page, technologies, model, result)
    with desk.store.transaction():
        withdraw(desk, mirror.absent_offers(), result)
    return result


def take_in(desk: Desk, memory: Followed, rows: Iterable[SharedRow], model: str) -> None:
    """Take in these rows ahead of the next pull, as it would; those that are known as they are cost nothing.

    `rows` may lack their vectors: what is news is fetched whole.
    """
    keys = dict.fromkeys(row.key for row in rows if _is_news(desk, row))
    for page in _pages(memory.rows_of(list(keys)), PAGE):
        with desk.store.transaction():
            take_rows(desk, page, technologies_of(desk), model, Received())


def _is_news(desk: Desk, row: SharedRow) -> bool:
    if row.company == desk.company or refusal(row):
        return False
    known = desk.store.offers.get(row.key)
    return known is None or known.state == "withdrawn" or known.hash != as_offer(row, "").hash


def forget_gone(desk: Desk, memory: Followed) -> None:
    """Withdraw the offers whose rows are no longer shared; takes in nothing new.

    What a pull knew is compared by checksums, the few that were taken in since are asked by their keys. An
    empty memory is left to the pull, which does not believe it at once.
    """
    theirs, ours = memory.digest(), desk.store.mirror.digest()
    if not theirs:
        return
    gone: list[str] = []
    differing = [b for b in sorted(ours) if theirs.get(b) != ours[b]]
    for buckets in _slices(differing, theirs):
        there = memory.stamps(buckets)
        gone += [key for key in desk.store.mirror.stamps(buckets) if key not in there]
    early = desk.store.mirror.absent_offers()
    shared = {row.key for row in memory.rows_of(early)} if early else set()  # keyless rows by their numbers
    with desk.store.transaction():
        desk.store.mirror.forget(gone)
        withdraw(desk, [*gone, *(key for key in early if key not in shared)], Received())


def _begin(desk: Desk, target: str) -> None:
    """What is known of another memory says nothing of this one."""
    if desk.store.setting(FOLLOWED) != target:
        with desk.store.transaction():
            desk.store.mirror.clear()
            desk.store.put_setting(FOLLOWED, target)


def _stale(desk: Desk, memory: Followed, buckets: Sequence[int]) -> list[str]:
    """The keys in buckets that differ whose rows must be fetched; what is gone there is forgotten."""
    theirs, ours = memory.stamps(buckets), desk.store.mirror.stamps(buckets)
    with desk.store.transaction():
        desk.store.mirror.forget(key for key in ours if key not in theirs)
    return [key for key, stamp in theirs.items() if ours.get(key) != stamp]


def _take(desk: Desk, page: list[SharedRow], technologies: set[str], model: str, result: Received) -> None:
    with desk.store.transaction():
        offered = take_rows(desk, page, technologies, model, result)
        withdraw(desk, [row.key for row in page if row.key not in offered], result)
        desk.store.mirror.put({row.key: row.stamp for row in page})


def _slices(buckets: Sequence[int], entries: Mapping[int, tuple[int, int]]) -> Iterator[list[int]]:
    """The buckets in parts of about as many keys as one answer may hold."""
    part: list[int] = []
    size = 0
    for bucket in buckets:
        part.append(bucket)
        size += entries.get(bucket, (0, 0))[0]
        if size >= LISTED:
            yield part
            part, size = [], 0
    if part:
        yield part


def _pages(rows: Iterable[T], size: int) -> Iterator[list[T]]:
    left = iter(rows)
    while page := list(islice(left, size)):
        yield page
