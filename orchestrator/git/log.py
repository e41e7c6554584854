"""The history reader: one `git log --raw -z` for all that is new, parsed as it streams."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator
from contextlib import closing
from datetime import datetime, timedelta
from itertools import islice
from typing import NamedTuple

from orchestrator.git.fields import fields, flat, prose
from orchestrator.git.objects import existing, is_partial
from orchestrator.git.process import run, stream
from orchestrator.git.repository import Repository
from orchestrator.model import Commit, FileChange

_HEAD = 8  # fields of a commit before its files
_FORMAT = "--format=tformat:%H%x00%P%x00%an%x00%ae%x00%at%x00%ct%x00%B%x00"
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
_REGULAR = frozenset({"100", "120"})  # modes of files and symbolic links; 160000 is a submodule's commit
_EPOCH = datetime(1970, 1, 1)  # UTC by construction; a naive one prints without +00:00
_FIRST_SECOND, _LAST_SECOND = -62135596800, 253402300799  # of the years 1 and 9999

FileRow = tuple[str, str, str, str, str]


class Logged(NamedTuple):
    """A commit as `git log` told it: texts printable, parents in one string, times as git has them.

    `trailers` has one `Key: value` a line, by git's own parser (only where they were asked for);
    `files` holds (path, status, blob, old blob, old path) as `model.FileChange` names them.
    """

    id: str
    parents: str
    author: str
    email: str
    authored: str
    committed: str
    message: str
    trailers: str
    files: list[FileRow]


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


def file_row(meta: str, tokens: Iterator[str]) -> FileRow:
    """A file of `--raw`: `:modes ids letter`, and from `tokens` its path, or its old and new one."""
    old_mode, new_mode, old, new, letter = meta.split(" ")
    first = flat(next(tokens))
    renamed = letter[0] in "RC"
    return (
        flat(next(tokens)) if renamed else first,
        letter[0],
        new if new_mode[:3] in _REGULAR else "",
        old if old_mode[-6:-3] in _REGULAR else "",
        first if renamed else "",
    )


def _asked(repo: Repository, tips: Iterable[str], read: Iterable[str]) -> bytes:
    """What `--stdin` takes; nothing at all without a tip, for which git would take HEAD."""
    wanted, known = list(dict.fromkeys(tips)), list(dict.fromkeys(read))
    if is_partial(repo):  # there, git would give up at an id that vanished
        here = existing(repo, [*wanted, *known])
        wanted, known = [i for i in wanted if i in here], [i for i in known if i in here]
    return "".join(f"{line}\n" for line in [*wanted, *(f"^{i}" for i in known)]).encode() if wanted else b""


def _log(
    repo: Repository, tips: Iterable[str], read: Iterable[str], *wanted: str
) -> Generator[Logged, None, None]:
    asked = _asked(repo, tips, read)
    if not asked:
        return
    boundary = shallow_boundary(repo)
    with closing(stream(repo, *_OPTIONS, *wanted, input=asked)) as chunks:
        for logged in _logged(fields(chunks)):
            yield logged._replace(files=[]) if logged.id in boundary else logged


def _logged(tokens: Iterator[str]) -> Generator[Logged, None, None]:
    """Parse: eight fields a commit, an end mark, then `:modes ids letter` and one or two paths a file."""
    commit = next(tokens, "")
    while commit:
        head = list(islice(tokens, _HEAD - 1))
        if len(head) < _HEAD - 1:
            return  # git was cut off: `stream` says why
        files: list[FileRow] = []
        parents, author, email, authored, committed, message, trailers = head
        this, commit = commit, ""
        for token in tokens:
            if token.startswith((":", "\n:")):
                files.append(file_row(token, tokens))
            elif token:
                commit = token
                break
        text = prose(message).strip("\n")
        who = flat(author), flat(email)
        yield Logged(this, parents, *who, authored, committed, text, prose(trailers), files)


def _commit(row: Logged) -> Commit:
    return Commit(
        id=row.id,
        parents=tuple(row.parents.split()),
        author=row.author,
        email=row.email,
        authored_at=iso(calendar(row.authored)),
        committed_at=iso(calendar(row.committed)),
        message=row.message,
        files=tuple(FileChange(*file) for file in row.files),
    )
