"""`orch adopt`."""

from __future__ import annotations

import click

from orchestrator.app.adopting import Adopted
from orchestrator.app.adopting import adopt as take_over
from orchestrator.app.status import known_remotes
from orchestrator.app.workspace import Workspace
from orchestrator.cli.options import company_option, dry_run_option, examples, json_option
from orchestrator.cli.output import Output, ended
from orchestrator.cli.push_report import print_lines
from orchestrator.i18n import _


@click.command(
    short_help=_("Take the text that a person wrote on a remote"),
    help=_(
        "Take what a person wrote on a page, an issue or a row as the insight's own text: a new version, "
        "judged as any text. Where your policy asks for consent, `orch review` asks again; then the next "
        "push brings the other remotes in step. To write over the person's text instead: "
        "`orch push --force ID`."
    ),
    epilog=examples("orch adopt 3f2a --dry-run", "orch adopt 3f2a", "orch adopt 3f2a --remote global.pages"),
)
@click.argument("insight")
@company_option
@click.option(
    "--remote", metavar=_("NAME"), help=_("Whose text, where people changed several (global.pages, …)")
)
@dry_run_option
@json_option
def adopt(insight: str, company: str | None, remote: str | None, dry_run: bool, as_json: bool) -> int:
    """Adopt, print what changed."""
    output = Output.of(as_json)
    workspace = Workspace.open()
    known_remotes(workspace, company, [remote] if remote else [])
    found = take_over(workspace, company, insight, remote, output.note, dry_run=dry_run)
    output.data(found.as_json(), lambda: _print(output, found, dry_run=dry_run))
    return ended(output, workspace.behind)


def _print(output: Output, found: Adopted, *, dry_run: bool) -> None:
    style = output.out
    told = _("would be taken from {place}") if dry_run else _("taken from {place}")
    output.line(style.bold(told.format(place=found.label)), style.dim(f"  {found.after.id}  {found.url}"))
    if found.lines:
        output.line(style.dim(_("- is ours, + is the person's")))
    print_lines(output, found.lines, None)
    if not found.lines:
        output.line("      ", style.dim(_("the words are ours already; the next push writes them again")))
    if dry_run:
        return
    if found.waits:
        output.note(_("the new text waits for `orch review`; until then everything out there stays as it is"))
    else:
        output.note(output.err.dim(_("next: ")), "orch push")
