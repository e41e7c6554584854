"""Reading and cutting the prose of people: paragraphs, sentences, length limits, folding."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

TITLE_LIMIT = 200
CONTENT_LIMIT = 4_000
LINE_LIMIT = 2_000
READ_LIMIT = 20_000  # characters of one text that are looked at; the rest is not prose of a person
MESSAGE_LIMIT = 1_000_000  # characters of a commit's message in which trailers are looked for

_FENCE = re.compile(r"^\s*(```|~~~)")
_BULLET = re.compile(r"^\s{0,8}(?:[-*+•]|\d{1,3}[.)])\s+")
_TABLE = re.compile(r"\|.*\||\S {3,}\S.* {3,}\S")
_NOT_PROSE = re.compile(
    r"^(?: {4,}|>|diff --git|@@ |[+-]{3} |\$ |# |\|"
    r"|goroutine \d|panic: |Traceback |at [\w.$]+\(|File \"|\[signal )"
)
_SENTENCE_END = re.compile(r"(?<=[.!?…])\s+(?=[\"'“(\[`]?[^\W\d_a-z])")
_ABBREVIATED = re.compile(
    r"(?:^|[\s(\[\"'“])(?:[^\W\d_a-zß-ÿ]|(?i:sra?s?|dra?s?|profa?s?|eng|adv|exm[oa]|mrs?|ms|av|arts?|incs?"
    r"|n[º°o]?s?|n[úu]m|p[áa]gs?|fls?|tel|p|ex|cf|vs|fig|e\.g|i\.e|approx))\.$"
)  # one capital is of a name: "Diego R. Oliveira"
_DROPPED_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})


class _Characters(dict[int, str | None]):
    """What becomes of each character, for `str.translate`; worked out once for those of most scripts."""

    def __init__(self, becomes: Callable[[str], str | None]) -> None:
        self._becomes = becomes

    def __missing__(self, code: int) -> str | None:
        found = self._becomes(chr(code))
        if code < _COMMON:
            self[code] = found
        return found


def _folded(character: str) -> str:
    return (unicodedata.normalize("NFD", character)[0].lower() or character)[0]


def _kept(character: str) -> str | None:
    kept = character == "\n" or unicodedata.category(character) not in _DROPPED_CATEGORIES
    return character if kept else None


_COMMON = 0x3000  # where the tens of thousands of East Asian characters begin: a table stays small
_FOLDED, _KEPT = _Characters(_folded), _Characters(_kept)


def fold(text: str) -> str:
    """Lower case without accents, one character for one: offsets stay those of NFC `text`."""
    return text.lower() if text.isascii() else text.translate(_FOLDED)


def printable(text: str) -> str:
    """NFC text without control, format (bidi), surrogate and unassigned characters; keeps newlines."""
    text = text.replace("\r\n", "\n").expandtabs(4)
    return unicodedata.normalize("NFC", text.translate(_KEPT))


def one_line(text: str, limit: int = TITLE_LIMIT) -> str:
    """A text on one line of at most `limit` characters, cut at a word with an ellipsis."""
    line = " ".join(text.split())
    if len(line) <= limit:
        return line
    return _at_a_word(line[: limit - 1]).rstrip(" ,;:-–—") + "…"


def cut(text: str, limit: int = CONTENT_LIMIT) -> str:
    """A text of at most `limit` characters, cut behind a sentence (or a word), with an ellipsis."""
    text = text.strip()
    if len(text) <= limit:
        return text
    head = text[: limit - 2]
    ends = [m.end() for m in re.finditer(r"[.!?](?=\s)", head)]
    if ends and ends[-1] > limit // 2:
        return head[: ends[-1]] + " …"
    return _at_a_word(head).rstrip() + " …"


def _at_a_word(head: str) -> str:
    """Cut back to the last blank, unless that would lose more than half (one endless word)."""
    start = head.rpartition(" ")[0]
    return start if len(start) * 2 > len(head) else head


def items(text: str) -> int:
    """How many lines of a text begin an item of a list."""
    return sum(bool(_BULLET.match(line)) for line in text[:READ_LIMIT].split("\n"))


def blocks(text: str) -> list[str]:
    """The prose of a text: paragraphs and list items, each on one line.

    Code fences, indented code, quotations, tables and diffs are left out.
    """
    found: list[str] = []
    fenced = fresh = False
    for line in (long[:LINE_LIMIT].rstrip() for long in text[:READ_LIMIT].split("\n")):
        if _FENCE.match(line):
            fenced, fresh = not fenced, False
        elif fenced or not line:
            fresh = False
        elif bullet := _BULLET.match(line):
            found.append(line[bullet.end() :].strip())
            fresh = True
        elif fresh and not _TABLE.search(line):
            found[-1] += " " + line.strip()
        elif not (_TABLE.search(line) or _NOT_PROSE.match(line)):
            found.append(line.strip())
            fresh = True
    return [block for block in found if block]


def sentences(block: str) -> list[str]:
    """The sentences of one block of prose."""
    found, start = [], 0
    for end in _SENTENCE_END.finditer(block):
        if not _ABBREVIATED.search(block, max(start, end.start() - 12), end.start()):
            found.append(block[start : end.start()])
            start = end.end()
    return [s for s in (*found, block[start:]) if s]


def words(text: str) -> int:
    """How many words a text has."""
    return sum(1 for w in text.split() if any(c.isalpha() for c in w))
