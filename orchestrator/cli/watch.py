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
def watch(docs: bool) -> int:
    """Watch until interrupted."""
    from orchestrator.app.watching import watch_workspace
    from orchestrator.app.workspace import Workspace

    output = Output.of(False)
    return watch_workspace(Workspace.open(), output.note, _explained, documents=docs, ready=output.note)


def _explained(error: Exception) -> str:
    """One line on what went wrong in a drain; what nobody expected is kept for its finder."""
    from orchestrator.cli import faults

    found = faults.translated(error)
    if found is not None:
        hint = f" ({found.hint})" if found.hint else ""
        return f"{_('Error:')} {found.message}{hint}"
    text = _("orch made a mistake ({kind}); details: {file}")
    return text.format(kind=type(error).__name__, file=faults.report(error, "watch"))
