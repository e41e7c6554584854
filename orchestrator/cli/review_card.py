"""One insight on one screen: what it says, why it was found, what validation says, what would go where."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from orchestrator.app.reviewing import Waiting
from orchestrator.i18n import _, current, ngettext
from orchestrator.terminal import Painted, Style, clip, clipped, display_width, visible
from orchestrator.wishes import Wish
from orchestrator.words import kind_name, short_id, word

Line = tuple[Painted, ...]
MARGIN = 2
WIDE = 100  # columns at most: longer lines are hard to read
# Lines at most of title, why, validation and places; on a small screen the next ones, to give the text room.
SIZES = ((2, 3, 4, 4), (2, 2, 2, 2), (1, 1, 1, 1))


@dataclass(frozen=True, slots=True)
class Card:
    """A card for `columns` by `rows`, without what is printed below it; `place` is its number and how many
    there are.
    """

    style: Style
    columns: int
    rows: int

    def lines(self, w: Waiting, place: tuple[int, int], said: str = "") -> list[Line]:
        """Everything that fits; what was left out says so. `said` is a decision made on it just now."""
        around: list[Line] = []
        below: list[Line] = []
        room = 0
        for title, why, validation, sent in SIZES:
            around = [self._head(w, place, said), *self._title(w, title)]
            below = [
                *self._section(_("why"), _why(w), why),
                *self._section(_("validation"), _validation(w), validation),
                *self._section(_("would go to"), _sent(w), sent),
            ]
            room = self.rows - len(around) - len(below) - 2
            if room >= len(self._text(w, room)):
                break
        text = self._text(w, max(1, room))
        return [*around, *([self._blank(), *text] if text else []), self._blank(), *below]

    def everything(self, w: Waiting, place: tuple[int, int]) -> list[Line]:
        """The whole of it, the rendered texts of each remote too."""
        many = 10_000
        found = [self._head(w, place, ""), *self._title(w, many), self._blank(), *self._text(w, many)]
        found += [self._blank(), *self._section(_("why"), [*_why(w), *_evidence(w)], many)]
        found += self._section(_("validation"), _validation(w), many)
        for wish in w.would_send:
            found += [self._blank(), self._rule(_place(wish))]
            found += [(self.style.bold(part),) for part in self._wrapped(wish.entry.title, 0)]
            found += [(self._plain(part),) for part in self._paragraphs(wish.entry.body, 0)]
            if wish.entry.labels:
                found += [(self.style.dim(p),) for p in self._wrapped(" ".join(wish.entry.labels), 0)]
        return found

    # ---------------------------------------------------------------- parts

    def _head(self, w: Waiting, place: tuple[int, int], said: str) -> Line:
        i = w.insight
        where = f"{i.company} · {i.created_at[:10]} · {i.id.removeprefix('i1-')[:8]}"
        count = self.style.bold(f"[{place[0]}/{place[1]}]")
        answer = self.style.green(f"  {said}") if said else self._plain("")
        return tuple(clipped((count, self.style.dim(f" {where}"), answer), self.columns))

    def _title(self, w: Waiting, limit: int) -> list[Line]:
        r = w.insight.record
        found = self._wrapped(f"{kind_name(r.kind, current())}: {r.title}", 0)
        return [(self.style.bold(part),) for part in self._cut(found, limit)]

    def _text(self, w: Waiting, room: int) -> list[Line]:
        """The content; left out where it only repeats the title."""
        r = w.insight.record
        if r.content == r.title:
            return []
        found = list(self._paragraphs(r.content, MARGIN))
        hidden = len(found) - room
        if hidden <= 0:
            return [(self._plain(" " * MARGIN + part),) for part in found]
        hidden += 1  # the line that says so takes one's place
        more = ngettext("… {n} more line (m)", "… {n} more lines (m)", hidden).format(n=hidden)
        kept = [(self._plain(" " * MARGIN + part),) for part in found[: room - 1]]
        return [*kept, (self.style.dim(" " * MARGIN + more),)]

    def _section(self, name: str, sentences: Sequence[str], limit: int) -> list[Line]:
        """A heading in the first column, one sentence a line beside it, wrapped only if there is room."""
        width = max(display_width(_(n)) for n in HEADINGS) + 2
        lines = [part for s in sentences for part in self._wrapped(s, width)]
        if len(lines) > limit:
            lines = [visible(s) for s in sentences]
        heads = [name] + [""] * (len(lines) - 1)
        shown = list(zip(heads, lines, strict=False))
        if len(shown) > limit:
            hidden = len(shown) - limit + 1
            text = ngettext("… {n} more (m)", "… {n} more (m)", hidden).format(n=hidden)
            shown = [*shown[: limit - 1], ("", text)]
        room = max(1, self.columns - width)
        return [
            (self.style.dim(head + " " * (width - display_width(head))), clip(self._plain(text), room))
            for head, text in shown
        ]

    def _rule(self, name: str) -> Line:
        return (self.style.dim(f"── {name} " + "─" * max(2, self.columns - display_width(name) - 5)),)

    def _blank(self) -> Line:
        return (self._plain(""),)

    def _plain(self, text: str) -> Painted:
        return self.style.paint(text)

    def _cut(self, lines: list[str], limit: int) -> list[str]:
        return lines if len(lines) <= limit else [*lines[: limit - 1], lines[limit - 1][:-1] + "…"]

    def _wrapped(self, text: str, margin: int) -> list[str]:
        return wrap(visible(" ".join(text.split())), max(10, self.columns - margin))

    def _paragraphs(self, text: str, margin: int) -> Iterator[str]:
        for line in visible(text, newline=True).split("\n"):
            indent = line[: len(line) - len(line.lstrip())]
            yield from wrap(line, max(10, self.columns - margin), indent)


HEADINGS = ("why", "validation", "would go to")


def wrap(text: str, columns: int, indent: str = "") -> list[str]:
    """Break visible text at spaces so that no line is wider than `columns`; a longer word is broken too."""
    lines, line = [], ""
    for piece in text.strip().split(" ") if text.strip() else ():
        for part in _pieces(piece, columns - len(indent)):
            joined = f"{line} {part}" if line.strip() else indent + part
            if display_width(joined) > columns and line.strip():
                lines.append(line)
                joined = indent + part
            line = joined
    return [*lines, line]


def _pieces(piece: str, columns: int) -> Iterator[str]:
    """A word in parts of at most `columns`."""
    part = ""
    for character in piece:
        if display_width(part + character) > columns and part:
            yield part
            part = ""
        part += character
    yield part


def _why(w: Waiting) -> list[str]:
    """The score with its reasons, and where it was seen."""
    i = w.insight
    score = _("score {score}").format(score=f"{i.score:.2f}")
    found = [f"{score}: {'; '.join(i.reasons)}" if i.reasons else score]
    if w.echoes:
        text = _("says the same as {id}, which was withdrawn: a yes shares it again")
        found.insert(0, text.format(id=short_id(w.echoes)))
    if i.evidence:
        first = i.evidence[0]
        paths = ", ".join(first.paths[:2]) + (", …" if len(first.paths) > 2 else "")
        told = _("commit {id}").format(id=first.commit[:8]) + (f": {paths}" if paths else "")
        more = len(i.evidence) - 1
        found.append(told + (f" (+{more})" if more else ""))
    return found


def _evidence(w: Waiting) -> list[str]:
    return [f"{e.commit[:12]} {', '.join(e.paths)}".rstrip() for e in w.insight.evidence]


def _validation(w: Waiting) -> list[str]:
    """What was found and where, never the value."""
    return list(w.explanations) or [word(w.verdict.outcome.value)]


def _sent(w: Waiting) -> list[str]:
    """One line a remote: where, and under which title."""
    found = [f"{_place(wish)}: {wish.entry.title}" for wish in w.would_send]
    return found or [_("nowhere")]


def _place(wish: Wish) -> str:
    """`global.issues (jira ORCH)`: a remote's name, its vendor and the place there."""
    vendor, _colon, rest = wish.target.partition(":")
    vendor, where = _("folder") if vendor == "folder" else vendor, rest.rpartition("#")[2]
    return f"{wish.remote} ({' '.join(filter(None, (vendor, where)))})"
