"""Opening a folder's memory: a SQLite file that others write to, with any program.

The journal is a rollback journal, not WAL: WAL needs shared memory between its users and so
cannot work on a folder that two machines mount, which is what a group without accounts uses.

Whoever can write the file may put anything there. What could run or never end is off: triggers, views,
virtual tables; and no statement goes on for ever, whatever the pages of the file point to.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import apsw

from orchestrator.errors import PermanentError, TransientError
from orchestrator.i18n import _
from orchestrator.reconcile.remotes.folder_rows import SCHEMA
from orchestrator.reconcile.remotes.plain_file import is_plain

BUSY_MILLISECONDS = 10_000
LONGEST = 120.0  # seconds of this process's own work: a pass over a million rows takes about ten
_STEPS = 1_000_000  # of SQLite's machine, between two looks at the clock
NEVER_KEPT = 1  # user_version of a file that never kept what was deleted
OPENING = "pragma journal_mode = truncate; pragma synchronous = full; pragma secure_delete = on;"
_NEVER_FOLLOWED = apsw.SQLITE_OPEN_READWRITE | apsw.SQLITE_OPEN_CREATE | apsw.SQLITE_OPEN_NOFOLLOW


@contextmanager
def opened(file: Path, *, write: bool) -> Iterator[Any]:
    """The database, made where it is not there and will be written.

    Raises PermanentError for what is no memory: a link, a pipe, a view in the table's place; TransientError
    for one that cannot be used just now.
    """
    require_plain(file)
    try:
        # SQLite follows no link, also one that came just now; that a parent is one is the user's own doing.
        db = apsw.Connection(str(file.parent.resolve() / file.name), flags=_NEVER_FOLLOWED)
        try:
            _prepare(db, write=write)
            _require_table(db, file)
            if write:
                _forget_deleted(db)
            yield db
        finally:
            db.close()
    except apsw.InterruptError as error:
        words = _("the memory {file} takes too long to read: it is no memory of orch's").format(file=file)
        raise PermanentError(words, _mend()) from error
    except apsw.Error as error:
        words = _("the memory {file} cannot be used: {reason}").format(file=file, reason=error)
        hint = _("see that it is there, may be written and has room on its disk")
        raise TransientError(words, hint) from error


def _prepare(db: Any, *, write: bool) -> None:
    db.set_busy_timeout(BUSY_MILLISECONDS)
    db.config(apsw.SQLITE_DBCONFIG_DEFENSIVE, 1)
    for off in (apsw.SQLITE_DBCONFIG_ENABLE_TRIGGER, apsw.SQLITE_DBCONFIG_ENABLE_VIEW):
        db.config(off, 0)
    db.config(apsw.SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0)
    until = time.process_time() + LONGEST
    db.set_progress_handler(lambda: time.process_time() > until, _STEPS)
    if write:
        list(db.execute(OPENING + SCHEMA))


def _forget_deleted(db: Any) -> None:
    """Write a file from before `secure_delete` anew, once: it holds what was ever taken back.

    Where there is no room, or somebody reads for long, the next writer does it.
    """
    if db.pragma("user_version") < NEVER_KEPT:
        with suppress(apsw.FullError, apsw.BusyError):
            db.execute("vacuum")
            db.execute(f"pragma user_version = {NEVER_KEPT:d}")


def require_plain(file: Path) -> None:
    """Raises PermanentError for what is there and is no file."""
    try:
        plain = is_plain(file)
    except FileNotFoundError:
        return
    if not plain:
        words = _("{file} is no file but a link, a pipe or the like: orch does not open it")
        raise PermanentError(words.format(file=file), _mend())


def _require_table(db: Any, file: Path) -> None:
    sql = "select 1 from sqlite_schema where name = 'memory' and type = 'table' and sql like 'create table%'"
    if not db.execute(sql).fetchone():
        raise PermanentError(_("{file} holds no table of orch's").format(file=file), _mend())


def _mend() -> str:
    return _("see who put it there; put the right file back, or move this one away")
