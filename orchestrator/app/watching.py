"""`orch watch`: drain when refs move, record documents when they are saved."""

from __future__ import annotations

import signal
import threading
from types import FrameType

from orchestrator.app.documents import record_documents
from orchestrator.app.learning import catch_up
from orchestrator.app.workspace import Say, Workspace
from orchestrator.errors import OrchError
from orchestrator.i18n import _


def watch_workspace(workspace: Workspace, say: Say, *, documents: bool = True) -> None:
    """Watch until SIGINT or SIGTERM. Raises LockedError when this clone is watched already."""
    from orchestrator.capture.watch import watch

    stop = threading.Event()
    globs = tuple(g for c in workspace.group.companies for g in c.documents) if documents else ()

    def on_change(paths: frozenset[str]) -> None:
        try:
            _take_in(workspace, paths, say, documents=documents)
        except OrchError as e:  # a watcher outlives one bad moment; the next change tries again
            say(_("Error:") + " " + e.message)

    with _signals(stop):
        on_change(frozenset())
        watch(workspace.repository, on_change, documents=globs, stop=stop)


def _take_in(workspace: Workspace, paths: frozenset[str], say: Say, *, documents: bool) -> None:
    found = catch_up(workspace, say)
    for company, ids in found.learnt.items():
        say(_("{company}: {n} new insights").format(company=company, n=len(ids)))
    if documents and paths:
        for company, collected in record_documents(workspace, None, say).items():
            changed = [*collected.new, *collected.changed]
            if changed:
                say(_("{company}: documents {names}").format(company=company, names=", ".join(changed)))


class _signals:  # noqa: N801 - a context manager that reads like a verb's object
    """SIGINT and SIGTERM set an event instead of raising, so that nothing is half done."""

    def __init__(self, stop: threading.Event) -> None:
        self._stop = stop
        self._before: dict[signal.Signals, object] = {}

    def __enter__(self) -> None:
        for number in (signal.SIGINT, signal.SIGTERM):
            self._before[number] = signal.signal(number, self._set)

    def __exit__(self, *_exception: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)  # type: ignore[arg-type]

    def _set(self, _number: int, _frame: FrameType | None) -> None:
        self._stop.set()
