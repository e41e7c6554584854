"""The folders that a configuration shares by: which are not there yet, and which git would commit."""

from __future__ import annotations

import os
from pathlib import Path

from orchestrator import git
from orchestrator.config.group import Group


def missing_folders(group: Group) -> tuple[str, ...]:
    """Those that the first push would make."""
    return tuple(folder for folder in _folders(group) if not os.path.lexists(folder))


def committed_folders(repository: git.Repository, group: Group) -> tuple[str, ...]:
    """Those that lie in the work tree and are not left alone by git: what is shared there is committed."""
    return tuple(folder for folder in _folders(group) if _is_taken_up(repository, Path(folder)))


def _folders(group: Group) -> dict[str, None]:
    owners = (group.remotes, *(company.remotes for company in group.companies))
    return dict.fromkeys(r.url for remotes in owners for r in remotes.values() if r.kind == "folder")


def _is_taken_up(repository: git.Repository, folder: Path) -> bool:
    inside = folder.resolve().is_relative_to(repository.root.resolve())
    return inside and not git.is_ignored(repository, folder / "memory.db")  # a rule may name the folder alone
