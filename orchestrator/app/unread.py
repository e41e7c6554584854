"""What orch could not read because of a mistake of its own: kept in the store, for each command to say."""

from __future__ import annotations

from pathlib import Path

import orchestrator
from orchestrator import faults
from orchestrator.faults import MistakeError
from orchestrator.model import digest
from orchestrator.store.company import CompanyStore
from orchestrator.store.unread import Unread


def unread_of(store: CompanyStore) -> MistakeError | None:
    """What the last drain could not read because of a mistake; None when it read everything."""
    found = store.unread.of()
    return MistakeError(store.company, found.kind, found.commits, file=found.file) if found else None


def is_upgraded(store: CompanyStore) -> bool:
    """Whether something stays unread that another orch than the present one could not read."""
    found = store.unread.of()
    return found is not None and found.program != _program()


def remember(store: CompanyStore, mistake: MistakeError | None) -> None:
    """Keep a mistake of a drain, and the report of it; None: there was none, and nothing stays unread.

    The caller holds the transaction: killed, what was unread still is.
    """
    known = store.unread.of()
    if mistake is None:
        if known is not None:
            store.unread.put(None)
        return
    mistake.kept_in(str(faults.report(mistake.traces, "drain")))
    commits = mistake.commits or (known.commits if known else ())
    now = Unread(commits, mistake.kind, mistake.file, _program())
    if now != known:
        store.unread.put(now)


def _program() -> str:
    """A mark of this orch: its version, and the stamps of its modules, since an upgrade writes them anew."""
    top = Path(orchestrator.__file__).parent
    files = ((file, file.stat()) for file in sorted(top.rglob("*.py")))
    stamps = (f"{file} {at.st_mtime_ns} {at.st_size}" for file, at in files)
    return digest(orchestrator.__version__, *stamps, size=16)
