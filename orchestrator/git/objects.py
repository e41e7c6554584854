"""Reading single objects: blobs in bulk, a tree's list, a tree's id."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

from orchestrator.errors import UserError
from orchestrator.git.process import as_lines, run
from orchestrator.git.repository import Repository
from orchestrator.git.text import one_line
from orchestrator.i18n import _

MAX_BLOB = 1 << 20
_ID = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")


class TreeEntry(NamedTuple):
    """One line of a tree: path from the top, mode such as '100644', blob | tree | commit, object id."""

    path: str
    mode: str
    type: str
    id: str


def read_blobs(repo: Repository, ids: Iterable[str], max_bytes: int = MAX_BLOB) -> dict[str, bytes]:
    """Contents by blob id; missing ones, and those above `max_bytes`, are left out."""
    found = existing(repo, ids)
    wanted = [i for i, (kind, size) in found.items() if kind == "blob" and size <= max_bytes]
    return _contents(run(repo, "cat-file", "--batch", input=as_lines(wanted))) if wanted else {}


def absent(repo: Repository, ids: Iterable[str]) -> set[str]:
    """Those of these ids that a partial clone has not; none in any other clone, where they are damage."""
    asked = {i for i in ids if _ID.fullmatch(i)} if is_partial(repo) else set()
    return asked.difference(_present(repo, list(asked))) if asked else asked


def existing(repo: Repository, ids: Iterable[str]) -> dict[str, tuple[str, int]]:
    """Type and size in bytes of the objects that are here; the others are left out."""
    asked = [i for i in dict.fromkeys(ids) if _ID.fullmatch(i)]
    if asked and is_partial(repo):
        asked = _present(repo, asked)
    if not asked:
        return {}
    listed = run(repo, "cat-file", "--batch-check", input=as_lines(asked)).decode().splitlines()
    found = [words for line in listed if len(words := line.split()) == 3]
    return {name: (kind, int(size)) for name, kind, size in found}


def subjects(repo: Repository, commits: Iterable[str]) -> dict[str, str]:
    """The first line of each commit's message, by id; commits that are not here are left out."""
    asked = [i for i, (kind, _size) in existing(repo, commits).items() if kind == "commit"]
    if not asked:
        return {}
    options = ("--no-walk=unsorted", "--no-show-signature", "--encoding=UTF-8", "--stdin", "-z")
    fields = run(repo, "log", *options, "--format=%H%x00%s", input=as_lines(asked)).split(b"\0")
    return {
        name.decode(): one_line(subject) for name, subject in zip(fields[::2], fields[1::2], strict=False)
    }


def is_partial(repo: Repository) -> bool:
    """True for a clone made with --filter, whose objects may be absent and fetched when asked for."""
    return any((repo.common_dir / "objects" / "pack").glob("*.promisor"))


def list_tree(repo: Repository, commit: str, path: str = "", *, recursive: bool = False) -> list[TreeEntry]:
    """What a folder of a commit holds; `path` '' is the top. Raises UserError if there is none."""
    tree = tree_id(repo, commit, path)
    prefix = f"{path.rstrip('/')}/" if path.strip("/") else ""
    out = run(repo, "ls-tree", "-z", "--full-tree", *(["-r"] if recursive else []), tree)
    return [_entry(line, prefix) for line in out.split(b"\0") if line]


def tree_id(repo: Repository, commit: str, path: str = "") -> str:
    """The id of the tree at `path` of a commit (or tree); '' is the top. Raises UserError if none."""
    path = path.strip("/")
    name = f"{commit}:{path}" if path else f"{commit}^{{tree}}"
    relative = not {".", ".."}.isdisjoint(path.split("/"))  # git would take it from its own folder
    if not relative and "\n" not in name and not name.startswith("-"):
        out = run(repo, "cat-file", "--batch-check=%(objecttype) %(objectname)", input=f"{name}\n".encode())
        kind, _space, found = out.decode(errors="replace").strip().partition(" ")
        if kind == "tree":
            return found
    raise UserError(_("There is no folder {path} in {commit}.").format(path=path or "/", commit=commit))


def _present(repo: Repository, ids: list[str]) -> list[str]:
    """Those of the ids that a partial clone holds: `cat-file` would give up at the first other."""
    args = ("rev-list", "--ignore-missing", "--missing=allow-any", "--objects", "--no-walk", "--stdin")
    held = {line.split()[0].decode() for line in run(repo, *args, input=as_lines(ids)).splitlines()}
    return [i for i in ids if i in held]


def _contents(batch: bytes) -> dict[str, bytes]:
    """Parse `cat-file --batch`: `id type size`, newline, contents, newline."""
    found: dict[str, bytes] = {}
    at = 0
    while at < len(batch):
        end = batch.index(b"\n", at)
        blob, _type, size = batch[at:end].split()
        at = end + 1 + int(size)
        found[blob.decode()] = batch[end + 1 : at]
        at += 1
    return found


def _entry(line: bytes, prefix: str) -> TreeEntry:
    meta, _tab, name = line.partition(b"\t")
    mode, kind, found = meta.decode().split()
    return TreeEntry(prefix + one_line(name), mode, kind, found)
