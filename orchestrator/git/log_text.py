"""The history as text: what a database cuts into rows a hundred times as fast as Python makes them.

One `git log --name-status` for all that is new, the newest first and in git's own order: sorting it by
descent would cost a tenth of it. What no terminal should see is made visible here; what is plain,
nearly all, is told by the chunk and not looked at again.
"""

from __future__ import annotations

import os
import re
from collections.abc import Container, Generator, Iterable
from contextlib import closing
from typing import NamedTuple

from orchestrator.git.fields import PLAIN_OR_TAB, decoded, flat, is_plain, prose, whole_records
from orchestrator.git.log import CONFIGURED, PLAIN, asked_for, shallow_boundary
from orchestrator.git.process import stream
from orchestrator.git.repository import Repository

RECORD = "\x1e"  # before a commit
_HEAD = 8  # fields of a commit before its files
# `%-Creset` takes away the line ends before it.
_FORMAT = "%x00%H%x00%P%x00%an%x00%ae%x00%at%x00%ct%x00%B%-Creset%x00"
_OPTIONS = (*CONFIGURED, "-c", "core.quotePath=false", "log", *PLAIN, "--name-status", "-M100%")
_PLAIN = bytes([*PLAIN_OR_TAB, ord(RECORD)])
_QUOTED = b'\t"'  # before a path with a quote, a backslash or a character that no terminal should see
_ESCAPED = re.compile(r'\\([abtnvfr"\\]|[0-3][0-7]{2})')
_ESCAPES = dict(zip('abtnvfr"\\', '\a\b\t\n\v\f\r"\\', strict=True))

FileName = tuple[str, str, str]


class LogText(NamedTuple):
    """Commits as UTF-8. RECORD begins each and stands nowhere else; then come, with a NUL after each, a mark,
    its id, its parents with a space between, name and address of the author, the seconds since 1970 of its
    writing and of its committing, its message; then its files.

    A file is a line of status, path, and of a rename the new path, with a tab between. A tab may
    stand in the author's name and address too.
    """

    text: bytes

    def number(self) -> int:
        """How many commits there are."""
        return self.text.count(RECORD.encode())

    def files(self) -> list[tuple[str, list[FileName]]]:
        """The id of each commit and (status, path, old path or '') of its files."""
        found = []
        for record in self.text.decode().split(RECORD)[1:]:
            _mark, this, *_head, told = record.split("\0", _HEAD)
            found.append((this, [_named(*line.split("\t")) for line in told.split("\n") if line]))
        return found


def read_log(repo: Repository, tips: Iterable[str], read: Iterable[str]) -> Generator[LogText, None, None]:
    """Commits that `tips` reach and `read` do not, each once, in no order that anybody may count on.

    Ids that vanished are ignored. Merges have no files (their branches' commits do), nor has the
    boundary of a shallow clone, whose parents git does not know.
    """
    asked = asked_for(repo, tips, read)
    if not asked:
        return
    bare = shallow_boundary(repo)
    mark = RECORD + os.urandom(8).hex()  # random, so that nobody can have written it into a message
    begin = mark.encode()
    with closing(stream(repo, *_OPTIONS, f"--format=tformat:{mark}{_FORMAT}", input=asked)) as chunks:
        for whole in whole_records(chunks, begin):
            usual = (
                is_plain(whole, _PLAIN)
                and _QUOTED not in whole
                and whole.count(begin) == whole.count(RECORD.encode())
                and not (bare and bare.intersection(re.findall(f"{mark}\0([0-9a-f]*)", whole.decode())))
            )
            yield LogText(whole if usual else _all_cleaned(whole, begin, bare))


def _all_cleaned(whole: bytes, begin: bytes, bare: Container[str]) -> bytes:
    commits = (decoded(record, _PLAIN)[0] for record in whole.split(begin)[1:])
    return "".join(RECORD + _cleaned(commit, bare) for commit in commits).encode()


def _cleaned(record: str, bare: Container[str]) -> str:
    _empty, this, parents, author, email, *times, message, told = record.split("\0", _HEAD)
    files = "" if this in bare else "\n".join(_clean_file(line) for line in told.split("\n") if line)
    names = (flat(author), flat(email))
    return "\0".join(("", this, parents, *names, *times, _body(message), files))


def _body(text: str) -> str:
    """With the line end that git took away, which may be half of a CRLF."""
    return prose(f"{text}\n").strip("\n")


def _clean_file(line: str) -> str:
    status, *paths = line.split("\t")
    return "\t".join((status, *(flat(_unquoted(path)) for path in paths)))


def _unquoted(path: str) -> str:
    r"""A path as it is; a byte that is no UTF-8 stays the `\xff` that decoding made of it."""
    if not path.startswith('"'):
        return path
    return _ESCAPED.sub(lambda m: _ESCAPES.get(m[1]) or chr(int(m[1], 8)), path[1:-1])


def _named(status: str, path: str, new_path: str = "") -> FileName:
    return status[0], new_path or path, path if new_path else ""
