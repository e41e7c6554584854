"""One SQLite write transaction that tells why it failed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from orchestrator import faultpoint

if TYPE_CHECKING:
    import apsw


@contextmanager
def transaction(connection: apsw.Connection) -> Iterator[None]:
    """All or nothing, durable when it returns; within another one the outer decides.

    IMMEDIATE: a deferred one cannot wait its turn when it starts to write. Not apsw's own `with connection`:
    on a full disk SQLite rolls back by itself, and the savepoint that is then missing hides the reason.
    """
    if connection.in_transaction:
        yield
        return
    faultpoint.point("before begin")
    connection.execute("begin immediate")
    try:
        yield
        with faultpoint.around("commit"):
            connection.execute("commit")
    except BaseException:
        if not connection.get_autocommit():
            connection.execute("rollback")
        raise
