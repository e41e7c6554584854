"""`orch search`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from orchestrator.cli.options import (
    as_text,
    company_option,
    examples,
    json_option,
    limit_option,
    since_option,
    technology_name,
)
from orchestrator.cli.output import Output, ended
from orchestrator.i18n import _, current
from orchestrator.lexical import Filters
from orchestrator.model import Kind

if TYPE_CHECKING:
    from orchestrator.app.asking import Contact
    from orchestrator.app.found import Found
    from orchestrator.app.searching import Answer
    from orchestrator.app.workspace import Workspace


@click.command(
    short_help=_("Find by meaning and by words, offline"),
    help=_(
        "Search what this company learnt and what the others shared with it, by meaning and by words. A = "
        "marks what holds every word of the question; all words count, there are no operators."
    ),
    epilog=examples(
        'orch search "cache mais rápido"',
        'orch search "fila lenta" --kind solution --why',
        'orch search "fila lenta" --global',
        "orch search 1a2b3c4",
        'orch search timeout --path "services/*/src"',
    ),
)
@click.argument("query", type=as_text)
@company_option
@limit_option(10)
@click.option("-k", "--kind", type=click.Choice([k.value for k in Kind]), help=_("Only this kind"))
@click.option("--scope", type=click.Choice(["own", "shared"]), help=_("Only own, or only shared"))
@click.option("--technology", type=technology_name, default="", help=_("Only about this technology"))
@since_option(_("Only since this date (2026-01-31)"))
@click.option(
    "--global",
    "everywhere",
    is_flag=True,
    help=_("Ask the group's memory, whatever this company has pulled; offline, what it answered before"),
)
@click.option("--shared", is_flag=True, help=_("Only what the group's memory holds, own learnings too"))
@click.option(
    "--from", "taught_by", type=as_text, default="", metavar=_("COMPANY"), help=_("Only what it taught")
)
@click.option(
    "--path",
    type=as_text,
    default="",
    metavar=_("GLOB"),
    help=_("Only what was learnt from this file, folder or glob of the company's own tree"),
)
@click.option("--why", is_flag=True, help=_("Say what matched, and what each of it adds to the score"))
@json_option
def search(
    query: str,
    company: str | None,
    limit: int,
    kind: str | None,
    scope: str | None,
    technology: str,
    since: str,
    everywhere: bool,
    shared: bool,
    taught_by: str,
    path: str,
    why: bool,
    as_json: bool,
) -> int:
    """Search and print the hits."""
    from orchestrator.app.searching import search_memory
    from orchestrator.app.workspace import Workspace

    output = Output.of(as_json)
    workspace = Workspace.open()
    narrowed = Filters(
        kind=kind, company=taught_by or None, technology=technology or None, since=since or None
    )
    contact = _asked(workspace, company, query, narrowed, scope or "") if everywhere else None
    answer = search_memory(
        workspace,
        company,
        query,
        output.note,
        limit=limit,
        kind=kind or "",
        scope=scope or "",
        technology=technology,
        since=since,
        shared=shared or everywhere,
        path=path,
        taught_by=taught_by,
    )

    data = {"hits": [f.as_json() for f in answer.hits], "near": answer.near, "notes": list(answer.notes)}
    output.data(
        {**data, "memory": contact.as_json()} if contact else data, lambda: _print(output, answer, why=why)
    )
    if contact is not None and not contact.online:
        output.note(_age(contact))
    if not answer.hits:
        output.note(_("nothing found"))
    return ended(output, workspace.behind)


def _print(output: Output, answer: Answer, *, why: bool) -> None:
    for note in answer.notes:
        output.note(note)
    for hit in answer.hits:
        _print_hit(output, hit)
        if why:
            output.line(output.out.dim("      "), hit.why)


def _print_hit(output: Output, hit: Found) -> None:
    from orchestrator.words import kind_name, short_id, word

    style = output.out
    old = style.dim(f" ({word(hit.state)})") if hit.state != "active" else ""
    if hit.newer_waits:
        old = style.yellow(" " + _("(waits for `orch review`; the group has the text before)"))
    output.line(
        f"{hit.score:5.2f} ",
        style.green("= ") if hit.holds_all else "  ",
        style.dim(f"{short_id(hit.id)} {hit.company} "),
        style.bold(f"{kind_name(hit.kind, current())}: "),
        hit.title,
        old,
    )


def _asked(workspace: Workspace, company: str | None, query: str, filters: Filters, scope: str) -> Contact:
    from orchestrator.app.asking import ask_group

    if scope:
        raise click.UsageError(_("--global finds what is shared, whosever it is: leave out --scope"))
    return ask_group(workspace, workspace.companies(company), query, filters)


def _age(contact: Contact) -> str:
    """Since when the answer may be out of date."""
    if not contact.at:
        return _("offline ({why}), and the group's memory was never asked here").format(why=contact.why)
    words = _("offline ({why}): what was known of the group's memory on {date}")
    return words.format(why=contact.why, date=contact.at[:16].replace("T", " "))
