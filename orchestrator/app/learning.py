"""Draining and searching: the stores joined with the embedder."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack

from orchestrator.app import freshness
from orchestrator.app.embedding import Embedders, embed_missing
from orchestrator.app.progress import lines
from orchestrator.app.workspace import EVERYONE, Say, Workspace, silent
from orchestrator.durable import NOT_OURS_TO_WRITE
from orchestrator.errors import LockedError, OrchError
from orchestrator.git.damage import unreadable_refs
from orchestrator.i18n import _
from orchestrator.intake import Drained, Intake
from orchestrator.pipeline import BATCH, drain

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
    Companies whose store cannot be used, or for which orch made a mistake, are in `failed`; the others' have
    been brought up to date. `workspace.behind` has what could not be read: the command says it at its end.
    """
    with ExitStack() as held:
        try:
            held.enter_context(workspace.lock("drain", wait))
        except LockedError:
            if required:
                raise
            say(_("another process is still reading git; its news is not shown yet"))
            return Drained()
        except OSError as e:
            if required or e.errno not in NOT_OURS_TO_WRITE:
                raise
            say(_("{path} cannot be written; git's news is not shown").format(path=e.filename))
            return Drained()
        found = _drain(workspace, say, companies)
    if found.commits >= BATCH:
        _embed_what_was_learnt(workspace, found, say)
    return found


def _drain(workspace: Workspace, say: Say, chosen: Sequence[str] | None) -> Drained:
    from orchestrator.capture import spool

    embedders, at_start = Embedders(say), freshness.mark(workspace)
    everyone = [c.id for c in workspace.group.companies]
    companies = everyone if chosen is None else list(chosen)
    nudges = spool.take(workspace.repository)
    rewritten = spool.rewrites(nudges.nudges)
    found = drain(
        Intake(
            repository=workspace.repository,
            group=workspace.group,
            open_desk=workspace.desk,
            embedder=embedders.of,
            rewritten=rewritten,
            companies=companies,
            on_progress=lines(say, _("{done} of {total} commits read, about {seconds} s left")),
        )
    )
    if not rewritten or set(companies) == set(everyone):  # else: the others' drains need to know them too
        spool.settle(nudges)
    # A ref that is mended may stand where it stood: as long as one is damaged each command looks again.
    freshness.leave(workspace, "" if found.damaged else at_start, companies, found.failed)
    workspace.behind.clear()
    workspace.behind.update(found.mistakes())
    if found.damaged:
        workspace.behind[EVERYONE] = unreadable_refs(found.damaged)
    try:
        _keep_history(workspace, at_start, say)
    except (OrchError, OSError) as e:  # a cache: what was learnt does not wait for it
        say(_told(e))
    return found


def _told(error: OrchError | OSError) -> str:
    """Why the history is behind, in one line; who has it now needs no hint."""
    if isinstance(error, LockedError):
        return error.message
    if isinstance(error, OrchError):
        return f"{error.message}. {error.hint}"
    return _("the history cannot be kept: {reason}").format(reason=error)


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
    embedders = Embedders(say)
    progress = lines(say, _("{done} of {total} learnings made findable by meaning, about {seconds} s left"))
    for company in found.learnt:
        desk = workspace.desk(company)
        with desk.store:
            embed_missing(desk, embedders.of(desk), progress)
