"""Building one commit out of trees: no checkout, and work tree and index stay untouched."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any, Protocol

from orchestrator.errors import UserError
from orchestrator.git.objects import tree_id
from orchestrator.git.process import run
from orchestrator.git.repository import Repository
from orchestrator.i18n import _

TREE = 0o040000
Entries = dict[bytes, tuple[int, str]]  # name -> (mode, object id)
# Folder names that git (or NTFS and HFS+, which drop and fold characters) would take for its own.
_FORBIDDEN = re.compile(r"\.{1,2}|(\.git|git~1)[ .]*(:.*)?", re.IGNORECASE)
_IGNORED_BY_HFS = re.compile("[\u200c-\u200f\u202a-\u202e\u206a-\u206f\ufeff]")


class Objects(Protocol):
    """Reading and writing trees and commits of one repository."""

    def entries(self, tree: str) -> Entries:
        """What a tree holds."""
        ...

    def write_tree(self, entries: Entries) -> str:
        """Store a tree; its id."""
        ...

    def write_commit(self, tree: str, parent: str, message: str, who: tuple[str, str], at: int) -> str:
        """Store a commit with one parent; its id. `at` is in seconds since 1970, UTC."""
        ...


def graft(
    repo: Repository,
    base_commit: str,
    path: str,
    tree: str,
    message: str,
    author: tuple[str, str],
    *,
    at: datetime | None = None,
) -> str:
    """A commit on top of `base_commit` whose tree has `tree` (an object id) in folder `path`.

    `author` is (name, e-mail); `at` defaults to now, and with a given time the id is always the
    same. Returns `base_commit` itself where the folder holds that very tree already. Raises
    UserError for a path that is not a plain folder name or runs through a file.
    """
    try:
        return _grafted(repo, _objects(repo), base_commit, path, tree, message, author, at)
    except UnicodeDecodeError:  # a neighbour's name is not UTF-8, which libgit2's Python cannot write
        return _grafted(repo, PlumbingObjects(repo), base_commit, path, tree, message, author, at)


def _grafted(
    repo: Repository,
    objects: Objects,
    base_commit: str,
    path: str,
    tree: str,
    message: str,
    author: tuple[str, str],
    at: datetime | None,
) -> str:
    top = tree_id(repo, base_commit)
    grown = _placed(objects, top, folder_names(path), tree)
    if grown == top:
        return base_commit
    who = (_signature(author[0]), _signature(author[1]))
    when = int((at or datetime.now(UTC)).timestamp())
    return objects.write_commit(grown, base_commit, message.rstrip("\n") + "\n", who, when)


class LibGit2Objects:
    """By libgit2, in this process. Local objects only: its bundled ssh library is never reached."""

    def __init__(self, repository: Any) -> None:
        self._repository = repository

    def entries(self, tree: str) -> Entries:
        """What a tree holds."""
        return {e.raw_name: (int(e.filemode), str(e.id)) for e in self._repository[tree]}

    def write_tree(self, entries: Entries) -> str:
        """Store a tree; its id."""
        builder = self._repository.TreeBuilder()
        for name, (mode, found) in entries.items():
            builder.insert(name.decode(), found, mode)  # pygit2 takes no bytes
        return str(builder.write())

    def write_commit(self, tree: str, parent: str, message: str, who: tuple[str, str], at: int) -> str:
        """Store a commit with one parent; its id."""
        import pygit2

        signature = pygit2.Signature(*who, at, 0, "utf-8")
        return str(self._repository.create_commit(None, signature, signature, message, tree, [parent]))


class PlumbingObjects:
    """By the git program: a process a call, but it reads every repository (SHA-256, reftable)."""

    def __init__(self, repo: Repository) -> None:
        self._repo = repo

    def entries(self, tree: str) -> Entries:
        """What a tree holds."""
        found: Entries = {}
        for line in run(self._repo, "ls-tree", "-z", "--full-tree", tree).split(b"\0")[:-1]:
            meta, _tab, name = line.partition(b"\t")
            mode, _type, entry = meta.decode().split()
            found[name] = (int(mode, 8), entry)
        return found

    def write_tree(self, entries: Entries) -> str:
        """Store a tree; its id."""
        kinds = {0o040000: "tree", 0o160000: "commit"}
        lines = [
            f"{mode:06o} {kinds.get(mode, 'blob')} {found}\t".encode() + name + b"\0"
            for name, (mode, found) in entries.items()
        ]
        return run(self._repo, "mktree", "-z", "--missing", input=b"".join(lines)).decode().strip()

    def write_commit(self, tree: str, parent: str, message: str, who: tuple[str, str], at: int) -> str:
        """Store a commit with one parent; its id."""
        identity = {
            f"GIT_{role}_{part}": value
            for role in ("AUTHOR", "COMMITTER")
            for part, value in zip(("NAME", "EMAIL", "DATE"), (*who, f"@{at} +0000"), strict=True)
        }
        args = (
            "-c",
            "i18n.commitEncoding=UTF-8",
            "commit-tree",
            "--no-gpg-sign",
            tree,
            "-p",
            parent,
            "-F",
            "-",
        )
        return run(self._repo, *args, input=message.encode(), extra=identity).decode().strip()


def _objects(repo: Repository) -> Objects:
    import pygit2

    try:
        return LibGit2Objects(pygit2.Repository(str(repo.root)))
    except pygit2.GitError:  # an extension that libgit2 does not know
        return PlumbingObjects(repo)


def _placed(objects: Objects, tree: str, folders: list[bytes], new: str) -> str:
    """The id of `tree` with `new` at the end of `folders`."""
    if not folders:
        return new
    entries = objects.entries(tree) if tree else {}
    name = folders[0]
    mode, below = entries.get(name, (TREE, ""))
    if mode != TREE:
        shown = name.decode(errors="backslashreplace")
        raise UserError(_("{name} is a file there, not a folder.").format(name=shown))
    return objects.write_tree(entries | {name: (TREE, _placed(objects, below, folders[1:], new))})


def folder_names(path: str) -> list[bytes]:
    """The folders of a path from the repository's top. UserError for one that no component can have."""
    folders = path.strip("/").split("/")
    for folder in folders:
        plain = plain_folder(folder)
        if not plain or _FORBIDDEN.fullmatch(plain) or any(c in folder for c in "\\\0\n"):
            raise UserError(_("{path} is not a folder that a component can have.").format(path=path))
    return [folder.encode() for folder in folders]


def plain_folder(name: str) -> str:
    """The folder that HFS+ takes for one of that name."""
    return _IGNORED_BY_HFS.sub("", name)


def _signature(text: str) -> str:
    """Name or e-mail as git itself stores it: no angle brackets or breaks, no crud at the ends."""
    return re.sub(r"[<>\n\r\0]", "", text).strip(" .,:;\"'\\\t") or "orch"
