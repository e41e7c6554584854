"""`orch push` and `orch pull`: each company in turn, with its own credentials and its own store."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TypeVar

from orchestrator.app.audit import require_sound
from orchestrator.app.embedding import Embedders, embed_missing
from orchestrator.app.former import open_former
from orchestrator.app.learning import catch_up
from orchestrator.app.remotes import open_forge, open_remotes
from orchestrator.app.workspace import Say, Workspace
from orchestrator.config.group import Slot
from orchestrator.errors import (
    AbsentError,
    CredentialsError,
    LockedError,
    OrchError,
    RefusedError,
    StoreError,
    UsageError,
)
from orchestrator.i18n import _
from orchestrator.ledger import Desk
from orchestrator.offer.contact import noted
from orchestrator.offer.follow import follow
from orchestrator.offer.receive import Received, receive
from orchestrator.reconcile.contained import contained
from orchestrator.reconcile.former import configured_targets
from orchestrator.reconcile.observe import observe
from orchestrator.reconcile.plan import Action, Step
from orchestrator.reconcile.push import RemoteReport, push
from orchestrator.reconcile.standing import meet_place, require_place
from orchestrator.relocation import places_at
from orchestrator.remote import Content, Remote
from orchestrator.remote_memory import Followed, Memory
from orchestrator.scanning import judge
from orchestrator.store.offers import key_of
from orchestrator.validate import Policy
from orchestrator.wishes import COMPANY, GLOBAL, place_shown, remote_name, targets_of

T = TypeVar("T")
OnStep = Callable[[str, str, Step], None]
FORGE = remote_name(GLOBAL, Slot.FORGE)
GLOBAL_MEMORY = remote_name(GLOBAL, Slot.MEMORY)
DOCUMENT_PAGES = remote_name(COMPANY, Slot.PAGES)


@dataclass(slots=True)
class Pulled:
    """What a pull brought one company; `errors` by remote."""

    received: Received
    edited: list[str] = field(default_factory=list)
    errors: dict[str, OrchError] = field(default_factory=dict)


def push_all(
    workspace: Workspace,
    chosen: str | None,
    say: Say,
    *,
    dry_run: bool = False,
    only: Sequence[str] | None = None,
    remotes: Sequence[str] = (),
    force: Sequence[str] = (),
    forget: str = "",
    vacate: str = "",
    full: bool = False,
    on_step: OnStep = lambda _company, _remote, _step: None,
) -> dict[str, list[RemoteReport]]:
    """Push every company in question; {company: a report a remote}.

    `remotes` restricts to these names; one company's or remote's failure stops no other. The steps of a
    dry run hold the texts of both sides; of what would be created the whole text only with `full`.
    Raises StoreError, LockedError where that keeps every company in question from being pushed, UsageError
    where `forget` names a place at which nothing of them is known to lie, or `vacate` no such former place.
    """
    catch_up(workspace, say, workspace.companies(chosen), wait=60.0, required=True)
    for place, former in ((forget, False), (vacate, True)):
        if place:
            _require_known(workspace, workspace.companies(chosen), place, former=former)
    embedders = Embedders(say)

    def pushed(company: str) -> list[RemoteReport]:
        desk = workspace.desk(company)
        with workspace.lock(f"push-{company}"), desk.store:
            unsound = _unsound_trail(workspace, desk)
            if unsound:
                return [unsound]
            embedder = embedders.of(desk)
            if not dry_run:
                embed_missing(desk, embedder)
            opened, failed = open_remotes(workspace, company, remotes, forge=_forge_is_due(desk))
            readable = partial(readable_step, desk, full=full)
            done = push(
                desk,
                opened,
                model=embedder.model,
                embed=embedder.passages,
                dry_run=dry_run,
                only=only,
                force=force,
                on_step=_teller(on_step, company, readable),
                former=remotes or None,
                open_former=partial(open_former, workspace, company),
                forget=forget,
                vacate=vacate,
            )
            for report in done:
                report.steps = [readable(report.name, step) for step in report.steps]
            return failed + done

    return _each(workspace.companies(chosen), pushed, _not_pushed)


def _forge_is_due(desk: Desk) -> bool:
    """Whether a withdrawn component's pull request is still to be taken back, or that was refused."""
    target = configured_targets(desk).get(FORGE)
    return target is not None and desk.store.places.is_due((FORGE, target))


def _require_known(workspace: Workspace, companies: Sequence[str], place: str, *, former: bool) -> None:
    known: dict[str, None] = {}
    for company in companies:
        targets = targets_of(workspace.group.company(company), workspace.group) if former else {}
        with workspace.store(company) as store:
            if any(targets.get(name) != target for name, target in places_at(store, place)):
                return
            there = [t for name, t in store.outbox.places() if targets.get(name) != t]
            known |= dict.fromkeys(map(place_shown, there))
    if former:
        raise UsageError(
            _("{place} is no former place of something that moved").format(place=place),
            _("the configuration no longer has {places}").format(places=", ".join(known) or "-"),
        )
    raise UsageError(
        _("nothing is known to lie at {place}").format(place=place),
        _("something lies at {places}").format(places=", ".join(known) or "-"),
    )


