"""What the machine does to a command: no room, no right to write, a damaged file, in our words.

Everything else that is no `OrchError` is a mistake of orch's own. `report` keeps one for its finder,
without the error's own message: it may quote what a commit or a document says.
"""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from orchestrator.errors import Exit, LockedError, OrchError, UserError
from orchestrator.i18n import _, ngettext

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


class MistakeError(OrchError):
    """Orch's own mistake while it read git for one company: what it read no further stays unread.

    `commits` are those at which it happens, none where it is of none of them; `traces` say where in orch,
    `file` where that is kept for its finder.
    """

    exit_code = Exit.INCOMPLETE
    code = "bug"

    def __init__(
        self, company: str, kind: str, commits: Sequence[str] = (), *, traces: str = "", file: str = ""
    ) -> None:
        self.company, self.kind, self.commits, self.traces = company, kind, tuple(commits), traces
        self.kept_in(file)

    def kept_in(self, file: str) -> None:
        """Name the file in which its finder reads where it happened."""
        self.file = file
        super().__init__(
            self._told().format(
                company=self.company,
                kind=self.kind,
                n=len(self.commits),
                commit=self.commits[0][:12] if self.commits else "",
                file=file,
            ),
            _(
                "nothing is lost: install a newer orch, then `orch drain`; until then `orch push` sends of "
                "this company only what takes something back. Please report it with the file above"
            ),
        )

    def _told(self) -> str:
        if not self.commits:
            return _("{company}: orch made a mistake ({kind}), and git's news waits; details: {file}")
        return ngettext(
            "{company}: orch made a mistake ({kind}) at commit {commit}, which stays unread; details: {file}",
            "{company}: orch made a mistake ({kind}) at {n} commits, which stay unread, the first is "
            "{commit}; details: {file}",
            len(self.commits),
        )


def report(traces: str, command: str) -> Path:
    """Keep where a mistake happened in a private file; returns its path, the same for the same mistake."""
    import tempfile

    from orchestrator.model import digest

    text = f"orch {command}\npython {sys.version.split()[0]}\n{traces}".encode("utf-8", "backslashreplace")
    known = Path(tempfile.gettempdir()) / f"orch-bug-{digest(text.decode(), size=16)}.txt"
    if _is_ours(known, text):
        return known
    try:
        descriptor, name = os.open(known, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), str(known)
    except FileExistsError:  # somebody else's
        descriptor, name = tempfile.mkstemp(prefix="orch-bug-", suffix=".txt")
    with os.fdopen(descriptor, "wb") as f:
        f.write(text)
    return Path(name)


def _is_ours(file: Path, text: bytes) -> bool:
    """Whether it is a file of this user's with that content; links are not followed."""
    try:
        found = file.lstat()
        return stat.S_ISREG(found.st_mode) and found.st_uid == os.getuid() and file.read_bytes() == text
    except OSError:
        return False


def traces(error: BaseException) -> str:
    """Where in orch it happened; with ORCH_DEBUG set also what the error says."""
    return "".join(_lines(error))


def _lines(error: BaseException) -> Iterator[str]:
    import traceback

    cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if cause is not None:
        yield from _lines(cause)
        yield "\n"
    yield from traceback.format_tb(error.__traceback__)
    kind = f"{type(error).__module__}.{type(error).__qualname__}"
    yield f"{kind}: {error}\n" if os.environ.get("ORCH_DEBUG") else f"{kind}\n"
