"""`orch push`: each company in turn, with its own credentials and its own store."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from functools import partial
from typing import TypeVar

from orchestrator.app.audit import require_sound
from orchestrator.app.embedding import Embedders, embed_missing
from orchestrator.app.former import open_former
from orchestrator.app.learning import catch_up
from orchestrator.app.orphans import orphans, workspace_of
from orchestrator.app.readable import readable_step
from orchestrator.app.remotes import open_remotes
from orchestrator.app.workspace import Say, Workspace, silent
from orchestrator.config.group import Slot
from orchestrator.desk import Desk
from orchestrator.errors import LockedError, OrchError, RefusedError, StoreError, UsageError
from orchestrator.i18n import _
from orchestrator.offer.requests import rename_former
from orchestrator.reconcile.former import configured_targets
from orchestrator.reconcile.plan import Step
from orchestrator.reconcile.push import RemoteReport, push
from orchestrator.relocation import places_at
from orchestrator.wishes import COMPANY, FORGE, GLOBAL, place_shown, remote_name, targets_of

T = TypeVar("T")
OnStep = Callable[[str, str, Step], None]
DOCUMENT_PAGES = remote_name(COMPANY, Slot.PAGES)


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
            _require_known(workspace, _to_push(workspace, chosen, silent), place, former=former)
    embedders = Embedders(say)
    group_alone = [remote_name(GLOBAL, slot) for slot in workspace.group.remotes]

    def pushed(company: str) -> list[RemoteReport]:
        known = workspace_of(workspace, company)
        return _pushed(known, company, remotes or (None if known is workspace else group_alone))

    def _pushed(workspace: Workspace, company: str, former: Sequence[str] | None) -> list[RemoteReport]:
        with workspace.lock(f"push-{company}"), (desk := workspace.desk(company)).store:
            unsound = _unsound_trail(workspace, desk)
            if unsound:
                return [unsound]
            unread = _unread(workspace, desk)
            ids = _of_these(only, desk.store.unread.unconcerned()) if unread else only
            embedder = embedders.of(desk)
            if not dry_run:
                embed_missing(desk, embedder)
                rename_former(desk, workspace.repository)
            opened, failed = open_remotes(workspace, company, remotes, forge=_forge_is_due(desk))
            readable = partial(readable_step, desk, full=full)
            done = push(
                desk,
                opened,
                model=embedder.model,
                embed=embedder.passages,
                dry_run=dry_run,
                only=ids,
                force=force,
                on_step=_teller(on_step, company, readable),
                former=former,
                open_former=partial(open_former, workspace, company),
                forget=forget,
                vacate=vacate,
            )
            for report in done if unread else ():
                report.waiting += _held(desk, report, only, ids or ())
            for report in done:
                report.steps = [readable(report.name, step) for step in report.steps]
            return unread + failed + done

    return each_company(_to_push(workspace, chosen, say), pushed, _not_pushed)


def _to_push(workspace: Workspace, chosen: str | None, say: Say) -> Sequence[str]:
    """The companies in question; of all, former ones too whose texts a person took back. Names the others."""
    companies = workspace.companies(chosen)
    if set(companies) != {c.id for c in workspace.group.companies}:
        return companies
    found = list(orphans(workspace))
    for orphan in found:
        if not orphan.leaving:
            say(orphan.told)
    return (*companies, *(o.id for o in found if o.leaving))


def _forge_is_due(desk: Desk) -> bool:
    """Whether a withdrawn component's pull request is still to be taken back, or that was refused."""
    target = configured_targets(desk).get(FORGE)
    return target is not None and desk.store.places.is_due((FORGE, target))


def _require_known(workspace: Workspace, companies: Sequence[str], place: str, *, former: bool) -> None:
    known: dict[str, None] = {}
    for company in companies:
        its = workspace_of(workspace, company)
        targets = targets_of(its.group.company(company), its.group) if former else {}
        with its.store(company) as store:
            if any(targets.get(name) != target for name, target in places_at(store, place)):
                return
            there = [t for name, t in store.outbox.places() if targets.get(name) != t]
            known |= dict.fromkeys(map(place_shown, there))
    if former:
        raise UsageError(
            _("{place} is no former place of something that moved").format(place=place),
            _("the configuration no longer has {places}").format(places=", ".join(known))
            if known
            else _("nothing waits at a former place"),
        )
    raise UsageError(
        _("nothing is known to lie at {place}").format(place=place),
        _("something lies at {places}").format(places=", ".join(known) or "-"),
    )


def each_company(
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


def _unread(workspace: Workspace, desk: Desk) -> list[RemoteReport]:
    """What says that git could not be read for this company: it might say no, or the opposite."""
    mistake = workspace.behind.get(desk.company)
    if mistake is None:
        return []
    report = RemoteReport("git", "git")
    report.fail(mistake.code, mistake.message, mistake.hint)
    return [report]


def _held(desk: Desk, report: RemoteReport, only: Sequence[str] | None, ids: Collection[str]) -> int:
    """How many that were asked for wait although they are due, since only `ids` may go."""
    target = configured_targets(desk).get(report.name)
    due = [] if report.former else desk.store.outbox.due(report.name, target, keys=only)
    return sum(1 for row in due if row.key not in ids)


def _of_these(only: Sequence[str] | None, ids: Sequence[str]) -> Sequence[str]:
    return ids if only is None else [i for i in ids if i in only]


def _teller(
    on_step: OnStep, company: str, readable: Callable[[str, Step], Step]
) -> Callable[[str, Step], None]:
    return lambda remote, step: on_step(company, remote, readable(remote, step))
