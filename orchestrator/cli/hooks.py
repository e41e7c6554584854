"""`orch hooks`."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from orchestrator.app.setup import drain_in_background
from orchestrator.cli.options import examples, json_option
from orchestrator.cli.output import Output
from orchestrator.git import open_repository
from orchestrator.i18n import _
from orchestrator.words import word

if TYPE_CHECKING:
    from orchestrator.capture.hooks import Report


@click.group(
    short_help=_("Install, show or remove the git hooks"),
    help=_("The git hooks only append a line to a spool; existing hooks are kept and go on running."),
)
def hooks() -> None:
    """Git hooks."""


@hooks.command(
    help=_("Install the hooks beside those that are there."), epilog=examples("orch hooks install")
)
@click.option(
    "--background/--no-background", default=False, help=_("Also read each commit at once, in the background")
)
@json_option
def install(background: bool, as_json: bool) -> None:
    """Install or renew the hooks."""
    from orchestrator.capture import hooks as capture

    _report(as_json, capture.install(open_repository(Path.cwd()), background=background))


@hooks.command(
    help=_("Remove our hooks and put back what was there before."), epilog=examples("orch hooks uninstall")
)
@json_option
def uninstall(as_json: bool) -> None:
    """Restore what was there."""
    from orchestrator.capture import hooks as capture

    _report(as_json, capture.uninstall(open_repository(Path.cwd())))


@hooks.command(help=_("Say which hooks git would run here."), epilog=examples("orch hooks status"))
@json_option
def status(as_json: bool) -> None:
    """How the hooks stand."""
    from orchestrator.capture import hooks as capture

    _report(as_json, capture.status(open_repository(Path.cwd())))


@hooks.command(hidden=True)
def drain() -> None:
    """What post-commit starts, cut off from the terminal."""
    drain_in_background(Path.cwd())


def _report(as_json: bool, report: Report) -> None:
    output = Output.of(as_json)
    output.data(asdict(report), lambda: output.each(hook_lines(report)))


def hook_lines(report: Report) -> list[str]:
    """How the hooks stand, a line a fact."""
    states = ", ".join(f"{name} {word(state.value)}" for name, state in report.hooks.items())
    lines = [_("hooks in {folder}: {states}").format(folder=report.folder, states=states)]
    return [*lines, report.note] if report.note else lines
