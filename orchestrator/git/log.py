"""The history reader: one `git log --raw -z` for all that is new, parsed as it streams."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import replace
from datetime import datetime, timedelta
from functools import lru_cache

from orchestrator.git.objects import existing, is_partial
from orchestrator.git.process import stream
from orchestrator.git.repository import Repository
from orchestrator.git.text import decoded, one_line
from orchestrator.model import Commit, FileChange

_FORMAT = "--format=tformat:%H%x00%P%x00%an%x00%ae%x00%at%x00%ct%x00%B"
_FIELDS = 7
# Each option that configuration could change is said outright. Renames only when the blob is the
# same (-M100%): that compares ids, reads no blob, and so also works where blobs are missing.
_OPTIONS = (
    "-c", "log.showRoot=true",
    "log", "--ignore-missing", "--stdin", "--topo-order", "--reverse", "--raw", "-z", "-M100%", "--no-abbrev",
    "--no-diff-merges", "--no-show-signature", "--no-ext-diff", "--no-textconv", "--no-color",
    "--no-decorate", "--no-mailmap", "--no-notes", "--no-relative", "--ignore-submodules=none", "-O/dev/null",
    "--encoding=UTF-8", _FORMAT,
)  # fmt: skip
_REGULAR = (b"100", b"120")  # modes of files and symbolic links; 160000 is a submodule's commit
_EPOCH = datetime(1970, 1, 1)  # UTC by construction; a naive one prints without +00:00
_LAST_SECOND = 253402300799  # of the year 9999
_name = lru_cache(maxsize=1 << 14)(one_line)  # paths, people: the same ones again and again


def new_commits(repo: Repository, tips: Iterable[str], read: Iterable[str]) -> Iterator[Commit]:
    """Commits that `tips` reach and `read` do not, parents before children, each once.

    Ids that vanished are ignored. Merges carry no files (their branch's commits do), nor does
    the boundary of a shallow clone, whose parents git does not know.
    """
    wanted, known = list(dict.fromkeys(tips)), list(dict.fromkeys(read))
    if is_partial(repo):  # there, git would give up at an id that vanished
        here = existing(repo, [*wanted, *known])
        wanted, known = [i for i in wanted if i in here], [i for i in known if i in here]
    if not wanted:
        return  # without a tip, `git log` would read HEAD
    asked = [*wanted, *(f"^{i}" for i in known)]
    boundary = _shallow_boundary(repo)
    with closing(stream(repo, *_OPTIONS, input="".join(f"{a}\n" for a in asked).encode())) as chunks:
        for commit in _commits(_tokens(chunks)):
            yield replace(commit, files=()) if commit.id in boundary else commit


def iso(seconds: bytes) -> str:
    """Seconds since 1970 as UTC ISO 8601; dates that no calendar has become its nearest end."""
    try:
        return (_EPOCH + timedelta(seconds=min(int(seconds or b"0"), _LAST_SECOND))).isoformat() + "Z"
    except OverflowError:
        return _EPOCH.isoformat() + "Z"


def _shallow_boundary(repo: Repository) -> frozenset[str]:
    file = repo.common_dir / "shallow"
    return frozenset(file.read_text().split()) if file.exists() else frozenset()


def _tokens(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """The NUL-separated fields of a stream."""
    rest = b""
    for chunk in chunks:
        *whole, rest = (rest + chunk).split(b"\0")
        yield from whole
    if rest:
        yield rest


def _commits(tokens: Iterator[bytes]) -> Iterator[Commit]:
    """Parse: seven fields a commit, an end mark, then `:modes ids letter` and one or two paths a file."""
    head: list[bytes] = []
    files: list[FileChange] = []
    for token in tokens:
        if len(head) == _FIELDS and (meta := token.lstrip(b"\n")).startswith(b":"):
            files.append(_file(meta, tokens))
        elif len(head) == _FIELDS and token:  # the next commit's id
            yield _commit(head, files)
            head, files = [token], []
        elif len(head) < _FIELDS and (head or token):
            head.append(token)
    if len(head) == _FIELDS:
        yield _commit(head, files)


def _commit(head: list[bytes], files: list[FileChange]) -> Commit:
    commit, parents, name, email, authored, committed, message = head
    return Commit(
        id=commit.decode(),
        parents=tuple(parents.decode().split()),
        author=_name(name),
        email=_name(email),
        authored_at=iso(authored),
        committed_at=iso(committed),
        message=decoded(message).strip("\n"),
        files=tuple(files),
    )


def _file(meta: bytes, tokens: Iterator[bytes]) -> FileChange:
    old_mode, new_mode, old, new, letter = meta[1:].split(b" ")
    first = _name(next(tokens))
    renamed = letter[:1] in b"RC"
    return FileChange(
        path=_name(next(tokens)) if renamed else first,
        status=letter[:1].decode(),
        blob=_blob(new_mode, new),
        old_blob=_blob(old_mode, old),
        old_path=first if renamed else "",
    )


def _blob(mode: bytes, blob: bytes) -> str:
    return blob.decode() if mode.startswith(_REGULAR) else ""
