"""Options that several commands share, and what they open."""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import date
from typing import Any, TypeVar

import click

from orchestrator.cli.question import typed
from orchestrator.i18n import _

F = TypeVar("F", bound=Callable[..., Any])


def number(most: int) -> click.IntRange:
    """A whole number from 1 to `most`; an error names it in the reader's language."""
    kind = click.IntRange(1, most)
    kind.name = _("number")
    return kind


ROWS = number(1_000_000_000)  # what every database takes for one


def as_text(value: str) -> str:
    r"""Words for a store. What is not UTF-8 in an argument comes as lone surrogates: made `\xNN`."""
    return value.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


as_text.__name__ = "TEXT"  # what click shows in the help


def technology_name(value: str) -> str:
    """The name under which learnings are of that technology: `postgres` is PostgreSQL; '' asks for none."""
    if not value:
        return value
    from orchestrator.detect.technologies import proper

    return proper(as_text(value))


technology_name.__name__ = "TEXT"


def day(value: str) -> str:
    """A date as ISO 8601 writes it, kept as text. Raises BadParameter for anything else, '' among it."""
    try:
        return date.fromisoformat(value).isoformat()
    except ValueError as e:
        told = _("{value} is not a date such as 2026-01-31").format(value=value or "''")
        raise click.BadParameter(told) from e


def since_option(text: str) -> Callable[[F], F]:
    """--since: a date; '' where it is not given."""
    return click.option(
        "--since", callback=lambda _c, _p, v: "" if v is None else day(v), metavar=_("DATE"), help=text
    )


def confirm(question: str, *, default: bool = False) -> bool:
    """Ask for yes or no at the terminal, in the language in use: s, sim, n, não are understood."""
    yes, no = {"y", "yes", "s", "sim"}, {"n", "no", "nao", "não"}
    choices = _("[Y/n]") if default else _("[y/N]")
    while True:
        word = typed(f"{question} {choices}").strip().casefold()
        if not word:
            return default
        if word in yes or word in no:
            return word in yes


def standard_input() -> str:
    """All of standard input as text, whatever its bytes are."""
    return sys.stdin.buffer.read().decode("utf-8", "backslashreplace")


def limit_option(default: int) -> Callable[[F], F]:
    """--limit: how many rows, at least one."""
    return click.option("--limit", type=ROWS, default=default, show_default=True, help=_("How many"))


def json_option(command: F) -> F:
    """--json: one document on stdout."""
    return click.option("--json", "as_json", is_flag=True, help=_("Print one JSON document"))(command)


def company_option(command: F) -> F:
    """--company: which of the group's companies; none named, all."""
    text = _("The company; otherwise ORCH_COMPANY, `git config orch.company`, the folder you are in, or all")
    return click.option("-c", "--company", metavar="ID", help=text)(command)


def one_company_option(command: F) -> F:
    """--company: which one company; the group's only one needs no name."""
    text = _("The company; otherwise ORCH_COMPANY, `git config orch.company`, or the folder you are in")
    return click.option("-c", "--company", metavar="ID", help=text)(command)


def remote_option(command: F) -> F:
    """--remote: restrict to these remotes; may be given several times."""
    return click.option(
        "--remote", "remotes", multiple=True, metavar=_("NAME"), help=_("Only this remote (global.issues, …)")
    )(command)


def dry_run_option(command: F) -> F:
    """--dry-run: say what would happen and write nothing."""
    return click.option("-n", "--dry-run", is_flag=True, help=_("Say what would happen; write nothing"))(
        command
    )


def examples(*lines: str) -> str:
    """The examples under a command's help, one a line."""
    return "\b\n" + _("Examples:") + "\n" + "\n".join(f"  {line}" for line in lines)
