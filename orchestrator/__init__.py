"""orch: what one company of the group learns reaches the others, when it may.

The public functions are those of `orchestrator.api`; they are imported when first asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

__all__ = [
    "__version__",
    "add_global_memory",
    "aggregate_instance_learnings",
    "create_branch",
    "create_commit",
    "create_page",
    "create_pr",
    "create_task",
    "get_global_memory_stats",
    "list_companies",
    "list_components",
    "mark_as_shared",
    "search_global_memory",
    "search_issues",
    "suggest_shareable_from_memory",
]

if TYPE_CHECKING:
    from orchestrator.api import (
        add_global_memory,
        aggregate_instance_learnings,
        create_branch,
        create_commit,
        create_page,
        create_pr,
        create_task,
        get_global_memory_stats,
        list_companies,
        list_components,
        mark_as_shared,
        search_global_memory,
        search_issues,
        suggest_shareable_from_memory,
    )


def __getattr__(name: str) -> Any:
    """Import the public API when one of its functions is first asked for."""
    if name not in __all__:
        raise AttributeError(name)
    from importlib import import_module

    return getattr(import_module("orchestrator.api"), name)
