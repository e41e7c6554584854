"""Opening the history's DuckDB file: late, briefly, alone, in private, and anew when it is damaged."""

from __future__ import annotations

import fcntl
import os
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

from orchestrator.errors import LockedError, OrchError
from orchestrator.i18n import _
from orchestrator.store.history_schema import is_current

LOCK_SECONDS = 30.0
PAUSE_SECONDS = 0.02
INTERRUPTED = "Query interrupted"  # DuckDB's word for whatever a signal's handler raised
Config = dict[str, str | bool | int | float | list[str]]
# No file but the database itself, no extension, no way to switch that on again.
HARDENED: Config = {
    "enable_external_access": False,
    "autoload_known_extensions": False,
    "autoinstall_known_extensions": False,
    "allow_community_extensions": False,
    "lock_configuration": True,
    "memory_limit": "512MB",  # of DuckDB's own; beyond it a question goes through the disk
    "pandas_analyze_sample": 0,  # a column of texts is one, whatever its first values are
    # What a transaction of this size changes goes into the file at once, not into a log before it: it is
    # written once. Smaller ones gather in the log, which goes into the file whenever it is closed.
    "checkpoint_threshold": "1MB",
}
NOT_YET: Config = {"enable_external_access": True, "lock_configuration": False}  # `_confine` follows
ALONE: Config = {"threads": 1}  # one thread loads with 10 % less CPU than two, and as fast


class Recognise(Protocol):
    """What tells a file that was made here from one that came with the repository, without opening it."""

    def is_ours(self, path: Path) -> bool:
        """Whether this machine made the file. Raises OrchError for one that git tracks."""
        ...

    def claim(self, path: Path) -> None:
        """Remember the file as made here."""
        ...


class DamagedError(OrchError):
    """The file was damaged and has been removed; the next call begins a new one."""


class HistoryFile:
    """A DuckDB file that is a cache: whoever opens it finds the tables, if need be empty ones."""

    def __init__(
        self, path: Path, lock_seconds: float, mark: Path | None = None, recognise: Recognise | None = None
    ) -> None:
        self._path, self._mark, self._recognise = path, mark, recognise
        self._lock_seconds = lock_seconds

    @contextmanager
    def open(self, *, read_only: bool = False, into: Path | None = None) -> Iterator[Any]:
        """The database under our lock; a file that is damaged, of another version or not ours begins anew.

        With `into` it may write files in that folder, and reach nothing else.
        """
        from orchestrator.store.duckdb_module import duckdb

        with _ctrl_c_heard(), self._locked(), _private_files():
            config = HARDENED | ({} if read_only else ALONE) | ({} if into is None else NOT_YET)
            db = self._connect(read_only, config)
            try:
                if into is not None:
                    _confine(db, into)
                yield db
            except duckdb.Error as error:
                db.close()
                if not is_damage(error):
                    raise self._unusable(error) from error
                self._delete()
                raise DamagedError(
                    _("The history cache was damaged and has been removed: {reason}").format(reason=error),
                    _("Run the command again; git is read anew."),
                ) from error
            finally:
                db.close()

    def _connect(self, read_only: bool, config: Config) -> Any:
        from orchestrator.store.duckdb_module import duckdb

        if self._path.is_symlink():
            self._path.unlink()  # not made by us, and it leads somewhere else
        if self._recognise and not self._recognise.is_ours(self._path):
            self._delete()
        try:
            if self._path.exists():
                return self._prepared(read_only, config)
        except duckdb.Error:
            self._delete()
        try:
            made = self._prepared(read_only=False, config=config)
            if self._recognise:
                self._recognise.claim(self._path)
            if not read_only:
                return made
            made.close()  # a question never has a connection that could write
            return self._prepared(read_only, config)
        except duckdb.Error as error:
            raise self._unusable(error) from error

    def _prepared(self, read_only: bool, config: Config) -> Any:
        """Connect and check the version. Raises duckdb.Error when the file is not one of ours."""
        from orchestrator.store.duckdb_module import duckdb

        db = self._connected(read_only, config)
        try:
            if not is_current(db, create=not read_only):
                raise duckdb.Error("another version")
        except duckdb.Error:
            db.close()
            raise
        return db

    def _connected(self, read_only: bool, config: Config) -> Any:
        """Connect, waiting for a process that does not know our lock (a person's DuckDB shell)."""
        from orchestrator.store.duckdb_module import duckdb

        deadline = time.monotonic() + self._lock_seconds
        while True:
            try:
                return duckdb.connect(str(self._path), read_only=read_only, config=config)
            except duckdb.IOException as error:
                if "lock" not in str(error):
                    raise
                if time.monotonic() > deadline:
                    raise self._held() from error
                time.sleep(0.1)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """One process at a time, by the kernel's lock on a file beside ours. It is never deleted."""
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            flags = os.O_CREAT | os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW
            descriptor = os.open(self._path.with_suffix(".lock"), flags, 0o600)
        except OSError as error:
            raise self._unusable(error) from error
        try:
            self._wait_for(descriptor)
            yield
        finally:
            os.close(descriptor)  # gives the lock back

    def _wait_for(self, descriptor: int) -> None:
        deadline = time.monotonic() + self._lock_seconds
        while True:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                if time.monotonic() > deadline:
                    raise self._held() from error
                time.sleep(PAUSE_SECONDS)
            else:
                return

    def _unusable(self, error: Exception) -> OrchError:
        return OrchError(
            _("DuckDB cannot use {path}: {reason}").format(path=self._path, reason=error),
            _("See that the disk has room and that the folder is yours to write."),
        )

    def _held(self) -> LockedError:
        return LockedError(
            _("Another process is using {path}.").format(path=self._path),
            _("Wait for it to end, or close the DuckDB shell that has it open."),
        )

    def delete(self) -> None:
        """Begin anew at the next `open`."""
        with self._locked():
            self._delete()

    def _delete(self) -> None:
        log = self._path.with_name(f"{self._path.name}.wal")
        for path in filter(None, (self._mark, self._path, log)):
            try:
                path.unlink(missing_ok=True)
            except OSError as error:
                raise self._unusable(error) from error


@contextmanager
def _ctrl_c_heard() -> Iterator[None]:
    """Ctrl-C while DuckDB is at work stays Ctrl-C: it looks for signals, and makes another error of them."""
    try:
        yield
    except RuntimeError as error:
        if str(error) != INTERRUPTED:
            raise
        raise KeyboardInterrupt from error


def is_damage(error: Exception) -> bool:
    """Tell a broken file from a wrong question, by DuckDB's words."""
    words = str(error).lower()
    return any(
        word in words
        for word in ("corrupt", "checksum", "deserializ", "could not read", "fatal", "internal error")
    )


def _confine(db: Any, folder: Path) -> None:
    """From here on the connection may write in that folder, and reach nothing else."""
    quoted = str(folder).replace("'", "''")
    db.execute(f"SET allowed_directories=['{quoted}']")
    db.execute("SET enable_external_access=false")
    db.execute("SET lock_configuration=true")


@contextmanager
def _private_files() -> Iterator[None]:
    """DuckDB makes its file and its log with the process's umask: let nobody else read them."""
    before = os.umask(stat.S_IRWXG | stat.S_IRWXO)
    try:
        yield
    finally:
        os.umask(before)
