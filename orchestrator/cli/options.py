"""Options that several commands share, and what they open."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

from orchestrator.i18n import _

F = TypeVar("F", bound=Callable[..., Any])


def json_option(command: F) -> F:
    """--json: one document on stdout."""
    return click.option("--json", "as_json", is_flag=True, help=_("Print one JSON document"))(command)


def company_option(command: F) -> F:
    """--company: which of the group's companies."""
    text = _("The company; otherwise ORCH_COMPANY, `git config orch.company`, the folder you are in, or all")
    return click.option("-c", "--company", metavar="ID", help=text)(command)


def dry_run_option(command: F) -> F:
    """--dry-run: say what would happen and write nothing."""
    return click.option("-n", "--dry-run", is_flag=True, help=_("Say what would happen; write nothing"))(
        command
    )


def examples(*lines: str) -> str:
    """The examples under a command's help, one a line."""
    return "\b\n" + _("Examples:") + "\n" + "\n".join(f"  {line}" for line in lines)
