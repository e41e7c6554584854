"""Draining and searching: the stores joined with the embedder."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from typing import TYPE_CHECKING

from orchestrator.app import freshness
from orchestrator.app.progress import Progress, lines, unwatched
from orchestrator.app.workspace import Say, Workspace, silent
from orchestrator.errors import LockedError, UserError
from orchestrator.i18n import _
from orchestrator.pipeline import BATCH, Drained, Intake, drain, embedding_text
from orchestrator.twins import place

if TYPE_CHECKING:
    from orchestrator.ledger import Desk
    from orchestrator.memory.embedder import Embedder


class LazyEmbedder:
    """Opens the model at the first text; where there is none, every vector is left for later."""

    def __init__(self, say: Say = silent) -> None:
        self._say = say
        self._embedder: Embedder | None = None
        self._missing = False

    def open(self) -> Embedder | None:
        """The embedder, or None on a platform that has no model."""
        from orchestrator.memory.embedder import open_embedder

        if self._embedder is None and not self._missing:
            try:
                self._embedder = open_embedder(progress=self._say)
            except UserError as e:
                self._missing = True
                self._say(e.message)
        return self._embedder

    @property
    def model(self) -> str:
        """The id of the model, known without loading it."""
        from orchestrator.memory.embedder import DEFAULT_MODEL

        return DEFAULT_MODEL

    def passages(self, texts: Sequence[str]) -> Sequence[Sequence[float]]:
        """One vector a text; nothing at all without a model."""
        embedder = self.open() if texts else None
        return embedder.passages(texts) if embedder else ()


PATIENCE = 10.0  # seconds that a command waits for another drainer before it shows what is there


def catch_up(
    workspace: Workspace,
    say: Say = silent,
    companies: Sequence[str] | None = None,
    *,
    wait: float = PATIENCE,
    required: bool = False,
) -> Drained:
    """Drain what is new in git, after at most `wait` seconds for another drainer.

    With `companies` only theirs: no other company's store is opened for them.
    When it takes longer: LockedError if it is `required`, else a note and what is there already.
    Companies whose store cannot be used are in `failed`; the others' have been brought up to date.
    """
    with ExitStack() as held:
        try:
            held.enter_context(workspace.lock("drain", wait))
        except LockedError:
            if required:
                raise
            say(_("another process is still reading git; its news is not shown yet"))
            return Drained()
        found = _drain(workspace, say, companies)
    if found.commits >= BATCH:
        _embed_what_was_learnt(workspace, found, say)
    return found


def _drain(workspace: Workspace, say: Say, chosen: Sequence[str] | None) -> Drained:
    from orchestrator.capture import spool

    embedder, at_start = LazyEmbedder(say), freshness.mark(workspace)
    everyone = [c.id for c in workspace.group.companies]
    companies = everyone if chosen is None else list(chosen)
    nudges = spool.take(workspace.repository)
    rewritten = spool.rewrites(nudges.nudges)
    found = drain(
        Intake(
            repository=workspace.repository,
            group=workspace.group,
            open_desk=workspace.desk,
            embed=embedder.passages,
            model=embedder.model,
            rewritten=rewritten,
            companies=companies,
            on_progress=lines(say, _("{done} of {total} commits read, about {seconds} s left")),
        )
    )
    if not rewritten or set(companies) == set(everyone):  # else: the others' drains need to know them too
        spool.settle(nudges)
    freshness.leave(workspace, at_start, companies, found.failed)
    try:
        _keep_history(workspace, at_start, say)
    except LockedError as e:
        say(e.message)  # a cache that somebody has open is brought up to date the next time
    return found


def _keep_history(workspace: Workspace, at_start: str, say: Say) -> None:
    """Bring the cache of git up to date, when git moved: opening it costs more than reading git."""
    if freshness.history_left(workspace) == at_start:
        return
    from orchestrator.app.history import keep

    freshness.begin_history(workspace)
    keep(workspace, say)
    freshness.leave_history(workspace, at_start)


def _embed_what_was_learnt(workspace: Workspace, found: Drained, say: Say) -> None:
    """A long reading leaves its vectors for the end: what it found can be listed and reviewed before."""
    embedder = LazyEmbedder(say)
    progress = lines(say, _("{done} of {total} learnings made findable by meaning, about {seconds} s left"))
    for company in found.learnt:
        desk = workspace.desk(company)
        with desk.store:
            embed_missing(desk, embedder, progress)


def embed_missing(desk: Desk, embedder: LazyEmbedder, progress: Progress = unwatched) -> int:
    """Embed what has no vector: learnt without a model, or in a long reading. Returns how many texts."""
    missing = desk.store.index.missing_vectors(embedder.model)
    if not missing or embedder.open() is None:
        return 0
    for done, (ref, title, text) in enumerate(missing):
        progress(done, len(missing))
        (vector,) = embedder.passages([embedding_text(title, text)])
        with desk.store.transaction():
            desk.store.index.set_vector(ref, embedder.model, vector)
    place(desk, embedder.model)
    return len(missing)
