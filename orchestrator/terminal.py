"""The one printer of untrusted text, and the little styling that orch's output has.

Text from commits, configuration and remotes may carry escape sequences, bidirectional overrides
or invisible characters. `visible` makes each of them plain to see; `Style` and `table` apply it to
whatever they are given, so that only this module ever emits an escape sequence.

Plain lines instead of rich: its tables alone cost as much to import as click does (38 ms against
39 ms), and `orch status` may take four times click.
"""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import IO, Literal

Colour = Literal["bold", "dim", "red", "green", "yellow"]
_SGR: Mapping[str, str] = {"bold": "1", "dim": "2", "red": "31", "green": "32", "yellow": "33"}
_SHORT = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}

# Characters that Unicode counts as letters or marks but that no terminal draws (its property
# Default_Ignorable_Code_Point, less the two variation selectors that ordinary emoji carry).
_BLANK = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u3164\uffa0") | frozenset(
    map(chr, (*range(0xFE00, 0xFE0E), *range(0xE0100, 0xE01F0)))
)


def visible(text: str, *, newline: bool = False) -> str:
    r"""Show every character that could move, hide or reorder text: `\x1b`, `<U+202E>`.

    C0, DEL and C1 become `\xNN` (`\n`, `\r`, `\t` their usual names); format characters (bidi,
    zero-width, tags), line and paragraph separators, lone surrogates, private and unassigned code
    points become `<U+NNNN>`. With `newline` line feeds stay, for text that is printed as a block.
    The result can always be encoded in UTF-8; ordinary text comes back unchanged.
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(c if newline and c == "\n" else _shown(c) for c in text)


def _shown(character: str) -> str:
    if character in _BLANK:
        return f"<U+{ord(character):04X}>"
    if character.isprintable() or unicodedata.category(character) == "Zs":
        return character
    if unicodedata.category(character) == "Cc":
        return _SHORT.get(character, f"\\x{ord(character):02x}")
    return f"<U+{ord(character):04X}>"


class Painted(str):
    """Text that this module has made visible and styled; `plain` is what the eye sees."""

    __slots__ = ("codes", "plain")
    plain: str
    codes: str

    def __new__(cls, plain: str, codes: str) -> Painted:
        """`plain` must come out of `visible`; `codes` are SGR numbers, '' for none."""
        painted = super().__new__(cls, f"\x1b[{codes}m{plain}\x1b[0m" if codes and plain else plain)
        painted.plain, painted.codes = plain, codes
        return painted


@dataclass(frozen=True, slots=True)
class Style:
    """Colour for states, off where it would hurt. Words must say the same without it."""

    enabled: bool = False

    @classmethod
    def of(cls, stream: IO[str], environ: Mapping[str, str] = os.environ) -> Style:
        """Decide for a stream: NO_COLOR, then FORCE_COLOR, then TERM=dumb, then isatty."""
        if environ.get("NO_COLOR"):
            return cls(False)
        if environ.get("FORCE_COLOR", "0") not in ("", "0"):
            return cls(True)
        return cls(environ.get("TERM") != "dumb" and stream.isatty())

    def paint(self, text: str, *colours: Colour) -> Painted:
        """Make text visible and give it the colours; painted text keeps its own beside them."""
        inner = text.codes if isinstance(text, Painted) else ""
        plain = text.plain if isinstance(text, Painted) else visible(text)
        codes = ";".join(filter(None, (inner, *(_SGR[c] for c in colours))))
        return Painted(plain, codes if self.enabled else "")

    def bold(self, text: str) -> Painted:
        """Bold, for headings."""
        return self.paint(text, "bold")

    def dim(self, text: str) -> Painted:
        """Dim, for what matters least."""
        return self.paint(text, "dim")

    def red(self, text: str) -> Painted:
        """Red, for what failed or was refused."""
        return self.paint(text, "red")

    def green(self, text: str) -> Painted:
        """Green, for what is done."""
        return self.paint(text, "green")

    def yellow(self, text: str) -> Painted:
        """Yellow, for what waits for somebody."""
        return self.paint(text, "yellow")


def display_width(text: str) -> int:
    """Terminal columns of visible text: wide and fullwidth count two, combining marks none."""
    return sum(map(_columns, text.plain if isinstance(text, Painted) else text))


def _columns(character: str) -> int:
    if character.isascii():
        return 1
    if unicodedata.category(character) in ("Mn", "Me"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in ("W", "F") else 1


def clip(text: Painted, columns: int) -> Painted:
    """Cut painted text to at most `columns` columns, with `…` in place of what was cut."""
    if display_width(text) <= columns:
        return text
    kept, used = "", 0
    for character in text.plain:
        used += _columns(character)
        if used > columns - 1:
            break
        kept += character
    return Painted(kept + "…" if columns > 0 else "", text.codes)


def clipped(parts: Iterable[str], columns: int) -> list[Painted]:
    """The parts of one line, made visible, together at most `columns` wide."""
    kept: list[Painted] = []
    for part in parts:
        painted = part if isinstance(part, Painted) else Painted(visible(part), "")
        left = columns - sum(map(display_width, kept))
        kept.append(clip(painted, left))
        if display_width(painted) > left:
            break
    return kept


def table(
    rows: Iterable[Sequence[object]],
    headers: Sequence[str] = (),
    width: int | None = None,
) -> str:
    """Lay rows out in aligned columns, two spaces apart; numbers stand to the right.

    Cells are texts (made visible here), `Painted` texts (kept) or numbers. `width` is the number of
    columns of the terminal: the widest column gives way until the lines fit (None: no limit).
    """
    cells = [[_cell(value) for value in row] for row in ((headers,) if headers else ())]
    body = [list(row) for row in rows]
    right = {i for row in body for i, v in enumerate(row) if isinstance(v, int | float)}
    cells += [[_cell(value) for value in row] for row in body]
    if not cells:
        return ""
    count = max(map(len, cells))
    cells = [row + [Painted("", "")] * (count - len(row)) for row in cells]
    widths = _fit([max(map(display_width, column)) for column in zip(*cells, strict=True)], width)
    return "\n".join(_line(row, widths, right) for row in cells)


def _cell(value: object) -> Painted:
    return value if isinstance(value, Painted) else Painted(visible(str(value)), "")


def _fit(widths: list[int], limit: int | None) -> list[int]:
    """Narrow the widest columns, down to the next widest in turn, until `limit` columns hold all."""
    excess = 0 if limit is None else sum(widths) + 2 * (len(widths) - 1) - limit
    while excess > 0 and max(widths) > 1:
        widest = widths.index(max(widths))
        others = max((w for i, w in enumerate(widths) if i != widest), default=1)
        step = max(1, min(excess, widths[widest] - max(others, 1)))
        widths[widest] -= step
        excess -= step
    return widths


def _line(row: Sequence[Painted], widths: Sequence[int], right: set[int]) -> str:
    parts = []
    for index, (cell, columns) in enumerate(zip(row, widths, strict=True)):
        cut = clip(cell, columns)
        space = " " * (columns - display_width(cut))
        parts.append(space + cut if index in right else cut + space)
    return "  ".join(parts).rstrip(" ")
