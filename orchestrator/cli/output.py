"""Data on stdout, everything else on stderr; with --json exactly one document, also on failure."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import IO, Any

import click

from orchestrator.errors import Exit, OrchError
from orchestrator.i18n import _
from orchestrator.terminal import Painted, Style, clipped, table, visible

SCHEMA_VERSION = 1


class OutputLostError(OSError):
    """A stream cannot be written; nothing more is tried on it."""


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
        return cls.of("--json" in before_dashes)

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
        _write(sys.stdout, "".join(map(_safe, parts)))

    def row(self, *parts: str) -> None:
        """A line that is one of many: on a terminal cut to its width, whole everywhere else."""
        width = terminal_width()
        _write(sys.stdout, "".join(clipped(parts, width) if width else map(_safe, parts)))

    def each(self, lines: Iterable[str]) -> None:
        """Lines of data for people, one after the other."""
        for line in lines:
            self.line(line)

    def lines(self, text: str) -> None:
        """Several lines of untrusted text."""
        _write(sys.stdout, visible(text, newline=True))

    def table(self, rows: Iterable[Sequence[object]], headers: Sequence[str]) -> None:
        """Aligned columns, as wide as the terminal."""
        _write(sys.stdout, table(rows, headers, terminal_width()))

    def note(self, *parts: str) -> None:
        """Something beside the data: progress, advice. Silent with --json."""
        if not self.as_json:
            _write(sys.stderr, "".join(map(_safe, parts)))

    def fail(self, code: str, message: str, hint: str) -> None:
        """One error: its message, and what to do next."""
        if self.as_json:
            told = {"code": code, "message": message, "hint": hint}
            try:
                self._document({"schema_version": SCHEMA_VERSION, "error": told})
            except OutputLostError as e:
                message = f"{message} ({e.strerror})"  # said on stderr
            else:
                return
        error, advice = _("Error:"), _("Try:")
        _write(sys.stderr, f"{self.err.red(error)} {visible(message, newline=True)}")
        if hint:
            _write(sys.stderr, f"{self.err.bold(advice)} {visible(hint, newline=True)}")

    def usage_error(self, error: click.ClickException) -> None:
        """Click's own complaint, in our form; a group without a command shows its help."""
        missing = isinstance(error, click.exceptions.NoArgsIsHelpError)
        if missing and not self.as_json:
            error.show()
            return
        context = error.ctx if isinstance(error, click.UsageError) else None
        message = _("a command is missing") if missing else error.format_message()
        code = "usage" if isinstance(error, click.UsageError) else "failure"
        self.fail(code, message, f"{context.command_path} --help" if context else "")

    def _document(self, document: dict[str, Any]) -> None:
        import json

        unicode = (sys.stdout.encoding or "").lower().replace("-", "") == "utf8"
        text = json.dumps(document, ensure_ascii=not unicode, indent=2, default=str)
        _write(sys.stdout, text.translate({ord(c): _escaped(c) for c in set(text) if _hides(c)}))


def terminal_width() -> int | None:
    """Columns of the terminal that stdout is; None where it is none."""
    if not sys.stdout.isatty():
        return None
    import shutil

    return shutil.get_terminal_size((100, 24)).columns


def tell_failures(output: Output, failures: Iterable[OrchError]) -> None:
    """What failed beside the data that was printed; with --json the document has said so already."""
    for failure in () if output.as_json else failures:
        output.fail(failure.code, failure.message, failure.hint)


def ended(output: Output, behind: Mapping[str, OrchError], code: Exit = Exit.OK) -> Exit:
    """The exit code of a command that read git; says what it could not read for which company."""
    tell_failures(output, behind.values())
    return code or (Exit.INCOMPLETE if behind else Exit.OK)


def forgiving_streams() -> None:
    r"""Let stdout and stderr write whatever comes: what their encoding lacks becomes `\uNNNN`."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")


def _write(stream: IO[str], text: str) -> None:
    """Print a line. When nobody reads any more (`orch log | head -1`), the command still ends well.

    SIGPIPE stays ignored: a server that hangs up must not end a push without a word. Raises
    OutputLostError when the line cannot be written for another reason, such as a full disk.
    """
    try:
        stream.write(text + "\n")
        stream.flush()
    except OSError as e:
        silence = os.open(os.devnull, os.O_WRONLY)
        os.dup2(silence, stream.fileno())
        os.close(silence)
        if not isinstance(e, BrokenPipeError):
            raise OutputLostError(e.errno, e.strerror) from e


def _safe(text: str) -> str:
    """Our own painted text passes; a plain string is made visible."""
    return text if isinstance(text, Painted) else visible(text)


def _hides(character: str) -> bool:
    return character != "\n" and visible(character) != character


def _escaped(character: str) -> str:
    r"""JSON for a terminal too: what could hide or reorder text as `\uNNNN`, which means the same."""
    code = ord(character)
    if code <= 0xFFFF:
        return f"\\u{code:04x}"
    high, low = divmod(code - 0x10000, 0x400)
    return f"\\u{0xD800 + high:04x}\\u{0xDC00 + low:04x}"
