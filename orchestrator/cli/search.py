"""`orch search`."""

from __future__ import annotations

import click

from orchestrator.cli.options import as_text, company_option, day, examples, json_option, limit_option
from orchestrator.cli.output import Output
from orchestrator.i18n import _, current
from orchestrator.model import Kind


@click.command(
    short_help=_("Find by meaning and by words, offline"),
    help=_("Search what this company learnt and what the others shared with it, by meaning and by words."),
    epilog=examples('orch search "cache mais rápido"', 'orch search "fila lenta" --kind solution --why'),
)
@click.argument("query", type=as_text)
@company_option
@limit_option(10)
@click.option("-k", "--kind", type=click.Choice([k.value for k in Kind]), help=_("Only this kind"))
@click.option("--scope", type=click.Choice(["own", "shared"]), help=_("Only own, or only shared"))
@click.option("--technology", type=as_text, default="", help=_("Only about this technology"))
@click.option("--since", type=day, default="", metavar="DATE", help=_("Only since this date (2026-01-31)"))
@click.option("--why", is_flag=True, help=_("Say what matched"))
@json_option
def search(
    query: str,
    company: str | None,
    limit: int,
    kind: str | None,
    scope: str | None,
    technology: str,
    since: str,
    why: bool,
    as_json: bool,
) -> None:
    """Search and print the hits."""
    from orchestrator.app.searching import Found, search_memory
    from orchestrator.app.workspace import Workspace
    from orchestrator.wishes import kind_name

    output = Output.of(as_json)
    found = search_memory(
        Workspace.open(),
        company,
        query,
        output.note,
        limit=limit,
        kind=kind or "",
        scope=scope or "",
        technology=technology,
        since=since,
    )

    def show(hit: Found) -> None:
        style = output.out
        head = style.dim(f"{hit.id[3:11]} {hit.company} ")
        output.line(f"{hit.score:5.2f} ", head, style.bold(f"{kind_name(hit.kind, current())}: "), hit.title)
        if why:
            output.line(style.dim("      "), hit.why)

    def show_all() -> None:
        for hit in found:
            show(hit)

    output.data([f.as_json() for f in found], show_all)
    if not found:
        output.note(_("nothing found"))
