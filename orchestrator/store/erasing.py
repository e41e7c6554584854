"""What its origin took back is gone from the file too, not only from what SQL answers.

`secure_delete` overwrites what a table loses. Two things keep words all the same: the full-text index, which
only notes that a text is gone until its parts are merged into one, and the log, until it is in the file. A
store from before `secure_delete` holds what it ever lost, so that it is written anew once.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import apsw

from orchestrator.transaction import transaction

_CLEAN, _DUE = "clean", "due"  # '': nobody knows what the store lost before


class Erasing:
    """`note` in each transaction that takes another company's words away, all `within` one that settles."""

    def __init__(self, connection: apsw.Connection) -> None:
        self._db = connection

    def note(self) -> None:
        """Words were taken away: they are to be erased, also if this process ends before."""
        if self._state() == _CLEAN:
            self._put(_DUE)

    @contextmanager
    def within(self) -> Iterator[None]:
        """Erase what is due, from before and then from what happens here; not within a transaction."""
        self._settle()
        yield
        self._settle()

    def _settle(self) -> None:
        """Costs a pass over the full-text index; while another process holds the store it stays due.

        Raises apsw.FullError without room.
        """
        state = self._state()
        if state == _CLEAN:
            return
        if state or self._db.execute("select 1 from offer limit 1").fetchone():
            try:
                self._erase(whole=not state)
            except (apsw.BusyError, apsw.LockedError):
                return
        self._put(_CLEAN)

    def _erase(self, *, whole: bool) -> None:
        with transaction(self._db):
            self._db.execute("insert into memory_fts(memory_fts) values ('optimize')")
        if whole:
            self._db.execute("vacuum")
        ((busy, *_pages),) = self._db.execute("pragma wal_checkpoint(truncate)").fetchall()
        if busy:
            raise apsw.BusyError

    def _state(self) -> str:
        row = self._db.execute("select value from setting where name = 'erasing'").fetchone()
        return str(row[0]) if row else ""

    def _put(self, state: str) -> None:
        with transaction(self._db):
            self._db.execute("insert or replace into setting values ('erasing', ?)", (state,))
