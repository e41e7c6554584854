"""`orch watch`: drain when refs move, record documents when they are saved."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import FrameType

import orchestrator
from orchestrator.app.documents import record_documents
from orchestrator.app.learning import catch_up
from orchestrator.app.locking import Holder, exclusive, holder
from orchestrator.app.workspace import Say, Workspace
from orchestrator.capture.watch import watch
from orchestrator.capture.watch_stop import Stop
from orchestrator.errors import Exit, LockedError, UserError
from orchestrator.git.repository import Repository
from orchestrator.i18n import _, ngettext

LEASE_SECONDS = 0.5  # longer than `orch watch --status` holds the lock to ask about it
Explain = Callable[[Exception], str]


def watch_workspace(
    workspace: Workspace, say: Say, explain: Explain, *, documents: bool = True, ready: Say | None = None
) -> Exit:
    """Watch until SIGINT (INTERRUPTED), SIGTERM or SIGHUP (OK). `ready` is told once the lease is held.

    `explain` turns what went wrong in one drain into words; the next try follows after a pause.
    Raises LockedError when this clone is watched already, RepositoryGoneError when it is moved or
    deleted, UserError when another orch was installed over this one: what is loaded would judge by
    the former rules.
    """
    repository, program = workspace.repository, Program()
    with Stop() as stop, _signals(stop) as received, _lease(repository):
        if ready is not None:
            ready(_("watching; Ctrl-C ends it"))
        session = Session(repository.root, say, explain, documents=documents)

        def take_in(paths: frozenset[str]) -> None:
            if program.replaced():
                stop.set()
            else:
                session.take_in(paths)

        watch(
            repository,
            take_in,
            documents=session.globs,
            stop=stop,
            warn=say,
            failed=session.failed,
        )
    if program.replaced() and not received:
        raise UserError(_("another orch was installed meanwhile"), _("start `orch watch` again"))
    return Exit.INTERRUPTED if signal.SIGINT in received else Exit.OK


class Program:
    """The installed orch as it was when this process began: an installer writes its files anew."""

    def __init__(self) -> None:
        self._path = Path(orchestrator.__file__)
        self._before = self._state()

    def replaced(self) -> bool:
        """Whether another one lies there now, or none."""
        return self._state() != self._before

    def _state(self) -> tuple[int, ...]:
        try:
            found = self._path.stat()
        except OSError:
            return ()
        return found.st_dev, found.st_ino, found.st_mtime_ns, found.st_size


def lease_file(repository: Repository) -> Path:
    """Whoever holds the lock on this file watches the clone: one for all of its work trees."""
    return repository.common_dir / "orch.watch.lock"


def watcher(repository: Repository) -> Holder | None:
    """Who watches this clone now; None when nobody does."""
    return holder(lease_file(repository))


class Session:
    """What one watch does when something changed, and what it has said of what went wrong.

    The configuration is opened anew each time: it may have changed, and may no longer be trusted.
    """

    def __init__(self, root: Path, say: Say, explain: Explain, *, documents: bool) -> None:
        self._root, self._say, self._explain = root, say, explain
        self._documents = documents
        self._trouble: set[str] = set()

    def globs(self) -> tuple[str, ...]:
        """The globs of all companies' documents, as the configuration has them now."""
        if not self._documents:
            return ()
        return tuple(g for c in Workspace.open(self._root).group.companies for g in c.documents)

    def take_in(self, paths: frozenset[str]) -> None:
        """Drain, and record the documents when some of them changed.

        A store that cannot be used stops no other company's; it is said once, until it can.
        """
        workspace = Workspace.open(self._root)
        found = catch_up(workspace, self._say, required=True)
        for company, ids in found.learnt.items():
            self._say(_new(len(ids)).format(company=company, n=len(ids)))
        if paths:
            self._record(workspace, paths)
        failed = {**found.failed, **workspace.behind}
        for failure in failed.values():
            self.failed(failure)
        if self._trouble and not failed:
            self._trouble.clear()
            self._say(_("it works again"))

    def failed(self, error: Exception) -> None:
        """Say what went wrong; the same thing only once, however often it is tried again."""
        trouble = f"{type(error).__name__} {error}"
        if trouble not in self._trouble:
            self._trouble.add(trouble)
            self._say(self._explain(error))

    def _record(self, workspace: Workspace, paths: frozenset[str]) -> None:
        for company, collected in record_documents(workspace, None, self._say, only=paths).items():
            changed = [*collected.new, *collected.changed]
            if changed:
                words = _("{company}: documents {names}")
                self._say(words.format(company=company, names=", ".join(changed)))


@contextmanager
def _lease(repository: Repository) -> Iterator[None]:
    path = lease_file(repository)
    with ExitStack() as held:
        try:
            held.enter_context(exclusive(path, LEASE_SECONDS))
        except LockedError as e:
            raise _watched_already(holder(path) or Holder()) from e
        yield


def _watched_already(by: Holder) -> LockedError:
    words = _("this clone is watched already, by process {pid} since {since}")
    return LockedError(
        words.format(pid=by.pid or "?", since=by.since or "?"),
        _("leave it: it captures for all work trees; `orch watch --status` says more"),
    )


@contextmanager
def _signals(stop: Stop) -> Iterator[set[int]]:
    """SIGINT, SIGTERM and SIGHUP set `stop` instead of raising, so that nothing is half done.

    The second of a kind has the effect it had before. A signal that was ignored (nohup) stays so.
    """
    received: set[int] = set()
    before = {n: signal.getsignal(n) for n in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}

    def handle(number: int, _frame: FrameType | None) -> None:
        received.add(number)
        stop.set()
        signal.signal(number, before[signal.Signals(number)])

    for number, handler in before.items():
        if handler is not signal.SIG_IGN:
            signal.signal(number, handle)
    try:
        yield received
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _new(n: int) -> str:
    return ngettext("{company}: {n} new insight", "{company}: {n} new insights", n)
