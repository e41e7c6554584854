"""The history reader: one `git log --raw -z` for all that is new, parsed as it streams."""

from __future__ import annotations

import os
from collections.abc import Generator, Iterable, Iterator
from contextlib import closing
from datetime import datetime, timedelta
from typing import NamedTuple

from orchestrator.git.fields import flat, prose, records
from orchestrator.git.file_text import file_rows, file_text
from orchestrator.git.objects import existing, is_partial
from orchestrator.git.process import run, stream
from orchestrator.git.repository import Repository
from orchestrator.model import Commit, FileChange

_HEAD = 8  # fields of a commit before its files
_FORMAT = "%H%x00%P%x00%an%x00%ae%x00%at%x00%ct%x00%B%x00"
_TRAILERS = "%(trailers:only,unfold)"
# Each option that configuration could change is said outright.
PLAIN = (
    "--ignore-missing", "--stdin", "--raw", "-z", "--no-abbrev", "--no-diff-merges", "--no-show-signature",
    "--no-ext-diff", "--no-textconv", "--no-color", "--no-decorate", "--no-mailmap", "--no-notes",
    "--no-relative", "--ignore-submodules=none", "-O/dev/null", "--encoding=UTF-8",
)  # fmt: skip
CONFIGURED = ("-c", "log.showRoot=true", "-c", "trailer.separators=:")
# Renames only when the blob is the same (-M100%): that compares ids, reads no blob, and so also
# works where blobs are missing.
_OPTIONS = (*CONFIGURED, "log", *PLAIN, "--topo-order", "--reverse", "-M100%")
_EPOCH = datetime(1970, 1, 1)  # UTC by construction; a naive one prints without +00:00
_FIRST_SECOND, _LAST_SECOND = -62135596800, 253402300799  # of the years 1 and 9999


class Logged(NamedTuple):
    """A commit as `git log` told it: texts printable, parents in one string, times as git has them.

    `trailers` has one `Key: value` a line, by git's own parser (only where they were asked for);
    `files` is a `file_text`.
    """

    id: str
    parents: str
    author: str
    email: str
    authored: str
    committed: str
    message: str
    trailers: str
    files: str


def new_commits(repo: Repository, tips: Iterable[str], read: Iterable[str]) -> Iterator[Commit]:
    """Commits that `tips` reach and `read` do not, parents before children, each once.

    Ids that vanished are ignored. Merges carry no files (their branch's commits do), nor does
    the boundary of a shallow clone, whose parents git does not know.
    """
    with closing(_log(repo, tips, read, _FORMAT)) as logged:
        yield from map(_commit, logged)


def these_commits(repo: Repository, ids: Iterable[str]) -> Iterator[Commit]:
    """These commits alone, by the time of their committing; those that git has no more are left out."""
    with closing(_log(repo, ids, (), _FORMAT, "--no-walk=sorted")) as logged:
        yield from map(_commit, logged)


def read_log(repo: Repository, tips: Iterable[str], read: Iterable[str]) -> Generator[Logged, None, None]:
    """The same commits in the same order, as rows and with their trailers."""
    return _log(repo, tips, read, _FORMAT + _TRAILERS)


def count_new(repo: Repository, tips: Iterable[str], read: Iterable[str]) -> int:
    """How many commits `new_commits` would give."""
    asked = _asked(repo, tips, read)
    options = ("rev-list", "--count", "--ignore-missing", "--stdin")
    return int(run(repo, *options, input=asked)) if asked else 0


def shallow_boundary(repo: Repository) -> frozenset[str]:
    """The commits at which a shallow clone is cut off."""
    file = repo.common_dir / "shallow"
    return frozenset(file.read_text().split()) if file.exists() else frozenset()


def iso(seconds: int) -> str:
    """Seconds since 1970 as UTC ISO 8601."""
    return (_EPOCH + timedelta(seconds=seconds)).isoformat() + "Z"


def calendar(seconds: str) -> int:
    """Git's seconds since 1970; a date that no calendar has becomes its nearest end, or 1970."""
    value = min(int(seconds or "0"), _LAST_SECOND)
    return value if value >= _FIRST_SECOND else 0


def _asked(repo: Repository, tips: Iterable[str], read: Iterable[str]) -> bytes:
    """What `--stdin` takes; nothing at all without a tip, for which git would take HEAD."""
    wanted, known = list(dict.fromkeys(tips)), list(dict.fromkeys(read))
    if is_partial(repo):  # there, git would give up at an id that vanished
        here = existing(repo, [*wanted, *known])
        wanted, known = [i for i in wanted if i in here], [i for i in known if i in here]
    return "".join(f"{line}\n" for line in [*wanted, *(f"^{i}" for i in known)]).encode() if wanted else b""


def _log(
    repo: Repository, tips: Iterable[str], read: Iterable[str], form: str, *more: str
) -> Generator[Logged, None, None]:
    asked = _asked(repo, tips, read)
    if not asked:
        return
    boundary = shallow_boundary(repo)
    mark = os.urandom(8).hex()  # begins a commit; whoever wrote a message or named a file could not know it
    options = (*_OPTIONS, f"--format=tformat:{mark}{form}", *more)
    with closing(stream(repo, *options, input=asked)) as chunks:
        for text, plain in records(chunks, mark.encode()):
            logged = _logged(text, plain)
            yield logged._replace(files="") if logged.id in boundary else logged


def _logged(record: str, plain: bool) -> Logged:
    """Eight fields, each ended by NUL, then the files."""
    *head, told = record.split("\0", _HEAD)
    this, parents, author, email, authored, committed, message, trailers = head
    if not plain:
        author, email, message, trailers = flat(author), flat(email), prose(message), prose(trailers)
    files = file_text(told, plain=plain)
    return Logged(this, parents, author, email, authored, committed, message.strip("\n"), trailers, files)


def _commit(row: Logged) -> Commit:
    return Commit(
        id=row.id,
        parents=tuple(row.parents.split()),
        author=row.author,
        email=row.email,
        authored_at=iso(calendar(row.authored)),
        committed_at=iso(calendar(row.committed)),
        message=row.message,
        files=tuple(FileChange(*file) for file in file_rows(row.files)),
    )
