"""`orch report`."""

from __future__ import annotations

from pathlib import Path

import click

from orchestrator.cli.options import dry_run_option, examples, json_option, one_company_option, since_option
from orchestrator.cli.output import Output, ended
from orchestrator.i18n import _


@click.command(
    short_help=_("One page about what was learnt, shared and waits"),
    help=_(
        "Write one HTML file about one company: what was learnt, by kind and technology over time; what was "
        "shared and where; what waits, and for whom; what the others offer. It needs no network and no "
        "script, and only you can read it (mode 0600): it may hold what is not shared."
    ),
    epilog=examples(
        "orch report --company empresa-a",
        "orch report --company empresa-a --since 2026-01-01 --output ~/painel.html",
        "orch report --company empresa-a --json",
    ),
)
@click.option(
    "-o",
    "--output",
    "file",
    type=click.Path(path_type=Path),
    help=_("The file (default: report-ID.html in .orch, which git does not see)"),
)
@since_option(_("Only newer learnings"))
@one_company_option
@dry_run_option
@json_option
def report(file: Path | None, since: str, company: str | None, dry_run: bool, as_json: bool) -> int:
    """Write the page and say where it is; with --json also what it says."""
    from orchestrator.app.reporting import (
        collect_report,
        default_path,
        require_hidden,
        require_writable,
        write_report,
    )
    from orchestrator.app.workspace import Workspace

    output, workspace = Output.of(as_json), Workspace.open()
    path = file or default_path(workspace, company)
    require_writable(path)
    found = collect_report(workspace, company, since, output.note)
    require_hidden(path)
    if not dry_run:
        write_report(path, found)
    data = {"path": str(path), "written": not dry_run, "report": found.as_json()}
    output.data(data, lambda: output.line(str(path)))
    if dry_run:
        output.note(_("nothing was written"))
    return ended(output, workspace.behind)
