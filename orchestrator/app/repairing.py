"""`orch doctor --repair`: a damaged or lost store made again from what is left, from git and the remotes.

Three steps, each of which may be killed and run again; the store's setting `repair` says which is next:

    (damaged)  what only the file knows is read from it into a new store, which takes its place
    "git"      every commit is read again, as by a first `orch init`
    "remotes"  what was written by hand and is in no file any more comes back from the memories

Where a part of the decisions is gone, nothing is shared without a person's word until then (`ledger`):
one of them may have been a no.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import apsw

from orchestrator.app.audit import miss_no_more, walk
from orchestrator.app.embedding import Embedders, embed_missing
from orchestrator.app.learning import catch_up
from orchestrator.app.repair_files import replace_store
from orchestrator.app.restoring import (
    complete,
    missed_trails,
    recognise_trail,
    restore,
    trail_is_short,
    unexplained,
)
from orchestrator.app.stores import alone_with, being_repaired, head_keeper, only_ours
from orchestrator.app.trail import GROUP
from orchestrator.app.workspace import Say, Workspace
from orchestrator.errors import OrchError, StoreError
from orchestrator.i18n import _
from orchestrator.ledger import UNSURE
from orchestrator.store.company import FILE_NAME, CompanyStore
from orchestrator.store.salvage import Salvaged

STEP = "repair"
READ = "repair_read"  # what the first step found, until the repair is told


@dataclass(slots=True)
class Repaired:
    """What a repair of one company's store brought back, and what it could not.

    `read` and `partial`: rows of the damaged file by table, and tables of which some may be missing.
    `learnt` came from git, `restored` from the remotes; of these `unproven` is what only the group's memory
    says is this company's. `unexplained` are ids that lie on a remote while nothing here says why. `kept` is
    where the damaged file lies now; `error` why the remotes were not asked.
    `steps` are those that were still to be made: file, git, remotes.
    """

    company: str
    problem: str = ""
    read: dict[str, int] = field(default_factory=dict)
    partial: list[str] = field(default_factory=list)
    learnt: int = 0
    restored: list[str] = field(default_factory=list)
    unproven: list[str] = field(default_factory=list)
    unexplained: list[str] = field(default_factory=list)
    kept: str = ""
    error: str = ""
    steps: list[str] = field(default_factory=list)

    @property
    def complete(self) -> bool:
        """False while the remotes are still to be asked."""
        return not self.error

    def as_json(self) -> dict[str, Any]:
        """Plain values."""
        return asdict(self)


def repair(workspace: Workspace, chosen: str | None, say: Say, *, dry_run: bool = False) -> list[Repaired]:
    """Repair every damaged store in question; [] where all are sound. A dry run names them and the steps.

    Raises MistakeError where git could not be read for one; the next call goes on there.
    """
    owners = (*workspace.companies(chosen), *(() if chosen else (GROUP,)))
    found = [
        Repaired(c, problem, steps=_steps(workspace, c)) for c in owners if (problem := damage(workspace, c))
    ]
    for repaired in () if dry_run else found:
        with workspace.lock(f"push-{repaired.company}"):
            _repair(workspace, repaired, say)
    return found


def damage(workspace: Workspace, company: str) -> str:
    """What is wrong with a company's store or its trail, or which repair was cut off; '' for a sound one."""
    folder = workspace.group.company_folder(company)
    if being_repaired(folder):
        return _("a repair was cut off")
    if not (folder / FILE_NAME).exists():
        return _("its store is gone") if missed_trails(workspace, company, "") else ""
    try:
        with workspace.store(company) as store:
            cut_off = _("a repair was cut off") if store.setting(STEP) else ""
            found = store.integrity() or cut_off or walk(workspace, company, store).problem
            missed = missed_trails(workspace, company, store.identity)
            return found or (_("an earlier store of it is gone") if missed else "")
    except StoreError as e:
        if isinstance(e.__cause__, apsw.Error):
            return str(e.__cause__)
        raise  # of another machine, or a link: no damage


