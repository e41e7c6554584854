"""What the machine does to a command: no room, no right to write, a damaged file, in our words.

Everything else that is no `OrchError` is a bug. `report` keeps one for its finder, without the
error's own message: it may quote what a commit or a document says.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from orchestrator.errors import LockedError, OrchError, UserError
from orchestrator.i18n import _

_DAMAGED = frozenset({"CorruptError", "NotADBError", "FormatError"})
_BUSY = frozenset({"BusyError", "LockedError"})
_UNWRITABLE = frozenset({"ReadOnlyError", "CantOpenError", "FullError", "IOError", "PermissionsError"})


def translated(error: Exception) -> OrchError | None:
    """The same failure as an expected one; None for what is a bug.

    SQLite's errors are told by their module's name, so that apsw need not be imported to ask.
    """
    if isinstance(error, OrchError):
        return error
    if isinstance(error, RecursionError | MemoryError):
        return None
    if isinstance(error, OSError):
        return _of_system(error)
    if type(error).__module__ == "apsw":
        return _of_store(error)
    return None


def _of_system(error: OSError) -> OrchError | None:
    reason = error.strerror or type(error).__name__
    if error.filename is None:
        return UserError(
            _("the system refuses: {reason}").format(reason=reason), _("see that the disk has room")
        )
    return UserError(
        _("{path} cannot be read or written: {reason}").format(
            path=os.fsdecode(error.filename), reason=reason
        ),
        _("check the owner, the permissions and the room on the disk; commits are not affected"),
    )


def _of_store(error: Exception) -> OrchError | None:
    name = type(error).__name__
    if name in _DAMAGED:
        return UserError(
            _("a company's store is damaged: {reason}").format(reason=error),
            _("`orch doctor` says which, `orch doctor --repair` makes it again"),
        )
    if name in _BUSY:
        return LockedError(
            _("a company's store is in use by another process"), _("wait for it to end, then try again")
        )
    if name in _UNWRITABLE:
        return UserError(
            _("a company's store cannot be read or written: {reason}").format(reason=error),
            _("check the owner, the permissions and the room on the disk; commits are not affected"),
        )
    return None


def report(error: BaseException, command: str) -> Path:
    """Keep where a bug happened in a private file; returns its path.

    With ORCH_DEBUG set the error's message is kept too.
    """
    descriptor, name = tempfile.mkstemp(prefix="orch-bug-", suffix=".txt")
    with os.fdopen(descriptor, "w", encoding="utf-8", errors="backslashreplace") as f:
        f.write(f"orch {command}\npython {sys.version.split()[0]}\n")
        f.writelines(_lines(error))
    return Path(name)


def _lines(error: BaseException) -> Iterator[str]:
    import traceback

    cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if cause is not None:
        yield from _lines(cause)
        yield "\n"
    yield from traceback.format_tb(error.__traceback__)
    kind = f"{type(error).__module__}.{type(error).__qualname__}"
    yield f"{kind}: {error}\n" if os.environ.get("ORCH_DEBUG") else f"{kind}\n"