def _each(
    companies: Sequence[str], act: Callable[[str], T], otherwise: Callable[[OrchError], T]
) -> dict[str, T]:
    """What `act` gives for each company, `otherwise` for one whose store is damaged or in use.

    Raises the first such error where it is so for all of them.
    """
    found: dict[str, T] = {}
    failures: list[OrchError] = []
    for company in companies:
        try:
            found[company] = act(company)
        except (StoreError, LockedError) as e:
            failures.append(e)
            found[company] = otherwise(e)
    if failures and len(failures) == len(found):
        raise failures[0]
    return found


def _not_pushed(e: OrchError) -> list[RemoteReport]:
    report = RemoteReport("store", _("store"))
    report.fail(e.code, e.message, e.hint)
    return [report]


def _unsound_trail(workspace: Workspace, desk: Desk) -> RemoteReport | None:
    """What says that nothing of this company leaves, since its decisions cannot be relied on."""
    try:
        require_sound(workspace, desk.company, desk.store)
    except RefusedError as e:
        report = RemoteReport("audit", _("audit trail"))
        report.fail(e.code, e.message, e.hint)
        return report
    return None


def readable_step(desk: Desk, remote: str, step: Step, *, full: bool = True) -> Step:
    """The step as it may be read: a company's own remotes take its own words, a CPF among them.

    What people wrote on a remote may hold anything. `full` false: without the text of what is created. The
    task of an accepted offer is shown as the offer is: other companies' names are no finding there.
    """
    if step.action is Action.CREATE and not full:
        step = replace(step, held=None, wanted=None)
    policy = Policy(language=desk.group.language) if desk.store.offers.at(step.key) else desk.policy
    step = replace(step, held=_readable(policy, step.held), wanted=_readable(policy, step.wanted))
    if step.entry is None or not remote.startswith(f"{COMPANY}."):
        return step
    title = _known_title(desk, key_of(step.key), step.entry.title)
    if title is None:
        title = judge({"title": step.entry.title}, policy).redacted["title"]
    return replace(step, entry=replace(step.entry, title=title))


def _readable(policy: Policy, content: Content | None) -> Content | None:
    if content is None:
        return None
    facts = {str(name): str(value) for name, value in content.metadata.items()}
    found = judge({"title": content.title, "content": content.body, **facts}, policy).redacted
    metadata = {name: _same_or(value, found[str(name)]) for name, value in content.metadata.items()}
    return replace(content, title=found["title"], body=found["content"], metadata=metadata)


def _same_or(value: object, redacted: str) -> object:
    return value if str(value) == redacted else redacted


def _known_title(desk: Desk, key: str, title: str) -> str | None:
    """The title as the verdict on that insight lets it be read; None when it is another text's."""
    insight = desk.store.insights.get(key)
    verdict = desk.store.verdicts.of(insight) if insight else None
    if insight is None or verdict is None or " ".join(insight.record.title.split()) != title:
        return None
    return " ".join(verdict.redacted["title"].split())


def _teller(
    on_step: OnStep, company: str, readable: Callable[[str, Step], Step]
) -> Callable[[str, Step], None]:
    return lambda remote, step: on_step(company, remote, readable(remote, step))


def pull_all(workspace: Workspace, chosen: str | None, say: Say) -> dict[str, Pulled]:
    """Receive what the others shared and the state of what was sent; {company: what came}."""
    catch_up(workspace, say, workspace.companies(chosen))
    embedders = Embedders(say)

    def pulled(company: str) -> Pulled:
        with workspace.lock(f"push-{company}"):
            return _pull(workspace, company, embedders)

    return _each(workspace.companies(chosen), pulled, lambda e: Pulled(Received(), errors={"store": e}))


def _pull(workspace: Workspace, company: str, embedders: Embedders) -> Pulled:
    desk = workspace.desk(company)
    pulled = Pulled(Received())
    with desk.store:
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
    return pulled


def _missed(desk: Desk, pulled: Pulled, e: OrchError) -> None:
    known = desk.store.offers.living() or desk.store.outbox.sent(GLOBAL_MEMORY)
    if known or not isinstance(e, AbsentError):  # else: nobody has shared anything yet
        pulled.errors[GLOBAL_MEMORY] = e


def _received(desk: Desk, memory: Memory, model: str, *, certain: bool) -> Received:
    """The memory's news where it can tell them, else all of it."""
    if isinstance(memory, Followed):
        return follow(desk, memory, model)
    return receive(desk, memory.rows(), model, certain=certain)


def _memory(opened: Mapping[str, object]) -> Memory | None:
    found = opened.get(GLOBAL_MEMORY)
    return found if isinstance(found, Memory) else None


def _observe_forge(workspace: Workspace, desk: Desk, pulled: Pulled) -> None:
    """What became of the pull requests of `orch share`; the forge is asked only where there are any."""
    if not desk.store.outbox.sent(FORGE, configured_targets(desk).get(FORGE)):
        return
    with contained(partial(pulled.errors.__setitem__, FORGE)):
        _observe(desk, FORGE, open_forge(workspace, lambda entry: entry.key), pulled)


def _observe(desk: Desk, name: str, remote: Remote, pulled: Pulled) -> None:
    with contained(partial(pulled.errors.__setitem__, name)):
        target = configured_targets(desk)[name]
        if desk.store.outbox.sent(name, target):
            require_place(desk, remote, target)
        pulled.edited += observe(desk, name, remote, target)
        meet_place(desk, remote, target)
