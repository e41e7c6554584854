"""`orch components` and `orch share`."""

from __future__ import annotations

from dataclasses import asdict

import click

from orchestrator.app.sharing import list_components, share_component
from orchestrator.app.workspace import Workspace
from orchestrator.cli.options import (
    company_option,
    dry_run_option,
    examples,
    json_option,
    one_company_option,
)
from orchestrator.cli.output import Output, ended
from orchestrator.i18n import _
from orchestrator.offer.share import Sharing


@click.command(
    short_help=_("The components of the group"),
    help=_("The components that were seen in this clone, and those that other companies offered."),
    epilog=examples("orch components", "orch components --company empresa-a --json"),
)
@company_option
@json_option
def components(company: str | None, as_json: bool) -> int:
    """List components."""
    output, workspace = Output.of(as_json), Workspace.open()
    found = list_components(workspace, company, output.note)
    rows = [(c.name, c.company, c.folder or _("offered")) for c in found]
    headers = (_("component"), _("company"), _("folder"))
    output.data([c.as_json() for c in found], lambda: output.table(rows, headers))
    return ended(output, workspace.behind)


@click.command(
    short_help=_("Offer a component by pull request"),
    help=_(
        "Put a component's files, as they are committed, under the other company's folder on a branch of its "
        "own, push the branch and open the pull request. Run again, it updates the same one."
    ),
    epilog=examples(
        "orch share auth --company empresa-a --to empresa-b", "orch share auth --to empresa-b --dry-run"
    ),
)
@click.argument("component")
@click.option("--to", required=True, metavar="ID", help=_("The company that receives it"))
@click.option("--into", default="", metavar=_("FOLDER"), help=_("Where it goes (default: in its own folder)"))
@click.option("--reviewed", is_flag=True, help=_("A person has read what validation found in its files"))
@one_company_option
@dry_run_option
@json_option
def share(
    component: str, to: str, into: str, reviewed: bool, company: str | None, dry_run: bool, as_json: bool
) -> None:
    """Share a component."""
    output = Output.of(as_json)
    shared = share_component(
        Workspace.open(), company, component, to, output.note, into=into, reviewed=reviewed, dry_run=dry_run
    )
    if isinstance(shared, Sharing):
        text = _(
            "validation agrees: {folder} would go to {destination} on branch {branch} of {address}; "
            "nothing was written"
        )
        told = text.format(
            folder=shared.folder,
            destination=shared.destination,
            branch=shared.branch,
            address=shared.address,
        )
        output.data({"dry_run": True, **asdict(shared)}, lambda: output.line(told))
        return
    word = (
        _("pull request is merged: {url}")
        if shared.status == "merged"
        else _("pull request is up to date: {url}")
    )
    word = _("pull request opened: {url}") if shared.created else word
    output.data(asdict(shared), lambda: output.line(word.format(url=shared.url or shared.ref)))
