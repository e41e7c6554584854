"""Whether a drain would find anything, asked without importing what a drain needs.

A drain that came to its end leaves a mark in each company's store: what it started from. As long as
the same mark comes out now, git and the configuration have no news. A new version of a scanner is no
news here; every command but `orch status` looks at that too.
"""

from __future__ import annotations

from collections.abc import Container, Sequence

from orchestrator import __version__, git
from orchestrator.app.workspace import Workspace
from orchestrator.errors import StoreError
from orchestrator.git.lineage import shallow_mark
from orchestrator.model import digest
from orchestrator.store.migrations import STEPS

SETTING = "drained"
HISTORY = "history.duckdb"


def mark(workspace: Workspace) -> str:
    """A digest of all refs, of the configuration with its local terms, and of orch's version."""
    group, tips = workspace.group, git.tips(workspace.repository)
    refs = [f"{name} {commit}" for name, commit in sorted(tips.items())]
    basis = (
        __version__,
        str(len(STEPS)),
        group.source,
        repr(group.companies),
        shallow_mark(workspace.repository),
    )
    return digest(*basis, *refs, size=32)


def has_news(workspace: Workspace, companies: Sequence[str] | None = None) -> bool:
    """True unless these (default: all) companies' stores, and the history, are as a drain leaves them.

    A store that cannot be used has none: whoever reads it will say why.
    """
    if not (workspace.group.folder / HISTORY).exists():
        return True
    now = mark(workspace)
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


def _left(workspace: Workspace, company: str) -> str | None:
    try:
        with workspace.store(company) as store:
            return store.setting(SETTING)
    except StoreError:
        return None
