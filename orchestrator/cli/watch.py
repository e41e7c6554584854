"""`orch watch`."""

from __future__ import annotations

import click

from orchestrator.cli.options import examples
from orchestrator.cli.output import Output
from orchestrator.i18n import _


@click.command(
    short_help=_("Follow documents and refs as they change"),
    help=_("Stay and drain whenever a ref moves or a document is saved. Ctrl-C ends it."),
    epilog=examples("orch watch"),
)
@click.option("--docs/--no-docs", default=True, help=_("Also record documents as they are saved"))
def watch(docs: bool) -> None:
    """Watch until interrupted."""
    from orchestrator.app.watching import watch_workspace
    from orchestrator.app.workspace import Workspace

    output = Output.of(False)
    output.note(_("watching; Ctrl-C ends it"))
    watch_workspace(Workspace.open(), output.note, documents=docs)
