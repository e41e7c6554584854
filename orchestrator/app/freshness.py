"""Whether a drain would find anything, asked without importing what a drain needs.

A drain that came to its end leaves a mark in each company's store: what it started from. As long as
the same mark comes out now, git, the configuration and the scanners have no news.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

import orchestrator
from orchestrator import git
from orchestrator.app.made_here import MadeHere
from orchestrator.app.unread import is_upgraded, remember, unread_of
from orchestrator.app.workspace import Say, Workspace
from orchestrator.config.group import Group
from orchestrator.config.refusals import refused_by_others
from orchestrator.config.state import write_private
from orchestrator.errors import OrchError, StoreError
from orchestrator.faults import MistakeError
from orchestrator.git.lineage import shallow_mark
from orchestrator.git.refs import before_rebases, references
from orchestrator.git.tags import standing
from orchestrator.model import digest
from orchestrator.store.company import DRAINED, CompanyStore
from orchestrator.store.insights import UNSCANNED
from orchestrator.store.migrations import STEPS

HISTORY = "history.duckdb"
# What judges, and where the versions of our own rules and wording stand.
_ENGINES = ("betterleaks", "tarja")
_OURS = ("validate/policy.py", "entries.py", "wishes.py", "read_before.py")


def mark(workspace: Workspace) -> str:
    """A digest of refs and rebases, of configuration and policy with local terms, of orch and scanners."""
    group, known = workspace.group, references(workspace.repository)
    refs = [f"{name} {commit}" for name, commit in sorted(known.tips.items())] + sorted(known.damaged)
    rebases = [f"{name} {commit}" for name, commit in sorted(before_rebases(workspace.repository).items())]
    basis = (
        orchestrator.__version__,
        *_judges(),
        str(len(STEPS)),
        group.source,
        repr(group.companies),
        repr(sorted(group.remotes.items())),  # a relative folder is another one where the clone was moved
        group.policy.basis,
        _refusals(group),
        shallow_mark(workspace.repository),
    )
    return digest(*basis, *refs, "rebases", *rebases, size=32)


def has_news(workspace: Workspace, companies: Sequence[str] | None = None) -> bool:
    """True unless these (default: all) companies' stores, and the history, are as a drain leaves them.

    A store that cannot be used has none: whoever reads it will say why. What orch could not read because of
    a mistake of its own is none before something else is, or another orch.
    """
    now = mark(workspace)
    if history_left(workspace) != now:
        return True
    asked = [c.id for c in workspace.group.companies] if companies is None else companies
    return any(_left(workspace, company) not in (now, None) for company in asked)


def drained(workspace: Workspace, say: Say, companies: Sequence[str]) -> None:
    """Bring these stores up to date; when git has no news, without importing what a drain needs.

    What could not be read because of a mistake of orch's own is in `workspace.behind`, whether now or before.
    """
    if has_news(workspace, companies):
        from orchestrator.app.learning import catch_up

        catch_up(workspace, say, companies)


def leave(
    workspace: Workspace, at_start: str, companies: Sequence[str], failed: Mapping[str, OrchError]
) -> None:
    """Write down what has been read by `companies`, and what not: all of `mark(...)` before the drain."""
    for company in companies:
        mistake = failed.get(company)
        if isinstance(mistake, StoreError):
            continue
        with workspace.store(company) as store, store.transaction():
            remember(store, mistake if isinstance(mistake, MistakeError) else None)
            if store.setting(DRAINED) != at_start:
                store.put_setting(DRAINED, at_start)


def history_mark(workspace: Workspace) -> Path:
    """The file that says what the history was last brought up to; deleted with the history."""
    return workspace.group.folder / "companies" / "history.mark"


def history_left(workspace: Workspace) -> str:
    """What the history was last brought up to; '' when it is missing or incomplete."""
    try:
        made_here = MadeHere(workspace.group.clone)
        there = made_here.knows(workspace.group.folder / HISTORY)
        return history_mark(workspace).read_text(encoding="ascii") if there else ""
    except FileNotFoundError:
        return ""


def begin_history(workspace: Workspace) -> None:
    """What is being read is not complete, should this process be killed."""
    history_mark(workspace).unlink(missing_ok=True)


def leave_history(workspace: Workspace, at_start: str) -> None:
    """Write down that the history holds all of `mark(...)` before it was read."""
    write_private(history_mark(workspace), at_start)


def _refusals(group: Group) -> str:
    """What the companies say that they refused and took back, and of which that cannot be read."""
    found = refused_by_others(group, "")
    told = [sorted((a, sorted(companies)) for a, companies in d.items()) for d in (found.by, found.lifted)]
    return repr((told, sorted(found.unread), sorted(found.over)))


def _left(workspace: Workspace, company: str) -> str | None:
    try:
        with workspace.store(company) as store:
            if mistake := unread_of(store):
                workspace.behind[company] = mistake
            unfinished = (
                store.setting(UNSCANNED)
                or store.twins.unplaced()
                or _let_go(workspace, store)
                or _arrived(workspace, store)
                or is_upgraded(store)
            )
            return "" if unfinished else store.setting(DRAINED)
    except StoreError:
        return None


def _let_go(workspace: Workspace, store: CompanyStore) -> bool:
    """Whether a tag went that held what no branch reaches: tags are not in the mark, few matter."""
    holders = store.holders()
    return bool(holders) and standing(workspace.repository, holders) != holders


def _arrived(workspace: Workspace, store: CompanyStore) -> bool:
    """Whether a partial clone has some of the contents now that it lacked."""
    wanted = store.absent.blobs()
    return bool(wanted) and git.absent(workspace.repository, wanted) != wanted


@cache
def _judges() -> tuple[str, ...]:
    """Which scanners and rules there are, by their files' stamps: asking for versions takes far longer.

    Once a process, since one that runs on (`orch watch`) goes on judging with what it has loaded.
    """
    specs = (importlib.util.find_spec(name) for name in _ENGINES)
    engines = (Path(spec.origin) for spec in specs if spec and spec.origin)
    files = (*engines, *(Path(orchestrator.__file__).parent / name for name in _OURS))
    stamps = ((file, file.stat()) for file in files)
    return tuple(f"{file} {at.st_mtime_ns} {at.st_size} {at.st_ino}" for file, at in stamps)