def _repair(workspace: Workspace, repaired: Repaired, say: Say) -> None:
    folder, company = workspace.group.company_folder(repaired.company), repaired.company
    if not _step(workspace, company):
        say(_("{company}: reading what is left of the damaged store").format(company=company))
        with workspace.lock("drain"), alone_with(workspace.group, company):
            kept = replace_store(folder, lambda damaged, fresh: _fill(workspace, company, damaged, fresh))
        repaired.kept = str(kept.relative_to(workspace.repository.root)) if kept else ""
    with workspace.store(company) as store:
        recognise_trail(workspace, store)
    if company == GROUP:
        _told_and_done(
            workspace, repaired
        )  # it holds decisions only: git and the remotes know nothing of them
        return
    if _step(workspace, company) == "git":
        say(_("{company}: reading git again").format(company=company))
        found = catch_up(workspace, say, [company], required=True)
        if failure := found.failed.get(company):  # half read, much would seem to be of nobody
            raise failure
        _finish_git(workspace, company)
    _from_remotes(workspace, repaired, say)


def _step(workspace: Workspace, company: str) -> str:
    """The step that a cut off repair is at; '' when the first one is still to be made."""
    if not (workspace.group.company_folder(company) / FILE_NAME).exists():
        return ""
    try:
        with workspace.store(company) as store:
            return "" if store.integrity() else store.setting(STEP)
    except StoreError:
        return ""


def _steps(workspace: Workspace, company: str) -> list[str]:
    """The steps that are still to be made; the group's own store has the first only."""
    steps = ["file", "git", "remotes"]
    left = steps[steps.index(_step(workspace, company) or "file") :]
    return left if company != GROUP else [s for s in left if s == "file"]


def _fill(workspace: Workspace, company: str, damaged: Path, fresh: Path) -> None:
    ours, keep = only_ours(workspace.group, company), head_keeper(workspace.group, company)
    with CompanyStore(fresh, company, ours, keep) as store, store.transaction():
        found = store.take_over(damaged) if damaged.exists() else Salvaged.nothing()
        store.put_setting(STEP, "git")
        if trail_is_short(workspace, store) and "decision" not in found.partial:
            found.partial.append("decision")  # its end is missing without a trace in the file
        store.put_setting(READ, json.dumps(asdict(found)))
        store.put_setting(UNSURE, str(found.rows["decision"]) if "decision" in found.partial else "")


def _finish_git(workspace: Workspace, company: str) -> None:
    desk = workspace.desk(company)
    with desk.store as store, store.transaction():
        complete(desk)
        store.put_setting(STEP, "remotes")


def _told_and_done(workspace: Workspace, repaired: Repaired) -> None:
    with workspace.store(repaired.company) as store, store.transaction():
        _tell(store, repaired)
        _done(workspace, store, repaired)


def _tell(store: CompanyStore, repaired: Repaired) -> None:
    found = Salvaged(**json.loads(store.setting(READ) or "{}"))
    repaired.read, repaired.partial = found.rows, found.partial


def _done(workspace: Workspace, store: CompanyStore, repaired: Repaired) -> None:
    """The end of a repair. Decisions that are lost are missed no more: each is asked about anew."""
    if "decision" in repaired.partial:
        miss_no_more(workspace, repaired.company, store.identity)
    for name in (STEP, READ, UNSURE):
        store.put_setting(name, "")


def _from_remotes(workspace: Workspace, repaired: Repaired, say: Say) -> None:
    desk = workspace.desk(repaired.company)
    with desk.store as store:
        _tell(store, repaired)
        repaired.learnt = sum(1 for i in store.insights.listing() if i.detector != "person")
        try:
            say(_("{company}: asking the remotes").format(company=repaired.company))
            repaired.restored, repaired.unproven = restore(workspace, desk)
        except OrchError as e:
            repaired.error = e.message
        repaired.unexplained = unexplained(desk)
        if not repaired.error:
            with store.transaction():
                _done(workspace, store, repaired)
        embed_missing(desk, Embedders(say).of(desk))
