"""Whether a drain would find anything, asked without importing what a drain needs.

A drain that came to its end leaves a mark in each company's store: what it started from. As long as
the same mark comes out now, git and the configuration have no news. A new version of a scanner is no
news here; every command but `orch status` looks at that too.
"""

from __future__ import annotations

from collections.abc import Container, Sequence
from pathlib import Path

from orchestrator import __version__, git
from orchestrator.app.workspace import Workspace
from orchestrator.config.state import write_private
from orchestrator.errors import StoreError
from orchestrator.git.lineage import shallow_mark
from orchestrator.model import digest
from orchestrator.store.migrations import STEPS

SETTING = "drained"
HISTORY = "history.duckdb"


def mark(workspace: Workspace) -> str:
    """A digest of all refs, of configuration and policy with local terms, and of orch's version."""
    group, tips = workspace.group, git.tips(workspace.repository)
    refs = [f"{name} {commit}" for name, commit in sorted(tips.items())]
    basis = (
        __version__,
        str(len(STEPS)),
        group.source,
        repr(group.companies),
        group.policy.basis,
        shallow_mark(workspace.repository),
    )
    return digest(*basis, *refs, size=32)


def has_news(workspace: Workspace, companies: Sequence[str] | None = None) -> bool:
    """True unless these (default: all) companies' stores, and the history, are as a drain leaves them.

    A store that cannot be used has none: whoever reads it will say why.
    """
    now = mark(workspace)
    if history_left(workspace) != now:
        return True
    asked = [c.id for c in workspace.group.companies] if companies is None else companies
    return any(_left(workspace, company) not in (now, None) for company in asked)


def leave(workspace: Workspace, at_start: str, companies: Sequence[str], failed: Container[str]) -> None:
    """Write down what has been read by `companies`, less `failed`: all of `mark(...)` before the drain."""
    for company in companies:
        if company in failed:
            continue
        with workspace.store(company) as store:
            if store.setting(SETTING) != at_start:
                store.put_setting(SETTING, at_start)


def history_mark(workspace: Workspace) -> Path:
    """The file that says what the history was last brought up to; deleted with the history."""
    return workspace.group.folder / "companies" / "history.mark"


def history_left(workspace: Workspace) -> str:
    """What the history was last brought up to; '' when it is missing or incomplete."""
    try:
        there = (workspace.group.folder / HISTORY).exists()
        return history_mark(workspace).read_text(encoding="ascii") if there else ""
    except FileNotFoundError:
        return ""


def begin_history(workspace: Workspace) -> None:
    """What is being read is not complete, should this process be killed."""
    history_mark(workspace).unlink(missing_ok=True)


def leave_history(workspace: Workspace, at_start: str) -> None:
    """Write down that the history holds all of `mark(...)` before it was read."""
    write_private(history_mark(workspace), at_start)


def _left(workspace: Workspace, company: str) -> str | None:
    try:
        with workspace.store(company) as store:
            return store.setting(SETTING)
    except StoreError:
        return None
