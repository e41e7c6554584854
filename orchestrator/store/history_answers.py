"""Questions to the history: SQL that cannot write, the list of tables, and Parquet files of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from orchestrator.errors import UsageError
from orchestrator.i18n import _
from orchestrator.store.history_file import HistoryFile, is_damage
from orchestrator.store.history_schema import PUBLIC
from orchestrator.store.history_trailers import VIEW

PAUSE_SECONDS = 0.1
_ZONED = "TIMESTAMP WITH TIME ZONE"
Row = tuple[Any, ...]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Answer:
    """Column names and rows; `more`: there were further rows, beyond the limit."""

    columns: list[str]
    rows: list[Row]
    more: bool = False


class Answers:
    """What can be asked of the history's file."""

    def __init__(self, file: HistoryFile) -> None:
        self._file = file

    def query(self, sql: str, parameters: Sequence[Any] = (), limit: int | None = None) -> Answer:
        """The answer, at most `limit` rows of it. Cannot write, read other files, or load anything.

        Raises UsageError with DuckDB's own words when the question is wrong.
        """
        from orchestrator.store.duckdb_module import duckdb

        with self._file.open(read_only=True) as db:
            try:
                columns, rows = _interruptibly(db, lambda: _fetched(db, sql, parameters, limit))
            except duckdb.Error as error:
                if is_damage(error):
                    raise
                raise UsageError(
                    _("DuckDB refuses the question: {reason}").format(reason=error),
                    _("`orch history schema` lists the tables and their columns"),
                ) from error
        return Answer(columns, rows[:limit], more=limit is not None and len(rows) > limit)

    def columns(self) -> dict[str, list[tuple[str, str]]]:
        """(column, type) of each table, as DuckDB has them."""
        listed = (
            "SELECT table_name, column_name, data_type FROM duckdb_columns() ORDER BY table_oid, column_index"
        )
        found: dict[str, list[tuple[str, str]]] = {table: [] for table in PUBLIC}
        for table, column, kind in self.query(listed).rows:
            if table in found:
                found[table].append((column, kind))
        return found

    def export(self, folder: Path) -> list[Path]:
        """Write each table to a Parquet file in `folder`, which exists. Returns the files.

        The names and the SQL are ours alone: this connection may write there, `query`'s nowhere.
        """
        with self._file.open(read_only=True, into=folder.resolve()) as db:
            db.execute(VIEW)
            return [self._exported(db, table, folder.resolve() / f"{table}.parquet") for table in PUBLIC]

    def _exported(self, db: Any, table: str, path: Path) -> Path:
        quoted = str(path).replace("'", "''")
        db.execute(f"COPY (FROM {table}) TO '{quoted}' (FORMAT parquet, COMPRESSION zstd)")
        return path


def _fetched(db: Any, sql: str, parameters: Sequence[Any], limit: int | None) -> tuple[list[str], list[Row]]:
    """Column names, and the rows or one more than `limit` of them."""
    db.execute(VIEW)
    answer = db.execute(sql, list(parameters))
    if answer is None:  # nothing but blanks, comments and semicolons
        raise UsageError(_("there is no question"), 'orch history query "from commits" --limit 5')
    zoned = [c[0] for c in answer.description or () if _ZONED in str(c[1])]
    if zoned:  # DuckDB hands them out with a Python package that is not everywhere
        raise UsageError(
            _("{column} is a time with a time zone, which has no one way to be written").format(
                column=zoned[0]
            ),
            _("cast it: `{column}::timestamp`").format(column=zoned[0]),
        )
    columns = [c[0] for c in answer.description or ()]
    return columns, answer.fetchall() if limit is None else answer.fetchmany(limit + 1)


def _interruptibly(db: Any, work: Callable[[], T]) -> T:
    """Do the work in another thread, so that Ctrl-C ends it: DuckDB looks for signals only now and then."""
    from concurrent.futures import ThreadPoolExecutor, wait

    with _ctrl_c() as pressed, ThreadPoolExecutor(1) as pool:
        running = pool.submit(work)
        while not running.done():
            wait([running], PAUSE_SECONDS)
            if pressed:
                db.interrupt()  # again and again: one is lost if the work has not begun
    if pressed:
        raise KeyboardInterrupt
    return running.result()


@contextmanager
def _ctrl_c() -> Iterator[list[int]]:
    """The signals of Ctrl-C, listed instead of raised: raised, one leaves a thread that nobody ends."""
    import signal
    from threading import current_thread, main_thread

    pressed: list[int] = []
    before = signal.getsignal(signal.SIGINT)
    if before is signal.SIG_IGN or current_thread() is not main_thread():
        yield pressed  # none comes here
        return
    signal.signal(signal.SIGINT, lambda number, _frame: pressed.append(number))
    try:
        yield pressed
    finally:
        signal.signal(signal.SIGINT, before)
