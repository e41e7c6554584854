"""Where a shared component may go: into its receiver's paths, and over nothing but what it put there.

A share places a whole tree. Whatever else lies in that folder would be deleted by the pull request, and a
reviewer reads what comes, not what goes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from orchestrator import git
from orchestrator.config.group import Group
from orchestrator.config.match import match_company
from orchestrator.errors import UserError
from orchestrator.git.build import plain_folder
from orchestrator.git.unsent import commit_words
from orchestrator.i18n import _
from orchestrator.offer.foreign import ORIGIN_TREE, tree_at

if TYPE_CHECKING:
    from orchestrator.offer.share import Sharing

SHOWN = 5  # files that a refusal names
FOLDER = "040000"  # mode of a tree
_OWN = re.compile(r"\.orch[ .]*(:.*)?|orch~1", re.IGNORECASE)  # as NTFS may have it, too
Files = dict[str, tuple[str, str]]


def require_receivers(group: Group, repository: git.Repository, sharing: Sharing) -> None:
    """Raise UserError where the component would lie outside of the receiver's paths, or in orch's folder."""
    if _OWN.fullmatch(plain_folder(sharing.destination.partition("/")[0])):
        words = _("{folder} is where orch keeps its configuration: nothing is shared into it")
        raise UserError(words.format(folder=sharing.destination), _elsewhere())
    for path in files_of(repository, sharing.tree):
        whose = set(match_company(group, f"{sharing.destination}/{path}"))
        if sharing.to not in whose or whose - {sharing.to, sharing.origin}:
            words = _("{folder} does not lie in the paths of {company} alone")
            raise UserError(words.format(folder=sharing.destination, company=sharing.to), _elsewhere())


def require_room(
    repository: git.Repository, sharing: Sharing, start: str, known: Iterable[str | None]
) -> None:
    """Raise UserError where something else than former versions of the component lies in the folder.

    `start` is the commit that counts; what was shared is told by commits of it and of `known`, the branches.
    """
    there = tree_at(repository, start, sharing.destination)
    if there is None:
        _require_no_file(repository, sharing.destination, start)
        return
    held = files_of(repository, there).items() - files_of(repository, sharing.tree).items()
    for tree in _shared(repository, sharing, [start, *filter(None, known)]) if held else ():
        held -= files_of(repository, tree).items()
    if held:
        paths = sorted(path for path, _what in held)
        words = _("{folder} holds what did not come from {origin}, and sharing would delete it: {files}")
        more = ", …" if len(paths) > SHOWN else ""
        files = ", ".join(paths[:SHOWN]) + more
        raise UserError(
            words.format(folder=sharing.destination, origin=sharing.folder, files=files), _elsewhere()
        )


def files_of(repository: git.Repository, tree: str | None) -> Files:
    """{path: (mode, content's id)} of a tree; nothing for one that is not there or not known here."""
    try:
        entries = git.list_tree(repository, tree, recursive=True) if tree else []
    except UserError:
        return {}
    return {entry.path: (entry.mode, entry.id) for entry in entries}


def _shared(repository: git.Repository, sharing: Sharing, ends: list[str]) -> Iterator[str]:
    """The trees of the component that commits put into that folder, squashed ones too."""
    at = f":(top,literal){sharing.destination}"
    commits = git.run(repository, "rev-list", "--full-history", *ends, "--", at).decode().split()
    told = {f"Orch-Origin-Company: {sharing.origin}", f"Orch-Origin-Path: {sharing.folder}"}
    for commit, words in commit_words(repository, commits):
        if told <= {line.strip() for line in words.splitlines()}:
            there = tree_at(repository, commit, sharing.destination)
            yield from (tree for tree in ORIGIN_TREE.findall(words) if tree == there)


def _require_no_file(repository: git.Repository, folder: str, start: str) -> None:
    above = ""
    for name in folder.split("/"):
        entries = git.list_tree(repository, start, above)
        above = f"{above}/{name}".strip("/")
        found = next((entry for entry in entries if entry.path == above), None)
        if found is None:
            return
        if found.mode != FOLDER:
            raise UserError(_("{name} is a file there, not a folder.").format(name=above), _elsewhere())


def _elsewhere() -> str:
    return _("choose a folder of theirs that is empty, or new: --into FOLDER")
