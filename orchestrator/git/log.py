"""The history reader: one `git log --raw -z` for all that is new, parsed as it streams."""

from __future__ import annotations

import os
from collections.abc import Container, Generator, Iterable, Iterator
from contextlib import closing
from datetime import datetime, timedelta

from orchestrator.git.fields import flat, prose, records
from orchestrator.git.objects import existing, is_partial
from orchestrator.git.process import as_lines, run, stream
from orchestrator.git.raw import raw_rows
from orchestrator.git.repository import Repository
from orchestrator.model import Commit, FileChange

_HEAD = 8  # fields of a commit before its files
_FORMAT = "%H%x00%P%x00%an%x00%ae%x00%at%x00%ct%x00%B%x00"
# Each option that configuration could change is said outright.
PLAIN = (
    "--ignore-missing", "--stdin", "--no-abbrev", "--no-diff-merges", "--no-show-signature",
    "--no-ext-diff", "--no-textconv", "--no-color", "--no-decorate", "--no-mailmap", "--no-notes",
    "--no-relative", "--ignore-submodules=none", "-O/dev/null", "--encoding=UTF-8",
)  # fmt: skip
RAW = ("--raw", "-z", "-M100%")
CONFIGURED = ("-c", "log.showRoot=true")
# Renames only when the blob is the same (-M100%): that compares ids, reads no blob, and so also
# works where blobs are missing.
_OPTIONS = (*CONFIGURED, "log", *PLAIN, *RAW, "--topo-order", "--reverse")
_EPOCH = datetime(1970, 1, 1)  # UTC by construction; a naive one prints without +00:00
_FIRST_SECOND, _LAST_SECOND = -62135596800, 253402300799  # of the years 1 and 9999


def new_commits(repo: Repository, tips: Iterable[str], read: Iterable[str]) -> Iterator[Commit]:
    """Commits that `tips` reach and `read` do not, parents before children, each once.

    Ids that vanished are ignored. Merges carry no files (their branch's commits do), nor does
    the boundary of a shallow clone, whose parents git does not know.
    """
    with closing(_log(repo, tips, read)) as found:
        yield from found


def these_commits(repo: Repository, ids: Iterable[str]) -> Iterator[Commit]:
    """These commits alone, by the time of their committing; those that git has no more are left out."""
    with closing(_log(repo, ids, (), "--no-walk=sorted")) as found:
        yield from found


def count_new(repo: Repository, tips: Iterable[str], read: Iterable[str]) -> int:
    """How many commits `new_commits` would give."""
    asked = asked_for(repo, tips, read)
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


def asked_for(repo: Repository, tips: Iterable[str], read: Iterable[str]) -> bytes:
    """What `--stdin` takes; nothing at all without a tip, for which git would take HEAD."""
    wanted, known = list(dict.fromkeys(tips)), list(dict.fromkeys(read))
    if is_partial(repo):  # there, git would give up at an id that vanished
        here = existing(repo, [*wanted, *known])
        wanted, known = [i for i in wanted if i in here], [i for i in known if i in here]
    return as_lines([*wanted, *(f"^{i}" for i in known)]) if wanted else b""


def _log(
    repo: Repository, tips: Iterable[str], read: Iterable[str], *more: str
) -> Generator[Commit, None, None]:
    asked = asked_for(repo, tips, read)
    if not asked:
        return
    boundary = shallow_boundary(repo)
    mark = os.urandom(8).hex()  # begins a commit; whoever wrote a message or named a file could not know it
    options = (*_OPTIONS, f"--format=tformat:{mark}{_FORMAT}", *more)
    with closing(stream(repo, *options, input=asked)) as chunks:
        for text, plain in records(chunks, mark.encode()):
            yield _commit(text, boundary, plain=plain)


def _commit(record: str, boundary: Container[str], *, plain: bool) -> Commit:
    """Seven fields and the whole, each ended by NUL, then the files."""
    this, parents, author, email, authored, committed, message, _end, told = record.split("\0", _HEAD)
    if not plain:
        author, email, message = flat(author), flat(email), prose(message)
    return Commit(
        id=this,
        parents=tuple(parents.split()),
        author=author,
        email=email,
        authored_at=iso(calendar(authored)),
        committed_at=iso(calendar(committed)),
        message=message.strip("\n"),
        files=() if this in boundary else tuple(FileChange(*row) for row in raw_rows(told)),
    )
