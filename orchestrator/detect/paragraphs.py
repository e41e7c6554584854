"""A commit message as paragraphs, and the commits that a squash put together in it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})(.*)")
_SEPARATOR = re.compile(r"-{3,}")
_LISTED = re.compile(r"commit [0-9a-f]{7,64}\b.*")  # by which `git merge --squash` begins each commit
_INDENT = " " * 4  # of a message that `git log` lists


class Paragraph(NamedTuple):
    """Lines without an empty one between; `fenced` when one of them lies in a Markdown fence."""

    lines: tuple[str, ...]
    fenced: bool = False

    @property
    def is_separator(self) -> bool:
        """A rule, as GitHub draws it between what was squashed and those who wrote it."""
        return len(self.lines) == 1 and bool(_SEPARATOR.fullmatch(self.lines[0]))

    @property
    def begins_commit(self) -> bool:
        """`* subject`, by which a forge begins each commit of a squash; items of a list stand close."""
        items = [place for place, line in enumerate(self.lines) if line.startswith("* ")]
        return items == [0] and not self.fenced

    @property
    def lists_commit(self) -> bool:
        """`commit …`, `Author: …`, as `git log` and `git merge --squash` begin each commit."""
        lines = self.lines
        return len(lines) > 1 and bool(_LISTED.fullmatch(lines[0])) and "Author: " in "\n".join(lines[1:3])


def paragraphs(message: str) -> list[Paragraph]:
    """The paragraphs of a message. A fence that nobody closes goes on to the end (CommonMark 4.5)."""
    found: list[Paragraph] = []
    lines: list[str] = []
    fenced, mark = False, ""
    for line in [*message.split("\n"), ""]:
        if not line.strip(" \t\r\v\f"):
            if lines:
                found.append(Paragraph(tuple(lines), fenced))
            lines, fenced = [], bool(mark)
        elif mark or not line.startswith("#"):  # a comment that git left in; it counts for nothing
            before, mark = mark, _fence_after(mark, line)
            fenced = fenced or bool(before or mark)
            lines.append(line.rstrip())
    return found


def _fence_after(mark: str, line: str) -> str:
    """The mark of the fence that is open behind a line, '' for none."""
    found = _FENCE.fullmatch(line.rstrip())
    if found is None:
        return mark
    if not mark:
        return "" if found[1][0] == "`" and "`" in found[2] else found[1]
    return "" if found[1].startswith(mark) and not found[2].strip() else mark


def commits(message: str) -> list[list[Paragraph]]:
    """The paragraphs of each commit of a squash, what is of none of them first.

    One list for a message that is no squash: a single `* ` is an item of a list.
    """
    found = paragraphs(message)
    if any(each.lists_commit for each in found[1:]):
        return _listed(found)
    starts = [place for place, each in enumerate(found) if place and each.begins_commit]
    if len(starts) < 2:
        return [found]
    return [found[start:end] for start, end in zip([0, *starts], [*starts, len(found)], strict=True)]


def _listed(found: Iterable[Paragraph]) -> list[list[Paragraph]]:
    """The commits that git lists: their messages are indented, what is not is of the squash itself."""
    own: list[Paragraph] = []
    messages: list[list[str]] = []
    for each in found:
        if own and each.lists_commit:
            messages.append([])
        elif messages and all(line.startswith(_INDENT) for line in each.lines):
            messages[-1] += [*(line.removeprefix(_INDENT) for line in each.lines), ""]
        else:
            own.append(each)
    return [own, *(paragraphs("\n".join(lines)) for lines in messages)]


def joined(found: Iterable[Sequence[str]]) -> str:
    """Lines of paragraphs as one text."""
    return "\n\n".join("\n".join(lines) for lines in found)
