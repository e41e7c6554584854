"""Which components are still there. The store knows every one that was seen, git which have left."""

from __future__ import annotations

from orchestrator import git
from orchestrator.errors import UserError
from orchestrator.model import normalise
from orchestrator.store.company import CompanyStore


def folders_of(store: CompanyStore, repository: git.Repository, name: str) -> dict[str, str]:
    """Folder → name, in order, of those that are there and have this name, or this folder."""
    wanted = normalise(name)
    found = present(store, repository)
    return {f: found[f] for f in sorted(found) if wanted in (normalise(found[f]), normalise(f))}


def present(store: CompanyStore, repository: git.Repository) -> dict[str, str]:
    """Folder → name of the components that the checked-out commit has, or that it has not got yet.

    One that is not there left if the commit that made it is behind us; if it is not, another branch has it.
    """
    known = store.catalogue.births()
    if not known:
        return {}
    from orchestrator.detect import component_of

    try:
        tree = git.list_tree(repository, "HEAD", recursive=True)
    except UserError:  # no commit is checked out yet
        return {folder: name for folder, (name, _commit) in known.items()}
    here = {component_of(entry.path) for entry in tree}
    births = {commit for folder, (_name, commit) in known.items() if folder not in here}
    elsewhere = git.unreached(repository, births, "HEAD")
    return {f: name for f, (name, commit) in known.items() if f in here or commit in elsewhere}
