"""History: what git knows, as tables for analysis. A cache: deleting the file loses nothing.

DuckDB lets one process have a file, so it is opened late, closed early, and under our own lock.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from orchestrator.store.history_answers import Answers
from orchestrator.store.history_backlog import Backlog
from orchestrator.store.history_file import LOCK_SECONDS, DamagedError, HistoryFile, Recognise
from orchestrator.store.history_reading import (
    BeganAnewError,
    OnProgress,
    Prepare,
    Reader,
    Reading,
    uncollected,
)
from orchestrator.store.history_rows import Batch

ATTEMPTS = 3  # of a reading whose file is deleted or damaged under it


class History:
    """Tables of `history_schema`. `answers` reads them; `backlog` completes what git log does not tell."""

    def __init__(
        self,
        path: Path,
        *,
        mark: Path | None = None,
        lock_seconds: float = LOCK_SECONDS,
        recognise: Recognise | None = None,
    ) -> None:
        """`mark` is a file that says to others that this one is complete: it is deleted with it, first.

        `recognise` tells a file that was made here; without it each one is.
        """
        self._file = HistoryFile(path, lock_seconds, mark, recognise)
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

        `read(tips, stored)` gives the commits that `tips` reach and `stored` do not, each once, in any
        order; `prepare` says what else is known of a batch. With another `boundary` (where a shallow
        clone is cut off) all is read anew. Killed anywhere, the next call goes on where it was.
        """
        for _attempt in range(ATTEMPTS):
            try:
                with uncollected():
                    return Reading(self._file, read, prepare, on_progress).run(now, boundary)
            except (BeganAnewError, DamagedError) as e:
                reason = e
        raise reason

    def tips(self) -> dict[str, str]:
        """Commit ids by reference, up to which the tables are complete; {} after a fresh start."""
        return dict(self.answers.query("SELECT ref, commit_id FROM tips").rows)

    def count(self) -> int:
        """How many commits are stored."""
        return int(self.answers.query("SELECT count(*) FROM commits").rows[0][0])

    def forget(self) -> None:
        """Delete the file. The next reading begins anew."""
        self._file.delete()
