"""Data on stdout, everything else on stderr; with --json exactly one document, also on failure."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import click

from orchestrator.i18n import _
from orchestrator.terminal import Painted, Style, table, visible

SCHEMA_VERSION = 1


@dataclass(frozen=True, slots=True)
class Output:
    """How this run talks: as text with a style a stream, or as one JSON document."""

    as_json: bool
    out: Style
    err: Style

    @classmethod
    def for_arguments(cls, arguments: Sequence[str]) -> Output:
        """The output that a command line asks for, before click has parsed it."""
        before_dashes = arguments[: arguments.index("--")] if "--" in arguments else arguments
        return cls("--json" in before_dashes, Style.of(sys.stdout), Style.of(sys.stderr))

    @classmethod
    def of(cls, as_json: bool) -> Output:
        """The output of a parsed command."""
        return cls(as_json, Style.of(sys.stdout), Style.of(sys.stderr))

    def data(self, data: Any, text: Callable[[], None]) -> None:
        """Print the one document, or call `text` to print for people."""
        if self.as_json:
            self._document({"schema_version": SCHEMA_VERSION, "data": data})
        else:
            text()

    def line(self, *parts: str) -> None:
        """A line of data for people; what is not painted already is made visible."""
        click.echo("".join(map(_safe, parts)), color=True)

    def each(self, lines: Iterable[str]) -> None:
        """Lines of data for people, one after the other."""
        for line in lines:
            self.line(line)

    def lines(self, text: str) -> None:
        """Several lines of untrusted text."""
        click.echo(visible(text, newline=True), color=True)

    def table(self, rows: Iterable[Sequence[object]], headers: Sequence[str]) -> None:
        """Aligned columns."""
        import shutil

        width = shutil.get_terminal_size((100, 24)).columns if sys.stdout.isatty() else None
        click.echo(table(rows, headers, width), color=True)

    def note(self, *parts: str) -> None:
        """Something beside the data: progress, advice. Silent with --json."""
        if not self.as_json:
            click.echo("".join(map(_safe, parts)), err=True, color=True)

    def fail(self, code: str, message: str, hint: str) -> None:
        """One error: its message, and what to do next."""
        if self.as_json:
            error = {"code": code, "message": message, "hint": hint}
            self._document({"schema_version": SCHEMA_VERSION, "error": error})
            return
        click.echo(f"{self.err.red(_('Error:'))} {visible(message, newline=True)}", err=True, color=True)
        if hint:
            click.echo(f"{self.err.bold(_('Try:'))} {visible(hint, newline=True)}", err=True, color=True)

    def usage_error(self, error: click.ClickException) -> None:
        """Click's own complaint, in our form."""
        if self.as_json:
            self.fail("usage", error.format_message(), "")
        else:
            error.show()

    def _document(self, document: dict[str, Any]) -> None:
        click.echo(json.dumps(document, ensure_ascii=False, indent=2, default=str))


def _safe(text: str) -> str:
    """Our own painted text passes; a plain string is made visible."""
    return text if isinstance(text, Painted) else visible(text)
