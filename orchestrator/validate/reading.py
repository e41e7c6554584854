r"""Markdown as people will read it: one more form of a text, at its places in the text itself.

Issues and pages are rendered from Markdown. What stands apart in the source may stand together there:
`529\\.982` and `529&#46;982` are read as `529.982`, `AKIA**QWERTY**` as one word, a line end within a
paragraph as a blank (CommonMark 0.31: 2.4, 2.5, 6.2, 6.7). Only the paragraphs in which that joins
something are made, so that ordinary text costs no second scan. More is undone than a renderer would
(also within code, and HTML, which others than ours render): a form too many hides nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from typing import NamedTuple

from orchestrator.validate.view import View

_ESCAPED = re.compile(r"\\([!-/:-@\[-`{-~])")
_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9A-Fa-f]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
_MARK = re.compile(r"[*`~<!\[\]]")
# An underscore within a word is one (`ghp_…`); emphasis begins before a word and ends behind one.
_UNDERSCORED = re.compile(r"(?<![\w\\])(?P<open>_{1,3})(?=[^\s_])[^_\n]{1,200}(?P<close>(?P=open))(?!\w)")
# What is not shown: emphasis, strike, code marks, HTML, the brackets and the target of a link.
_MARKS = re.compile(
    r"(?:[*`~]|<!--.{0,500}?-->|</?[A-Za-z][^<>\n]{0,100}>|!?\[(?=[^\[\]\n]{1,200}\]\()"
    r"|\]\([^()\s]{0,500}(?:[ \t][\"'][^\"'\n]{0,200}[\"'])?\))+",
    re.DOTALL,
)
_JOINS_LEFT = re.compile(r"[\w.@/+;-]")
_JOINS_RIGHT = re.compile(r"\w|[.@/+-]\S|\\[!-/:-@\[-`{-~]|&[#A-Za-z]")
_LINE_END = re.compile(
    r"\n[ \t>]{0,40}(?=(?P<point>[-./_])?\d|@[\w-]{1,63}\.[a-z]|(?:com|net|org|gov|edu|br)(?!\w))"
)
_CUT_AT = re.compile(r"@([ \t\r\\]{0,8}\n[ \t>]{0,40})(?=\w)")
_CUT_NUMBER = re.compile(r"\d[-./_]?\Z")
_CUT_ADDRESS = re.compile(r"@(?:[\w-]{1,63}\.){1,4}\Z")
_REACH = 100


class _Change(NamedTuple):
    """`text[start:end]` is read as `shown`."""

    start: int
    end: int
    shown: str


def read(text: str) -> View | None:
    """The paragraphs of a text that are read otherwise than they are written; None where there is none."""
    changes = list(_apart(sorted(_changes(text))))
    return _View(text).made(changes) if changes else None


class _View:
    """Paragraphs of a text with changes made, and where each of their characters comes from."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._pieces: list[str] = []
        self._starts: list[int] = []
        self._ends: list[int] = []

    def made(self, changes: list[_Change]) -> View:
        """The view of the paragraphs that the changes, in their order and apart, lie in."""
        at = until = 0
        for change in changes:
            if change.start >= until:
                self._copy(at, until)
                at, until = _paragraph(self._text, change.start)
                self._put("\n\n", at, at)
            self._copy(at, change.start)
            self._put(change.shown, change.start, change.end)
            at = change.end
            until = max(until, at)
        self._copy(at, until)
        return View("".join(self._pieces), self._starts, self._ends)

    def _copy(self, start: int, end: int) -> None:
        self._pieces.append(self._text[start:end])
        self._starts += range(start, end)
        self._ends += range(start + 1, end + 1)

    def _put(self, shown: str, start: int, end: int) -> None:
        self._pieces.append(shown)
        self._starts += [start] * len(shown)
        self._ends += [end] * len(shown)


def _paragraph(text: str, place: int) -> tuple[int, int]:
    start, end = text.rfind("\n\n", 0, place), text.find("\n\n", place)
    return (start + 2 if start >= 0 else 0), (end if end >= 0 else len(text))


def _apart(changes: list[_Change]) -> Iterator[_Change]:
    """Of changes in their order, those that begin where none before them reaches."""
    last = 0
    for change in changes:
        if change.start >= last:
            yield change
            last = change.end


def _changes(text: str) -> Iterator[_Change]:
    for found in _ESCAPED.finditer(text):
        yield _Change(*found.span(), found[1])
    for found in _ENTITY.finditer(text):
        shown = unescape(found[0])
        if shown != found[0]:
            yield _Change(*found.span(), shown)
    last = 0
    for mark in _MARK.finditer(text):
        place = mark.start()
        if place >= last and place and _JOINS_LEFT.match(text, place - 1):
            run = _MARKS.match(text, place)
            if run and _JOINS_RIGHT.match(text, run.end()):
                last = run.end()
                yield _Change(place, last, "")
    for pair in _UNDERSCORED.finditer(text) if "_" in text else ():
        if pair.start() and _JOINS_LEFT.match(text, pair.start() - 1):
            yield _Change(*pair.span("open"), "")
        if _JOINS_RIGHT.match(text, pair.end()):
            yield _Change(*pair.span("close"), "")
    yield from _line_ends(text)


def _line_ends(text: str) -> Iterator[_Change]:
    """Line ends within a number or an address: a blank is read there, and none beside a point or an @."""
    for found in _CUT_AT.finditer(text):
        yield _Change(*found.span(1), "")
    for found in _LINE_END.finditer(text):
        before = text[max(0, found.start() - _REACH) : found.start()].rstrip(" \t\r\\")
        start = max(0, found.start() - _REACH) + len(before)
        following = text[found.end() : found.end() + 1]
        if found["point"] or following.isdigit():
            if _CUT_NUMBER.search(before):
                close = found["point"] or not before[-1].isdigit()
                yield _Change(start, found.end(), "" if close else " ")
        elif before[-1:].isalnum() if following == "@" else _CUT_ADDRESS.search(before):
            yield _Change(start, found.end(), "")
