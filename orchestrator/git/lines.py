"""Added and deleted lines of commits: `git log --numstat -M` over a list of ids.

Nine tenths of the time is git's own, reading blobs and comparing them. In longer lists git finds
more of what it unpacked before: 500 commits a process cost 1.25 times one walk, 2,000 cost 1.06.
"""

from __future__ import annotations

import os
from collections.abc import Generator, Iterator, Sequence
from contextlib import closing
from typing import NamedTuple

from orchestrator.errors import OrchError
from orchestrator.git.fields import PLAIN_OR_TAB, flat, records
from orchestrator.git.log import CONFIGURED, PLAIN, RAW
from orchestrator.git.objects import existing
from orchestrator.git.process import as_lines, stream
from orchestrator.git.raw import FileRow, raw_rows
from orchestrator.git.repository import Repository

RENAMES = 1_000  # git's own limit of files in which it looks for renames by likeness
_WALK = (*CONFIGURED, "-c", "diff.algorithm=myers", "log", *PLAIN, "--no-walk=unsorted")
_COUNT = (*_WALK, "-z", "-M", f"-l{RENAMES}", "--numstat")
_UNCOUNTED = (*_WALK, *RAW)
FILE = "\0"  # between two files of a `CountedCommit`
PART = "\t"  # and between what it says of one
_RENAMED = "\t\0"  # no path, then the old and the new one


class CountedCommit(NamedTuple):
    """A commit's files, renames by likeness too: lines added, lines deleted ('-' of a binary file), the
    path and of a rename the old path, as one text. '' where it has none, None where git cannot tell: a
    blob is missing or broken.
    """

    id: str
    files: str | None


def count_lines(repo: Repository, commits: Sequence[str]) -> Generator[CountedCommit, None, None]:
    """The lines of each of these commits, in no particular order. They must have at most one parent.

    git gives up at the first missing blob: then the commits that lack one are set aside without
    asking git again, and what still fails is halved until the one that fails is alone.
    """
    waiting = [list(commits)] if commits else []
    while waiting:
        chunk, done, failed = waiting.pop(), set(), False
        try:
            for text, plain in _read(repo, _COUNT, chunk):
                counted = _counted(text, plain)
                done.add(counted.id)
                yield counted
        except OrchError:  # what came before stays; the commit that it failed in did not come
            failed = True
        rest = [commit for commit in chunk if commit not in done]
        if not failed or len(chunk) == 1:
            yield from (CountedCommit(commit, None) for commit in rest)  # gone, or it failed alone
            continue
        whole = _whole(repo, rest)
        yield from (CountedCommit(commit, None) for commit in rest if commit not in whole)
        kept = [commit for commit in rest if commit in whole]
        middle = len(kept) // 2 if len(kept) == len(rest) else 0
        waiting.extend(part for part in (kept[middle:], kept[:middle]) if part)


def changed_blobs(repo: Repository, commits: Sequence[str]) -> Iterator[tuple[str, list[FileRow]]]:
    """The id of each commit and its files; those that git has no more are left out.

    Raises OrchError where git cannot tell: a tree is missing.
    """
    if not commits:
        return
    for text, _plain in _read(repo, _UNCOUNTED, commits):
        commit, _end, told = text.partition("\0")
        yield commit, raw_rows(told)


def file_number(files: str) -> int:
    """How many files a `CountedCommit` has."""
    return files.count(FILE) + 1 if files else 0


def _whole(repo: Repository, commits: list[str]) -> set[str]:
    """Those of the commits whose blobs are all here."""
    wanted: dict[str, set[str]] = {}
    try:
        for commit, files in changed_blobs(repo, commits):
            wanted[commit] = {b for file in files for b in file[2:4] if b and file[2] != file[3]}
    except OrchError:
        return set(commits)  # a tree is missing: git itself has to say at which commit
    here = existing(repo, (blob for blobs in wanted.values() for blob in blobs))
    return {commit for commit, blobs in wanted.items() if blobs <= here.keys()}


def _read(repo: Repository, options: Sequence[str], commits: Sequence[str]) -> Iterator[tuple[str, bool]]:
    mark = os.urandom(8).hex()  # as in `git.log`
    with closing(stream(repo, *options, f"--format=tformat:{mark}%H", input=as_lines(commits))) as chunks:
        yield from records(chunks, mark.encode(), PLAIN_OR_TAB)


def _counted(record: str, plain: bool) -> CountedCommit:
    """An id, then every file: `added TAB deleted TAB path`; of a rename two paths follow instead."""
    commit, _end, told = record.partition("\0")
    told = told[1:-1]
    usual = plain and "\n" not in told and _RENAMED not in told and told.count(PART) == 2 * file_number(told)
    return CountedCommit(commit, told if usual else _cleaned(told))


def _cleaned(told: str) -> str:
    tokens = iter(told.split("\0") if told else ())
    return FILE.join(_file(token, tokens) for token in tokens)


def _file(token: str, tokens: Iterator[str]) -> str:
    added, deleted, path = token.split(PART, 2)
    if path:
        return PART.join((added, deleted, flat(path)))
    old = flat(next(tokens))
    return PART.join((added, deleted, flat(next(tokens)), old))
