"""What commits came before others, with their subjects: listed once for all that a reading asks.

Each question by itself is a process that walks thousands of commits; a history with 200 reverts asks 600.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

from orchestrator.git.lineage import follows
from orchestrator.git.process import as_lines, run
from orchestrator.git.repository import Repository

LOOKED_THROUGH = 5_000  # commits before another among which a subject is looked for: some 50 ms
_SOME, _MOST = 10_000, 60_000  # commits of a list: of some, of all; some 400 bytes each
_REQUEST = re.compile(r"\(#(\d{1,9})\)\Z")


class Ancestry:
    """A list of commits, the newest first: of what is asked about, and where that is not all, of all.

    `tips` are up to where the reading goes.
    """

    def __init__(self, repo: Repository, tips: Iterable[str]) -> None:
        self._repo, self._tips = repo, list(dict.fromkeys(tips))
        self._whole = False
        self._ids: list[str] = []
        self._parents: list[list[str]] = []
        self._place: dict[str, int] = {}
        self._saying: dict[str, list[int]] = {}

    def listed(self, commit: str, beside: Sequence[str]) -> None:
        """Have what came before a commit in the list; `beside` are those that will be asked about next."""
        if self._ids and self._tips and not self._is_listed(commit):  # a long reading
            self._list(self._tips, _MOST)
            self._tips = []
        for together in ([commit, *beside], [commit]):
            if not self._is_listed(commit):
                self._list(together, _SOME)

    def _is_listed(self, commit: str) -> bool:
        place = self._place.get(commit)
        return place is not None and (self._whole or place + LOOKED_THROUGH < len(self._ids))

    def follows(self, commit: str, older: str) -> bool:
        """True when `commit` comes after `older`; the list tells a yes, else git is asked."""
        end = self._place.get(older)
        if end is not None and commit in self._place and commit != older:
            waiting, met = [commit], set[str]()
            while waiting:
                for each in self._parents[self._place[waiting.pop()]]:
                    if each == older:
                        return True
                    if each not in met and self._place.get(each, end) < end:
                        met.add(each)
                        waiting.append(each)
        return follows(self._repo, commit, older)

    def saying(self, commit: str, subject: str) -> Iterator[str]:
        """What came before a commit with that subject, or `(#N)` at the end of one, the newest first."""
        place = self._place[commit]
        for at in self._saying.get(subject, ()):
            if place < at <= place + LOOKED_THROUGH and self.follows(commit, self._ids[at]):
                yield self._ids[at]

    def _list(self, commits: Sequence[str], limit: int) -> None:
        options = ("rev-list", f"--max-count={limit:d}", "--pretty=tformat:%P%n%s", "--stdin")
        lines = run(self._repo, *options, input=as_lines(commits)).decode("utf-8", "replace").split("\n")
        self._ids = [line.removeprefix("commit ") for line in lines[:-1:3]]
        self._parents = [line.split() for line in lines[1::3]]
        self._place = {each: at for at, each in enumerate(self._ids)}
        said = defaultdict[str, list[int]](list)
        for at, subject in enumerate(lines[2::3]):
            said[subject].append(at)
            if request := _REQUEST.search(subject):
                said[request[0]].append(at)
        self._saying = dict(said)
        self._whole = len(self._ids) < limit
