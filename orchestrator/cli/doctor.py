"""`orch doctor`."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click

from orchestrator.app.doctor import examine_workspace
from orchestrator.cli.options import examples, json_option
from orchestrator.cli.output import Output
from orchestrator.errors import Exit
from orchestrator.i18n import _


@click.command(
    short_help=_("Check that everything is in working order"),
    help=_("Check configuration, hooks, stores and the embedding model; with --online the remotes too."),
    epilog=examples("orch doctor", "orch doctor --online"),
)
@click.option("--online", is_flag=True, help=_("Ask each remote with its credentials"))
@json_option
def doctor(online: bool, as_json: bool) -> int:
    """Run every check."""
    output = Output.of(as_json)
    found = list(examine_workspace(Path.cwd(), online=online))

    def text() -> None:
        for c in found:
            mark = output.out.green(_("ok")) if c.ok else output.out.red(_("bad"))
            output.line(mark, f"  {c.name}: {c.detail}")
            if c.mend and not c.ok:
                output.line("    ", output.out.bold(_("Try:")), f" {c.mend}")

    output.data([asdict(c) for c in found], text)
    return Exit.OK if all(c.ok for c in found) else Exit.FAILURE
