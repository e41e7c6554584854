"""Reading what is new in git into the history's tables, in parts, so that a kill loses little.

`tips` are the references up to which the tables are complete: what is asked of git next is what the
references of now reach and those do not. A long reading is stored in parts, in no order; when it is
killed, what is stored has parents that are not. Whoever goes on reads what those reach first.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from itertools import chain, islice
from typing import Any

from orchestrator.errors import OrchError
from orchestrator.git.log_text import LogText
from orchestrator.i18n import _
from orchestrator.store.history_file import HistoryFile
from orchestrator.store.history_insert import insert_batch, replace_tips
from orchestrator.store.history_rows import Batch, batches
from orchestrator.store.history_schema import EVERYTHING

SESSION_SECONDS = 20.0  # that a long reading holds the file before others, who wait 30, get their turn
TRANSACTION = 64 << 20  # bytes of text: two seconds of git's work, what a kill loses
Reader = Callable[[Iterable[str], Iterable[str]], Generator[LogText, None, None]]
Prepare = Callable[[LogText], Batch]
OnProgress = Callable[[int], None]
_HOLES = "SELECT DISTINCT parent FROM parents WHERE parent NOT IN (SELECT id FROM commits) ORDER BY 1"
_HEADS = "SELECT id FROM commits WHERE id NOT IN (SELECT parent FROM parents)"


class BeganAnewError(OrchError):
    """The file is not the one that the reading began with."""


@dataclass(frozen=True, slots=True)
class _State:
    """How far the tables go: the references, or what was stored of a reading that was killed: commits
    that stored ones follow from are `holes`, and from `heads` no stored ones follow.
    """

    generation: str
    tips: Mapping[str, str]
    unfinished: bool = False
    holes: Sequence[str] = ()
    heads: Sequence[str] = ()

    @property
    def is_empty(self) -> bool:
        return not self.tips and not self.unfinished


class Reading:
    """One pass over what is new: a transaction some batches, the file given back every few seconds."""

    def __init__(self, file: HistoryFile, read: Reader, prepare: Prepare, on_progress: OnProgress) -> None:
        self._file, self._read = file, read
        self._prepare, self._on_progress = prepare, on_progress
        self._done = self._added = 0
        self._finished = False
        self._state = _State("", {})

    def run(self, now: Mapping[str, str], boundary: str) -> int:
        """Returns how many commits were new. Raises BeganAnewError, or DamagedError of the file."""
        with closing(self._texts(now)) as texts:
            found = map(self._prepare, batches(texts))
            with self._file.open() as db:
                self._state = _state(db, boundary)
                if self._state.tips == now and not self._state.unfinished:
                    return 0
                self._session(db, found, now)
            while not self._finished:
                waiting = list(islice(found, 1))  # while git tells it, others may have the file
                with self._file.open() as db:
                    _check(db, self._state.generation)
                    self._session(db, chain(waiting, found), now)
        return self._added

    def _texts(self, now: Mapping[str, str]) -> Generator[LogText, None, None]:
        """What a killed reading left out, then all that is new."""
        state = self._state
        for tips, known in ((state.holes, state.tips.values()), (now.values(), state.heads)):
            if tips:
                with closing(self._read(tips, known)) as texts:
                    yield from texts

    def _session(self, db: Any, found: Iterator[Batch], now: Mapping[str, str]) -> None:
        """Store batches until there are no more, or until it is time for others."""
        deadline = time.monotonic() + SESSION_SECONDS
        stored = db.execute("SELECT count(*) FROM commits").fetchone()
        all_new = self._state.is_empty and stored == (self._added,)  # nobody else has stored any
        while not self._finished:
            self._transaction(db, found, now, deadline, all_new=all_new)
            self._on_progress(self._done)
            if time.monotonic() >= deadline:
                break

    def _transaction(
        self, db: Any, found: Iterator[Batch], now: Mapping[str, str], deadline: float, *, all_new: bool
    ) -> None:
        """Store so many batches that DuckDB writes most rows once."""
        weight = 0
        db.execute("BEGIN")
        for batch in found:
            self._added += insert_batch(db, batch, all_new=all_new)
            self._done += batch.log.number()
            weight += len(batch.log.text)
            if weight >= TRANSACTION or time.monotonic() >= deadline:
                db.execute("UPDATE meta SET unfinished = true")
                break
        else:
            replace_tips(db, now)
            self._finished = True
        db.execute("COMMIT")


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


def _state(db: Any, boundary: str) -> _State:
    """Which file this is, and how far it was read; emptied first when a shallow clone was deepened."""
    generation, stored, unfinished = db.execute(
        "SELECT generation, boundary, unfinished FROM meta"
    ).fetchone()
    if stored != boundary:
        db.execute("BEGIN")
        for table in EVERYTHING:
            db.execute(f"DELETE FROM {table}")
        db.execute("UPDATE meta SET boundary = $1, unfinished = false", [boundary])
        db.execute("COMMIT")
        return _State(generation, {})
    tips = dict(db.execute("SELECT ref, commit_id FROM tips").fetchall())
    holes, heads = (_ids(db, _HOLES), _ids(db, _HEADS)) if unfinished else ([], [])
    return _State(generation, tips, unfinished, holes, sorted({*heads, *tips.values()}))


def _ids(db: Any, sql: str) -> list[str]:
    return [row[0] for row in db.execute(sql).fetchall()]


def _check(db: Any, generation: str) -> None:
    if db.execute("SELECT generation FROM meta").fetchone() != (generation,):
        raise BeganAnewError(
            _("The history cache was deleted while git was read."),
            _("Run the command again; git is read anew."),
        )
