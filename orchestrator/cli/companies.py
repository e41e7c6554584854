"""`orch companies`."""

from __future__ import annotations

import click

from orchestrator.app.status import collect_status
from orchestrator.app.workspace import Workspace
from orchestrator.cli.options import examples, json_option
from orchestrator.cli.output import Output
from orchestrator.i18n import _
from orchestrator.words import word


@click.command(
    short_help=_("The companies and what is in their stores"),
    help=_("Every company of the group: paths, insights, queue, size of its store."),
    epilog=examples("orch companies"),
)
@json_option
def companies(as_json: bool) -> None:
    """List the companies with their counts."""
    output = Output.of(as_json)
    found = collect_status(Workspace.open(), None, output.note, everyone=True)
    rows = [
        (c.id, c.name, word(c.share), c.total, c.queued, c.offers.get("open", 0), c.size_kib) for c in found
    ]
    headers = (_("company"), _("name"), _("sharing"), _("insights"), _("queued"), _("offers"), "KiB")
    output.data([c.as_json() for c in found], lambda: output.table(rows, headers))
