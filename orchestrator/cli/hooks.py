"""`orch hooks`."""

from __future__ import annotations

import os
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from orchestrator.app.setup import drain_in_background, is_configured
from orchestrator.cli.options import dry_run_option, examples, json_option
from orchestrator.cli.output import Output
from orchestrator.errors import Exit
from orchestrator.git import open_repository
from orchestrator.i18n import _
from orchestrator.words import word

if TYPE_CHECKING:
    from orchestrator.capture.hook_state import Report


@click.group(
    short_help=_("Install, show or remove the git hooks"),
    help=_("The git hooks only append a line to a spool; existing hooks are kept and go on running."),
)
def hooks() -> None:
    """Git hooks."""


@hooks.command(
    help=_(
        "Install the hooks beside those that are there: in this repository's configuration with git 2.54 or "
        "newer, as files with an older git."
    ),
    epilog=examples("orch hooks install", "orch hooks install --dry-run", "orch hooks install --files"),
)
@click.option(
    "--background/--no-background", default=False, help=_("Also read each commit at once, in the background")
)
@click.option("--files", is_flag=True, help=_("As files in any case: an older git uses this clone too"))
@dry_run_option
@json_option
def install(background: bool, files: bool, dry_run: bool, as_json: bool) -> None:
    """Install or renew the hooks."""
    from orchestrator.capture import hooks as capture

    repository = open_repository(Path.cwd())
    report = capture.install(repository, background=background, files=files, dry_run=dry_run)
    _report(as_json, report, dry_run=dry_run)
    if not is_configured(Path.cwd()):
        Output.of(as_json).note(_("orch is not set up here: nothing is read before `orch init`"))


@hooks.command(
    help=_("Remove our hooks and put back what was there before, byte for byte."),
    epilog=examples("orch hooks uninstall", "orch hooks uninstall --dry-run"),
)
@dry_run_option
@json_option
def uninstall(dry_run: bool, as_json: bool) -> None:
    """Restore what was there."""
    from orchestrator.capture import hooks as capture

    report = capture.uninstall(open_repository(Path.cwd()), dry_run=dry_run)
    _report(as_json, replace(report, mend=""), dry_run=dry_run)  # it would be to install them again


@hooks.command(
    help=_("Say which hooks git would run here."),
    epilog=examples("orch hooks status", "orch hooks status --json"),
)
@json_option
def status(as_json: bool) -> None:
    """How the hooks stand."""
    from orchestrator.capture import hooks as capture

    _report(as_json, capture.status(open_repository(Path.cwd())))


@hooks.command(hidden=True)
@click.option("--detached", is_flag=True, help=_("End at once when done, with no leave-taking"))
def drain(detached: bool) -> None:
    """What a hook starts, cut off from the terminal."""
    drain_in_background(Path.cwd())
    if detached:
        # The claim is gone: a hook may start the next one, and this one must not linger beside it.
        os._exit(Exit.OK)


def _report(as_json: bool, report: Report, *, dry_run: bool = False) -> None:
    output = Output.of(as_json)

    def text() -> None:
        if dry_run:
            would = _("would: {change}")
            output.each(would.format(change=change) for change in report.changes)
            output.each([] if report.changes else [_("nothing to do")])
        output.each(hook_lines(report))

    output.data(asdict(report), text)


def hook_lines(report: Report) -> list[str]:
    """How the hooks stand, a line a fact."""
    states = ", ".join(f"{name} {word(state.value)}" for name, state in report.hooks.items())
    where = _("hooks in git's configuration: {states}") if report.means == "configuration" else ""
    head = where or _("hooks in {folder}: {states}")
    lines = [head.format(folder=report.folder, states=states)]
    lines += [_("each commit is also read at once, in the background")] if report.background else []
    lines += [report.note] if report.note else []
    return [*lines, _("Try: {command}").format(command=report.mend)] if report.mend else lines
