"""Every call of the git program, with a cleaned environment and hardened flags.

Nothing that a hostile clone's configuration names is ever run here: no fsmonitor, no hook, no
filter, no textconv, no external diff, no signature check, no transport (except in `push`).

The functions are imported when first asked for: most commands only ask where the refs are.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from orchestrator.git.ancestry import Ancestry
    from orchestrator.git.build import graft
    from orchestrator.git.lineage import (
        brought,
        brought_paths,
        common_bases,
        follows,
        lost,
        newest,
        parents,
        shallow_mark,
        unreached,
        vanished,
    )
    from orchestrator.git.log import count_new, new_commits, shallow_boundary, these_commits
    from orchestrator.git.objects import TreeEntry, absent, existing, list_tree, read_blobs, tree_id
    from orchestrator.git.process import run
    from orchestrator.git.refs import check_ref_name, set_branch, tips
    from orchestrator.git.repository import Repository, config_get, hooks_folder, is_ignored, open_repository
    from orchestrator.git.transfer import delete_branch, has_branch, push

__all__ = [
    "Ancestry",
    "Repository",
    "TreeEntry",
    "absent",
    "brought",
    "brought_paths",
    "check_ref_name",
    "common_bases",
    "config_get",
    "count_new",
    "delete_branch",
    "existing",
    "follows",
    "graft",
    "has_branch",
    "hooks_folder",
    "is_ignored",
    "list_tree",
    "lost",
    "new_commits",
    "newest",
    "open_repository",
    "parents",
    "push",
    "read_blobs",
    "run",
    "set_branch",
    "shallow_boundary",
    "shallow_mark",
    "these_commits",
    "tips",
    "tree_id",
    "unreached",
    "vanished",
]

_MODULES = {
    "ancestry": ("Ancestry",),
    "build": ("graft",),
    "lineage": (
        "brought",
        "brought_paths",
        "common_bases",
        "follows",
        "lost",
        "newest",
        "parents",
        "shallow_mark",
        "unreached",
        "vanished",
    ),
    "log": ("count_new", "new_commits", "shallow_boundary", "these_commits"),
    "objects": ("TreeEntry", "absent", "existing", "list_tree", "read_blobs", "tree_id"),
    "process": ("run",),
    "refs": ("check_ref_name", "set_branch", "tips"),
    "repository": ("Repository", "config_get", "hooks_folder", "is_ignored", "open_repository"),
    "transfer": ("delete_branch", "has_branch", "push"),
}


def __getattr__(name: str) -> Any:
    """Import the module that a name is from."""
    module = next((module for module, names in _MODULES.items() if name in names), None)
    if module is None:
        raise AttributeError(name)
    return getattr(import_module(f"{__name__}.{module}"), name)
