"""`orch review` on a terminal: one screen an insight, one key a decision."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass, field

import click

from orchestrator.app import editing, reviewing
from orchestrator.app.reviewing import Waiting
from orchestrator.app.workspace import Workspace
from orchestrator.cli.options import as_text
from orchestrator.cli.output import Output
from orchestrator.cli.question import pressed, typed
from orchestrator.cli.review_card import WIDE, Card, wrap
from orchestrator.cli.review_keys import explained, menu, said
from orchestrator.errors import RefusedError, UserError
from orchestrator.i18n import _, ngettext
from orchestrator.terminal import display_width

Edit = Callable[[Waiting], Waiting | None]
LEFT, RIGHT, END = "\x1b[D", "\x1b[C", "\x04"  # arrows, and Ctrl-D
ESCAPE = "\x1b"


@dataclass(frozen=True, slots=True)
class Done:
    """A decision of this session: on which screen, and in a word."""

    number: int
    action: str
    said: str


@dataclass(slots=True)
class Session:
    """The screens of one sitting; `at` is the one shown, counted from 0."""

    output: Output
    workspace: Workspace
    screens: list[Waiting]
    edit: Edit
    at: int = 0
    done: list[Done] = field(default_factory=list)

    def run(self) -> None:
        """Ask for each insight until the last is answered or the person leaves."""
        while self.at < len(self.screens):
            self._show()
            while (key := self._key()) not in self._keys():
                self.output.note(_("no such key; ? tells them"))
            if key in ("q", END, ""):
                break
            try:
                self._press(key)
            except (click.Abort, KeyboardInterrupt):
                self._say(_("nothing was decided"))
            except (UserError, RefusedError) as e:
                self._say(e.message)
                self._renew()
        self._farewell()

    # ---------------------------------------------------------------- keys

    def _keys(self) -> dict[str, Callable[[], None]]:
        return {
            "a": lambda: self._decide("approve"),
            "A": lambda: self._decide("approve", "good"),
            "r": lambda: self._refuse(""),
            "v": lambda: self._refuse("version"),
            "e": self._edit,
            "x": self._hide,
            "u": self._undo,
            "s": self._next,
            RIGHT: self._next,
            "b": self._back,
            LEFT: self._back,
            "m": self._more,
            "?": self._help,
            **dict.fromkeys(("q", END, ""), lambda: None),
        }

    def _press(self, key: str) -> None:
        self._keys()[key]()

    def _key(self) -> str:
        """One key. Capital letters count only where they are keys of their own."""
        self.output.note(self.output.err.bold(f"[{self.at + 1}/{len(self.screens)}] "), _("key (? help): "))
        try:
            key = pressed()
        except EOFError:
            return END
        return key if key in self._keys() else key.lower()

    # ---------------------------------------------------------------- decisions

    def _decide(self, action: str, scope: str = "", reason: str = "") -> None:
        w = self.screens[self.at]
        company, name = w.insight.company, w.insight.id
        if scope == "good" and action == "approve":
            reviewing.require_lasting(w)
        reviewing.answer(self.workspace, company, name, action, reason, w.version, scope)
        self.done.append(Done(self.at, action, said(action, scope)))
        self._say(said(action, scope))
        self._next()

    def _refuse(self, scope: str) -> None:
        self._decide(
            "refuse", scope, _asked(_("why (kept in the audit trail; Enter for none, Esc to go back)"))
        )

    def _undo(self) -> None:
        if not self.done:
            self._say(_("nothing to undo in this sitting"))
            return
        last = self.done[-1]
        w = self.screens[last.number]
        reviewing.answer(self.workspace, w.insight.company, w.insight.id, "ask", "undone")
        self.done.pop()
        self.at = last.number
        self._say(_("undone: {decision}").format(decision=last.said))

    def _edit(self) -> None:
        changed = self.edit(self.screens[self.at])
        if changed is None:
            self._say(_("nothing changed"))
        else:
            self.screens[self.at] = changed

    def _hide(self) -> None:
        question = _("words to hide, several with ; between (Enter for none)")
        words = [part.strip() for part in _asked(question).split(";") if part.strip()]
        if not words:
            return
        w = self.screens[self.at]
        self.screens[self.at], missing = editing.hide_words(
            self.workspace, w.insight.company, w.insight.id, words, self.output.note
        )
        if missing:
            self._say(_("not found: {words}").format(words="; ".join(missing)))

    # ---------------------------------------------------------------- going about

    def _next(self) -> None:
        self.at += 1

    def _back(self) -> None:
        self.at = max(0, self.at - 1)

    def _renew(self) -> None:
        """Show what the insight says now: it changed while it was read."""
        w = self.screens[self.at]
        self.screens[self.at] = reviewing.present(self.workspace, w.insight.company, w.insight.id)

    # ---------------------------------------------------------------- screens

    def _show(self) -> None:
        self.output.line()
        for line in self._card().lines(self.screens[self.at], self._place(), self._standing()):
            self.output.line(*line)
        for parts in self._menu(self._card().columns):
            self.output.note(*parts)

    def _more(self) -> None:
        """Screen by screen, so that nothing scrolls away unread."""
        lines = self._card().everything(self.screens[self.at], self._place())
        page = max(5, shutil.get_terminal_size((80, 24)).lines - 1)
        for start in range(0, len(lines), page):
            for line in lines[start : start + page]:
                self.output.line(*line)
            if start + page >= len(lines):
                break
            self.output.note(_("any key shows more, q goes back to the insight"))
            if pressed() in ("q", ESCAPE, END):
                return
        self._pause()

    def _help(self) -> None:
        self.output.line()
        for key, text in explained(self._lasting()):
            first, *rest = wrap(text, self._card().columns - 6)
            self.output.line("  ", self.output.out.bold(key), " " * (4 - display_width(key)), first)
            for part in rest:
                self.output.line(" " * 6, part)
        self._pause()

    def _pause(self) -> None:
        self.output.note(_("any key goes back to the insight"))
        pressed()

    def _card(self) -> Card:
        columns, rows = shutil.get_terminal_size((80, 24))
        wide = min(WIDE, max(40, columns))
        around = len(self._menu(wide)) + 2  # the blank line above, and the prompt
        return Card(self.output.out, wide, max(8, rows - around))

    def _place(self) -> tuple[int, int]:
        return self.at + 1, len(self.screens)

    def _standing(self) -> str:
        """What was decided on this screen in this sitting, if the person came back to it."""
        return next((d.said for d in reversed(self.done) if d.number == self.at), "")

    def _lasting(self) -> bool:
        return self.screens[self.at].may_last

    def _menu(self, columns: int) -> list[list[str]]:
        """The keys in lines of that width: two of them in 80 columns."""
        lines: list[list[str]] = [[]]
        used = 0
        for key, name in menu(self._lasting()):
            width = display_width(f"{key} {name}  ")
            if used + width > columns:
                lines.append([])
                used = 0
            lines[-1] += [self.output.err.bold(key), self.output.err.paint(f" {name}  ")]
            used += width
        return lines

    def _say(self, text: str) -> None:
        self.output.note(self.output.err.yellow(text))

    def _farewell(self) -> None:
        count = len(self.done)
        told = ngettext("{n} decision written down", "{n} decisions written down", count).format(n=count)
        left = len(self.screens) - len({d.number for d in self.done})
        waits = ngettext("{n} still waits", "{n} still wait", left).format(n=left)
        self.output.note(f"{told}; {waits}")
        if any(d.action == "approve" for d in self.done):
            self.output.note(_("`orch push` sends what was approved"))


def _asked(question: str) -> str:
    """A line of text. Raises click.Abort where Escape was typed into it: terminals hand it on as a letter."""
    answer = typed(question)
    if ESCAPE in answer:
        raise click.Abort
    return as_text(answer)
