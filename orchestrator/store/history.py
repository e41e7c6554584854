"""History: what git knows, as tables for analysis. A cache: deleting the file loses nothing.

DuckDB lets one process have a file, so it is opened late, closed early, and under our own lock.
What is stored is closed under "parent of": git tells parents before children, and each transaction
also stores the heads of all that is stored. So whoever goes on after a kill asks git for what the
tips reach and those heads do not.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from orchestrator.errors import OrchError
from orchestrator.git.log import Logged
from orchestrator.i18n import _
from orchestrator.store.history_answers import Answers
from orchestrator.store.history_backlog import Backlog
from orchestrator.store.history_file import LOCK_SECONDS, DamagedError, HistoryFile
from orchestrator.store.history_insert import insert_batch, replace_heads, replace_tips
from orchestrator.store.history_rows import Batch, batches, weight
from orchestrator.store.history_schema import EVERYTHING

SESSION_SECONDS = 20.0  # that a long reading holds the file before others, who wait 30, get their turn
TRANSACTION = 64 << 20  # characters of messages and files: a second of git's work, what a kill loses
ATTEMPTS = 3  # of a reading whose file is deleted or damaged under it
NEWEST = 200  # ids of what was added last that a reading remembers
Reader = Callable[[Iterable[str], Iterable[str]], Generator[Logged, None, None]]
Prepare = Callable[[list[Logged]], Batch]
OnProgress = Callable[[int], None]


class BeganAnewError(OrchError):
    """The file is not the one that the reading began with."""


class History:
    """Tables of `history_schema`. `answers` reads them; `backlog` completes what git log does not tell."""

    def __init__(self, path: Path, *, mark: Path | None = None, lock_seconds: float = LOCK_SECONDS) -> None:
        """`mark` is a file that says to others that this one is complete: it is deleted with it, first."""
        self._file = HistoryFile(path, lock_seconds, mark)
        self.answers = Answers(self._file)
        self.backlog = Backlog(self._file)

    def catch_up(
        self,
        now: Mapping[str, str],
        read: Reader,
        *,
        boundary: str = "",
        prepare: Prepare = Batch,
        on_progress: OnProgress = lambda _n: None,
    ) -> int:
        """Make the tables complete up to the references `now`; returns how many commits were new.

        `read(tips, stored)` gives the commits that `tips` reach and `stored` do not, parents first;
        `prepare` says what else is known of a batch. With another `boundary` (where a shallow
        clone is cut off) all is read anew. Killed anywhere, the next call goes on where it was.
        """
        for _attempt in range(ATTEMPTS):
            try:
                return self._catch_up(now, read, boundary, prepare, on_progress)
            except (BeganAnewError, DamagedError) as e:
                reason = e
        raise reason

    def _catch_up(
        self, now: Mapping[str, str], read: Reader, boundary: str, prepare: Prepare, on_progress: OnProgress
    ) -> int:
        with self._file.open() as db:
            generation, heads, tips = _state(db, boundary)
        if tips == now and not heads:
            return 0
        heads |= set(tips.values())
        reading = _Reading(self._file, generation, heads, prepare, on_progress)
        with closing(read(now.values(), sorted(reading.heads))) as commits:
            return reading.run(batches(commits), now)

    def tips(self) -> dict[str, str]:
        """Commit ids by reference, up to which the tables are complete; {} after a fresh start."""
        return dict(self.answers.query("SELECT ref, commit_id FROM tips").rows)

    def stored_heads(self) -> list[str]:
        """What a reading that goes on now would leave out."""
        heads = "SELECT commit_id FROM heads UNION SELECT commit_id FROM tips ORDER BY 1"
        return [row[0] for row in self.answers.query(heads).rows]

    def count(self) -> int:
        """How many commits are stored."""
        return int(self.answers.query("SELECT count(*) FROM commits").rows[0][0])

    def forget(self) -> None:
        """Delete the file. The next reading begins anew."""
        self._file.delete()


class _Reading:
    """One pass over what is new: a transaction a batch, the file given back every few seconds."""

    def __init__(
        self, file: HistoryFile, generation: str, heads: set[str], prepare: Prepare, on_progress: OnProgress
    ) -> None:
        self._file, self._generation, self.heads = file, generation, heads
        self._prepare, self._on_progress = prepare, on_progress
        self._done = self._added = 0
        self._from_nothing = not heads

    def run(self, found: Iterator[list[Logged]], now: Mapping[str, str]) -> int:
        with uncollected():
            waiting = self._prepared(found)
            while True:
                with self._file.open() as db:
                    _check(db, self._generation)
                    waiting = self._session(db, waiting, found)
                    if waiting is None:
                        replace_tips(db, now)
                        return self._added

    def _prepared(self, found: Iterator[list[Logged]]) -> Batch | None:
        commits = next(found, None)
        return self._prepare(commits) if commits else None

    def _session(self, db: Any, batch: Batch | None, found: Iterator[list[Logged]]) -> Batch | None:
        """Store batches until there are no more, or until it is time for others. Returns what waits."""
        deadline = time.monotonic() + SESSION_SECONDS
        stored = db.execute("SELECT count(*) FROM commits").fetchone()
        all_new = self._from_nothing and stored == (self._added,)  # nobody else has stored any
        while batch is not None:
            batch = self._transaction(db, batch, found, deadline, all_new=all_new)
            self._on_progress(self._done)
            if time.monotonic() >= deadline:
                break
        return batch

    def _transaction(
        self, db: Any, batch: Batch | None, found: Iterator[list[Logged]], deadline: float, *, all_new: bool
    ) -> Batch | None:
        """Store batches together with how far they go, so many that DuckDB writes most rows once."""
        stored = 0
        db.execute("BEGIN")
        while batch is not None:
            self._advance(batch.commits)
            self._added += insert_batch(db, batch, all_new=all_new)
            self._done += len(batch.commits)
            stored += sum(map(weight, batch.commits))
            batch = self._prepared(found)
            if stored >= TRANSACTION or time.monotonic() >= deadline:
                break
        replace_heads(db, self.heads)
        db.execute("COMMIT")
        return batch

    def _advance(self, commits: Sequence[Logged]) -> None:
        self.heads.update(c.id for c in commits)
        self.heads.difference_update(parent for c in commits for parent in c.parents.split())


@contextmanager
def uncollected() -> Iterator[None]:
    """No search for reference cycles: rows have none, and looking through millions takes 9 % of a reading."""
    before = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if before:
            gc.enable()


def _state(db: Any, boundary: str) -> tuple[str, set[str], dict[str, str]]:
    """Which file this is, and how far it was read; emptied first when a shallow clone was deepened."""
    generation, stored = db.execute("SELECT generation, boundary FROM meta").fetchone()
    if stored != boundary:
        db.execute("BEGIN")
        for table in EVERYTHING:
            db.execute(f"DELETE FROM {table}")
        db.execute("UPDATE meta SET boundary = $1", [boundary])
        db.execute("COMMIT")
    heads = {row[0] for row in db.execute("SELECT commit_id FROM heads").fetchall()}
    return generation, heads, dict(db.execute("SELECT ref, commit_id FROM tips").fetchall())


def _check(db: Any, generation: str) -> None:
    if db.execute("SELECT generation FROM meta").fetchone() != (generation,):
        raise BeganAnewError(
            _("The history cache was deleted while git was read."),
            _("Run the command again; git is read anew."),
        )
