"""What pushing a branch would bring along: every commit that the other side's base does not hold.

Not only the last tree: what one commit brought and the next took away is in the history too.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from orchestrator.git.encoding import western
from orchestrator.git.objects import TreeEntry
from orchestrator.git.process import as_lines, run
from orchestrator.git.repository import Repository
from orchestrator.git.text import one_line

# Each option that configuration could change is said outright; `-m` compares a merge with every parent.
_DIFF = (
    "diff-tree", "--stdin", "-r", "-m", "--root", "--raw", "-z", "--no-renames", "--no-abbrev",
    "--no-commit-id", "--no-ext-diff", "--no-textconv", "--no-relative", "--ignore-submodules=none",
    "-O/dev/null",
)  # fmt: skip
# Who wrote a commit is part of git's own record, signatures are no words: the rest of it may be any text.
_NO_WORDS = (b"tree ", b"parent ", b"author ", b"committer ", b"gpgsig", b"encoding ")
_TYPES = {"160000": "commit"}


def unsent_commits(repo: Repository, head: str, *known: str | None) -> list[str]:
    """Ids of the commits that `head` reaches and `known` ones do not; None stands for no commit."""
    return run(repo, "rev-list", head, *(f"^{commit}" for commit in known if commit)).decode().split()


def commit_words(repo: Repository, commits: Sequence[str]) -> Iterator[tuple[str, str]]:
    """(commit id, its message and whatever else stands in it), however it is encoded."""
    if not commits:
        return
    batch = run(repo, "cat-file", "--batch", input=as_lines(commits))
    at = 0
    while at < len(batch):
        end = batch.index(b"\n", at)
        name, _type, size = batch[at:end].split()
        at = end + 1 + int(size)
        yield name.decode(), _words(batch[end + 1 : at])
        at += 1


def unsent_files(repo: Repository, commits: Sequence[str]) -> list[TreeEntry]:
    """Every path with what one of the commits put there, each once."""
    if not commits:
        return []
    fields = run(repo, *_DIFF, input=as_lines(commits)).split(b"\0")
    found: dict[TreeEntry, None] = {}
    for meta, path in zip(fields[::2], fields[1::2], strict=False):
        _old, mode, _before, blob, _status = meta.decode().lstrip(":").split()
        if mode != "000000":
            found[TreeEntry(one_line(path), mode, _TYPES.get(mode, "blob"), blob)] = None
    return list(found)


def _words(raw: bytes) -> str:
    head, _blank, message = raw.partition(b"\n\n")
    kept: list[bytes] = []
    encoding, skipping = "utf-8", False
    for line in head.split(b"\n"):
        if not line.startswith(b" "):  # else the line goes on with the header above
            skipping = line.startswith(_NO_WORDS)
        if line.startswith(b"encoding "):
            encoding = line[9:].decode("ascii", "replace")
        if not skipping:
            kept.append(line)
    return _decoded(b"\n".join([*kept, message]), encoding)


def _decoded(raw: bytes, encoding: str) -> str:
    for name in ("utf-8", encoding):
        try:
            return raw.decode(name)
        except (UnicodeDecodeError, LookupError):
            continue
    return western(raw)
