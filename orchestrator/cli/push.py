"""`orch push`."""

from __future__ import annotations

import click

from orchestrator.app.insights import full_ids
from orchestrator.app.queue import given_up
from orchestrator.app.status import known_remotes
from orchestrator.app.syncing import push_all
from orchestrator.app.workspace import EVERYONE, Workspace
from orchestrator.cli.options import (
    as_text,
    company_option,
    dry_run_option,
    examples,
    json_option,
    remote_option,
)
from orchestrator.cli.output import Output, ended
from orchestrator.cli.push_report import (
    SHORT,
    SHOWN,
    exit_code,
    print_difference,
    print_reports,
    print_step,
    report_json,
)
from orchestrator.i18n import _
from orchestrator.reconcile.plan import Step
from orchestrator.words import short_id


@click.command(
    short_help=_("Bring Supabase, Jira and Confluence up to date"),
    help=_(
        "Send what is due to every remote, ask before creating, and write down what is done item by item. "
        "Offline, everything stays queued and the exit code is 3."
    ),
    epilog=examples(
        "orch push --dry-run",
        "orch push",
        "orch push --remote global.issues",
        "orch push --forget /mnt/group",
        "orch push --vacate ../former",
        "orch push --json",
    ),
)
@company_option
@dry_run_option
@remote_option
@click.option("--only", multiple=True, metavar="ID", help=_("Only this insight"))
@click.option("--full", is_flag=True, help=_("With --dry-run: whole texts, of what would be created too"))
@click.option("--force", multiple=True, metavar="ID", help=_("Overwrite what a person changed on the remote"))
@click.option(
    "--forget",
    type=as_text,
    default="",
    metavar=_("PLACE"),
    help=_(
        "Go on without a folder that is lost for good, or a former place: nothing is believed to lie there"
    ),
)
@click.option(
    "--vacate",
    type=as_text,
    default="",
    metavar=_("PLACE"),
    help=_("Take away from a former place what the present one holds; without this word it stays there, too"),
)
@json_option
def push(
    company: str | None,
    dry_run: bool,
    remotes: tuple[str, ...],
    only: tuple[str, ...],
    full: bool,
    force: tuple[str, ...],
    forget: str,
    vacate: str,
    as_json: bool,
) -> int:
    """Push, print a line an item and a line a remote."""
    output = Output.of(as_json)

    def tell(owner: str, remote: str, step: Step) -> None:
        if step.action in SHOWN and not as_json:
            print_step(output, owner, remote, step)
            if dry_run:
                print_difference(output, step, None if full else SHORT)

    workspace = Workspace.open()
    forced = full_ids(workspace, company, force)
    for wish in given_up(workspace, company, forced):
        text = _("{id} was given up on {remote} and stays so: `orch retry {id}` first, then --force")
        output.note(text.format(id=short_id(wish.id), remote=wish.remote))
    reports = push_all(
        workspace,
        company,
        output.note,
        dry_run=dry_run,
        only=full_ids(workspace, company, only) or None,
        remotes=known_remotes(workspace, company, remotes),
        force=forced,
        forget=forget,
        vacate=vacate,
        full=full,
        on_step=tell,
    )
    output.data(
        {c: [report_json(r) for r in rs] for c, rs in reports.items()},
        lambda: print_reports(output, reports, dry_run=dry_run),
    )
    refs = {name: e for name, e in workspace.behind.items() if name == EVERYONE}  # a mistake has its report
    return ended(output, refs, exit_code([r for found in reports.values() for r in found]))
