"""Every call of the git program, with a cleaned environment and hardened flags.

Nothing that a hostile clone's configuration names is ever run here: no fsmonitor, no hook, no
filter, no textconv, no external diff, no signature check, no transport (except in `push`).
"""

from __future__ import annotations

from orchestrator.git.build import graft
from orchestrator.git.lineage import brought_paths, lost, newest, parents, shallow_mark, vanished
from orchestrator.git.log import count_new, new_commits, these_commits
from orchestrator.git.objects import TreeEntry, list_tree, read_blobs, tree_id
from orchestrator.git.process import run
from orchestrator.git.refs import check_ref_name, reachable, set_branch, tips
from orchestrator.git.repository import Repository, config_get, hooks_folder, is_ignored, open_repository
from orchestrator.git.transfer import copy_tree, push

__all__ = [
    "Repository",
    "TreeEntry",
    "brought_paths",
    "check_ref_name",
    "config_get",
    "copy_tree",
    "count_new",
    "graft",
    "hooks_folder",
    "is_ignored",
    "list_tree",
    "lost",
    "new_commits",
    "newest",
    "open_repository",
    "parents",
    "push",
    "reachable",
    "read_blobs",
    "run",
    "set_branch",
    "shallow_mark",
    "these_commits",
    "tips",
    "tree_id",
    "vanished",
]
