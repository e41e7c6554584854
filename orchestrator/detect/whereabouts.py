"""Takes out of a text where things lie: paths in every spelling, branches, commits.

DESIGN rule 6: never a path, a branch, a commit of the company's tree. The words are the author's; a
file's own name and what is no path (`and/or`, `application/json`, `java.util.List`) stay.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

GONE = "…"  # in the place of a folder, a branch, a commit

_PART = r"[\w@.+-]{1,100}"
_SLASHED = re.compile(rf"(?<![\w/.:@-])(?:\.{{0,2}}/)?{_PART}(?:(?:/{_PART}){{1,30}}/?|/)")
_BACKSLASHED = re.compile(rf"(?<![\w\\])(?:[A-Za-z]:\\)?{_PART}(?:\\{_PART}){{1,30}}\\?")
_DOTTED = re.compile(r"(?<![\w./\\@-])[\w-]{1,100}(?:\.[\w-]{1,100}){1,30}(?![\w@/\\-]|\.\w|\()")
_FILE_URL = re.compile(r"(?i)\bfile:/{1,3}[^\s<>\"'`)\]]{1,400}")
_HAS_EXTENSION = re.compile(r"[/\\][\w@+-][\w@.+-]*\.[A-Za-z]\w{0,7}$")
_ORDINARY = re.compile(rf"{_PART}(?:/{_PART})*")
_BRANCH = re.compile(
    r"(?i)(?<![\w/.-])(?:(?:refs/heads|origin|upstream)/[\w./-]{1,120}|(?:feature|feat|features|hotfix|bugfix|fix|bug|"
    r"release|chore|epic|topic|task|story|wip|user|users|refactor)/(?=[\w./]{0,80}[-_\d])[\w./-]{1,120})(?<![./])"
)
_BRANCH_NAMED = re.compile(
    r"(?i)(?<![\w])((?:branch(?:es)?|ramo|ramifica[cç][aã]o)\s+[\"'`]?)(?=[\w.]{0,80}[-/_])[\w./-]{2,120}(?<![./-])"
)
_COMMIT = re.compile(
    r"(?i)(?<!\w)((?:commits?|sha|revis(?:ão|ao|ion)|rev|revert(?:s|ed|ing|e|eu|ido|endo)?|cherry-pick\w*|desfaz|merge)"
    r"(?:\s+(?:o|the|of|do|from|commit))?\s+[\"'`]?)(?=[a-f]{0,11}\d)[0-9a-f]{7,64}(?!\w)|(?<!\w)(?=[a-f]{0,39}\d)[0-9a-f]{40}(?!\w)"
)


@dataclass(frozen=True, slots=True)
class Tree:
    """What a commit tells of the tree: names of its folders, what lies next to what, unusual paths."""

    folders: frozenset[str]
    beside: frozenset[tuple[str, str]]
    unusual: tuple[str, ...]

    @classmethod
    def of(cls, paths: Iterable[str]) -> Tree:
        """The tree that these paths are of."""
        folders: set[str] = set()
        beside: set[tuple[str, str]] = set()
        unusual: set[str] = set()
        for path in paths:
            *above, name = path.split("/")
            folders.update(above)
            beside.update(pairwise([*above, name]))
            beside.update([(above[-1], name.partition(".")[0])] if above else [])
            if above and not _ORDINARY.fullmatch(path):
                unusual.update((path, f"{path.rpartition('/')[0]}/"))
        return cls(frozenset(folders), frozenset(beside), tuple(sorted(unusual, key=len, reverse=True)))

    def without(self, text: str) -> str:
        """The text without places: of a file its name stays, of a folder, branch or commit nothing."""
        for path in self.unusual:  # a blank or a bracket would end what the patterns take for a path
            for spelt in (path, path.replace("/", "\\")):
                text = text.replace(spelt, path.rpartition("/")[2] or GONE)
        text = _FILE_URL.sub(lambda m: m[0].rstrip("/.").rpartition("/")[2], text)
        text = _COMMIT.sub(lambda m: f"{m[1] or ''}{GONE}", text)
        text = _BRANCH_NAMED.sub(lambda m: f"{m[1]}{GONE}", text)
        text = _BRANCH.sub(GONE, text)
        text = _SLASHED.sub(lambda m: self._cut(m[0], "/"), text)
        text = _BACKSLASHED.sub(lambda m: self._cut(m[0], "\\"), text)
        return _DOTTED.sub(lambda m: self._module(m[0]), text)

    def _cut(self, spelt: str, sign: str) -> str:
        """A path cut down to its file; `and/or`, `CI/CD`, `application/json`, `client/server` stay."""
        parts = [p for p in spelt.split(sign) if p not in ("", ".", "..")]
        if len(parts) < 2:
            return GONE if parts and parts[0] in self.folders and spelt.endswith(sign) else spelt
        known = [p in self.folders for p in parts]
        near = [pair in self.beside for pair in pairwise(parts)]
        rooted = spelt[0] in "./" or spelt[1:3] == ":\\" or (sign == "/" and spelt.endswith(sign))
        if not (rooted or _HAS_EXTENSION.search(spelt) or any(near) or (any(known) and not all(known))):
            return spelt
        return GONE if known[-1] and (near[-1] or spelt.endswith(sign)) else parts[-1]

    def _module(self, spelt: str) -> str:
        """`clientes.padaria.leitor` for `clientes/padaria/leitor.py`: its last part."""
        parts = spelt.split(".")
        return parts[-1] if all(pair in self.beside for pair in pairwise(parts)) else spelt
