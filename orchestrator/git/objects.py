"""Reading single objects: blobs in bulk, a tree's list, a tree's id."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from orchestrator.errors import UserError
from orchestrator.git.process import run
from orchestrator.git.repository import Repository
from orchestrator.git.text import one_line
from orchestrator.i18n import _

MAX_BLOB = 1 << 20


class TreeEntry(NamedTuple):
    """One line of a tree: path from the top, mode such as '100644', blob | tree | commit, object id."""

    path: str
    mode: str
    type: str
    id: str


def read_blobs(repo: Repository, ids: Iterable[str], max_bytes: int = MAX_BLOB) -> dict[str, bytes]:
    """Contents by blob id; missing ones, and those above `max_bytes`, are left out."""
    asked = "".join(f"{i}\n" for i in dict.fromkeys(ids) if i)
    if not asked:
        return {}
    listed = run(repo, "cat-file", "--batch-check", input=asked.encode()).splitlines()
    wanted = [words[0] for line in listed if _is_small_blob(words := line.split(), max_bytes)]
    if not wanted:
        return {}
    return _contents(run(repo, "cat-file", "--batch", input=b"\n".join(wanted) + b"\n"))


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
    if "\n" not in name and not name.startswith("-"):
        out = run(repo, "cat-file", "--batch-check=%(objecttype) %(objectname)", input=f"{name}\n".encode())
        kind, _space, found = out.decode(errors="replace").strip().partition(" ")
        if kind == "tree":
            return found
    raise UserError(_("There is no folder {path} in {commit}.").format(path=path or "/", commit=commit))


def _is_small_blob(words: list[bytes], max_bytes: int) -> bool:
    return len(words) == 3 and words[1] == b"blob" and int(words[2]) <= max_bytes


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
