"""`orch pull`: each company in turn receives what the others shared, and the state of what it sent."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial

from orchestrator.app.embedding import Embedders, embed_missing
from orchestrator.app.learning import catch_up
from orchestrator.app.remotes import open_forge, open_remotes
from orchestrator.app.syncing import each_company
from orchestrator.app.workspace import Say, Workspace
from orchestrator.config.group import Slot
from orchestrator.desk import Desk
from orchestrator.errors import AbsentError, CredentialsError, OrchError
from orchestrator.offer.contact import noted
from orchestrator.offer.follow import follow
from orchestrator.offer.ranking import rank_anew
from orchestrator.offer.receive import Received, receive
from orchestrator.offer.requests import rename_former
from orchestrator.reconcile.contained import contained
from orchestrator.reconcile.former import configured_targets
from orchestrator.reconcile.observe import observe
from orchestrator.reconcile.standing import meet_place, require_place
from orchestrator.remote import Remote
from orchestrator.remote_memory import Followed, Memory, SharedRow
from orchestrator.wishes import FORGE, GLOBAL_MEMORY


@dataclass(slots=True)
class Pulled:
    """What a pull brought one company; `errors` by remote.

    `edited` are keys of what people changed on a remote, `gone` of what they removed, or it shows no more.
    """

    received: Received
    edited: list[str] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)
    errors: dict[str, OrchError] = field(default_factory=dict)


def pull_all(workspace: Workspace, chosen: str | None, say: Say) -> dict[str, Pulled]:
    """Receive what the others shared and the state of what was sent; {company: what came}."""
    catch_up(workspace, say, workspace.companies(chosen))
    embedders = Embedders(say)

    def pulled(company: str) -> Pulled:
        with workspace.lock(f"push-{company}"):
            return _pull(workspace, company, embedders)

    return each_company(
        workspace.companies(chosen), pulled, lambda e: Pulled(Received(), errors={"store": e})
    )


def _pull(workspace: Workspace, company: str, embedders: Embedders) -> Pulled:
    desk = workspace.desk(company)
    pulled = Pulled(Received())
    with desk.store, desk.store.erasing.within():
        embedder = embedders.of(desk)
        opened, failed = open_remotes(workspace, company, ())
        pulled.errors = {r.name: CredentialsError(r.error, r.hint) for r in failed}
        memory = _memory(opened)
        certain = workspace.group.remotes[Slot.MEMORY].kind == "folder" if memory else False
        if memory is not None:
            with contained(partial(_missed, desk, pulled)):
                require_place(desk, memory, configured_targets(desk)[GLOBAL_MEMORY])
                pulled.received = _received(desk, memory, embedder.model, certain=certain)
                noted(desk)
        for name, remote in opened.items():
            _observe(desk, name, remote, pulled)
        _observe_forge(workspace, desk, pulled)
        embed_missing(desk, embedder)
        rank_anew(desk, embedder.model)
    return pulled


def _missed(desk: Desk, pulled: Pulled, e: OrchError) -> None:
    known = desk.store.offers.living() or desk.store.outbox.sent(GLOBAL_MEMORY)
    if known or not isinstance(e, AbsentError):  # else: nobody has shared anything yet
        pulled.errors[GLOBAL_MEMORY] = e


def _received(desk: Desk, memory: Memory, model: str, *, certain: bool) -> Received:
    """The memory's news where it can tell them, else all of it."""
    if isinstance(memory, Followed):
        return follow(desk, memory, model)
    return receive(desk, _whole(desk, memory), model, certain=certain)


def _whole(desk: Desk, memory: Memory) -> Iterator[SharedRow]:
    """Every row. Raises TransientError where the place is away then: what is missing counts as taken back."""
    yield from memory.rows()
    require_place(desk, memory, configured_targets(desk)[GLOBAL_MEMORY])


def _memory(opened: Mapping[str, object]) -> Memory | None:
    found = opened.get(GLOBAL_MEMORY)
    return found if isinstance(found, Memory) else None


def _observe_forge(workspace: Workspace, desk: Desk, pulled: Pulled) -> None:
    """What became of the pull requests of `orch share`; the forge is asked only where there are any."""
    rename_former(desk, workspace.repository)
    if not desk.store.outbox.sent(FORGE, configured_targets(desk).get(FORGE)):
        return
    with contained(partial(pulled.errors.__setitem__, FORGE)):
        _observe(desk, FORGE, open_forge(workspace, lambda entry: entry.key), pulled)


def _observe(desk: Desk, name: str, remote: Remote, pulled: Pulled) -> None:
    with contained(partial(pulled.errors.__setitem__, name)):
        target = configured_targets(desk)[name]
        if desk.store.outbox.sent(name, target):
            require_place(desk, remote, target)
        seen = observe(desk, name, remote, target)
        pulled.edited += seen.edited
        pulled.gone += seen.gone
        meet_place(desk, remote, target)
