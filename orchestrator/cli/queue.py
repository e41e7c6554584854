"""`orch retry` and `orch drop`."""

from __future__ import annotations

import click

from orchestrator.app.insights import full_ids
from orchestrator.app.queue import Turned
from orchestrator.app.queue import drop as give_up
from orchestrator.app.queue import retry as try_again
from orchestrator.app.status import known_remotes
from orchestrator.app.workspace import Workspace
from orchestrator.cli.options import company_option, dry_run_option, examples, json_option, remote_option
from orchestrator.cli.output import Output
from orchestrator.errors import UsageError
from orchestrator.i18n import _
from orchestrator.words import told


@click.command(
    short_help=_("Make ready again what a remote refused"),
    help=_(
        "Make wishes that were set aside ready again; the next `orch push` tries them. What was given up "
        "with `orch drop` comes back by its ID only."
    ),
    epilog=examples(
        "orch retry 3f2a", "orch retry --all --remote global.issues", "orch retry --all --dry-run"
    ),
)
@click.argument("ids", nargs=-1, metavar="[ID]...")
@click.option(
    "--all", "everything", is_flag=True, help=_("Everything that was refused or changed by a person")
)
@company_option
@remote_option
@dry_run_option
@json_option
def retry(
    ids: tuple[str, ...],
    everything: bool,
    company: str | None,
    remotes: tuple[str, ...],
    dry_run: bool,
    as_json: bool,
) -> None:
    """Make rows ready, print a line each."""
    if bool(ids) is everything:
        raise UsageError(_("name what to try again: one or more ids, or --all"), "orch retry --help")
    output = Output.of(as_json)
    workspace = Workspace.open()
    names = known_remotes(workspace, company, remotes)
    found = try_again(workspace, company, full_ids(workspace, company, ids), names, dry_run=dry_run)
    output.data([t.as_json() for t in found], lambda: _print_retried(output, found))


@click.command(
    short_help=_("Give up what a remote refuses"),
    help=_(
        "Give a wish up: no push tries it again until the text changes or `orch retry ID` takes it up. What "
        "lies on the remote stays there as it is; to take it away, use `orch withdraw ID`."
    ),
    epilog=examples("orch drop 3f2a", "orch drop 3f2a --remote global.pages", "orch drop 3f2a --dry-run"),
)
@click.argument("ids", nargs=-1, required=True, metavar="ID...")
@company_option
@remote_option
@dry_run_option
@json_option
def drop(
    ids: tuple[str, ...], company: str | None, remotes: tuple[str, ...], dry_run: bool, as_json: bool
) -> None:
    """Give rows up, print a line each."""
    output = Output.of(as_json)
    workspace = Workspace.open()
    names = known_remotes(workspace, company, remotes)
    found = give_up(workspace, company, full_ids(workspace, company, ids), names, dry_run=dry_run)
    output.data([t.as_json() for t in found], lambda: _print_dropped(output, found))


def _print_retried(output: Output, found: list[Turned]) -> None:
    for t in found:
        output.line(output.out.green(_("ready again")), *_where(t))
    if not found:
        output.note(_("nothing is set aside"))
        return
    output.note(output.err.dim(_("next: ")), "orch push")


def _print_dropped(output: Output, found: list[Turned]) -> None:
    for t in found:
        lies = _("what lies there stays") if t.lies else _("nothing lies there")
        output.line(output.out.yellow(_("given up")), *_where(t), output.out.dim(f"  ({lies})"))


def _where(t: Turned) -> tuple[str, str]:
    return f"  {t.company} {t.remote}  {t.id}", f"  {told(t.reason)}" if t.reason else ""
