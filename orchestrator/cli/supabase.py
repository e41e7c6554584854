"""`orch supabase`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from orchestrator.cli.options import dry_run_option, examples, json_option
from orchestrator.cli.output import Output
from orchestrator.errors import CredentialsError, Exit
from orchestrator.i18n import _

if TYPE_CHECKING:
    from orchestrator.app.supabase import Project, ProjectState

company = click.option("-c", "--company", metavar="ID", help=_("Only this company's project"))
only_group = click.option("--group", "only_group", is_flag=True, help=_("Only the group's project"))


@click.group(
    short_help=_("The memory's tables in Supabase"),
    help=_(
        "The tables and functions that orch needs in the Supabase projects of the group and its companies."
    ),
    epilog=examples("orch supabase status", "orch supabase migrate --dry-run"),
)
def supabase() -> None:
    """Supabase projects."""


@supabase.command(
    short_help=_("Apply the migrations that a project lacks"),
    help=_(
        "Apply the migrations that a project does not have yet, through its database's connection string: "
        "ORCH_SUPABASE_DB_URL for the group, ORCH_EMPRESA_A_SUPABASE_DB_URL for the company empresa-a, or "
        "git's credential helper, or the keyring. Never an argument: others could read it. Safe to run "
        "twice, and in step with the official command line; --to writes the files for it instead."
    ),
    epilog=examples(
        "orch supabase migrate --dry-run",
        "orch supabase migrate --company empresa-a",
        "orch supabase migrate --to .",
    ),
)
@company
@only_group
@click.option(
    "--to",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    metavar=_("DIR"),
    help=_("Write the files into DIR/supabase/migrations (companies: DIR/company/…) and say what to run"),
)
@dry_run_option
@json_option
def migrate(company: str | None, only_group: bool, folder: Path | None, dry_run: bool, as_json: bool) -> int:
    """Migrate each project, or write the files."""
    from orchestrator.app.supabase import migrate_all, projects
    from orchestrator.app.workspace import Workspace

    found = projects(Workspace.open(), company, only_group=only_group, required=folder is None)
    output = Output.of(as_json)
    if folder is not None:
        return _write(output, found, folder, dry_run=dry_run)
    return _print(output, list(migrate_all(found, dry_run=dry_run)), dry_run=dry_run)


@supabase.command(
    short_help=_("Which migrations each project has"),
    help=_("Say which migrations each project has and which are missing; changes nothing."),
    epilog=examples("orch supabase status", "orch supabase status --group --json"),
)
@company
@only_group
@json_option
def status(company: str | None, only_group: bool, as_json: bool) -> int:
    """Ask each project; 3 where something is missing."""
    from orchestrator.app.supabase import migrate_all, projects
    from orchestrator.app.workspace import Workspace

    found = projects(Workspace.open(), company, only_group=only_group)
    states = list(migrate_all(found, dry_run=True))
    code = _print(Output.of(as_json), states, dry_run=False)
    behind = any(state == "missing" for s in states for state in s.versions.values())
    return code or (Exit.INCOMPLETE if behind else Exit.OK)


def _write(output: Output, found: list[Project], folder: Path, *, dry_run: bool) -> int:
    from orchestrator.app.supabase import folder_for, write_files

    places = [(project.owner, project.ref) for project in found] or [(None, "")]
    written = write_files(folder, [owner for owner, _ref in places], dry_run=dry_run)
    commands = [
        f"npx supabase@3 db push --workdir {folder_for(owner, folder)} --remote={ref or 'postgresql://…'}"
        for owner, ref in places
    ]

    def text() -> None:
        for path in written:
            output.line(_("would write") if dry_run else _("written"), f"  {path}")
        if not written:
            output.note(_("the files are there already"))
        output.note(_("then run, for each project:"))
        owners = [f"  # {project.owner or _('the group')}" for project in found] or [""]
        for owner, command in zip(owners, commands, strict=True):
            output.line(command, output.out.dim(owner))
        if not found:
            output.note(_("no Supabase project is configured: postgresql://… stands for its address"))

    output.data({"files": [str(p) for p in written], "commands": commands}, text)
    return Exit.OK


def _print(output: Output, states: list[ProjectState], *, dry_run: bool) -> int:
    def text() -> None:
        for state in states:
            _project(output, state, dry_run=dry_run)

    output.data([s.as_json() for s in states], text)
    errors = [s.error for s in states if s.error]
    if any(isinstance(e, CredentialsError) for e in errors):
        return Exit.CREDENTIALS
    return errors[0].exit_code if errors else Exit.OK


def _project(output: Output, state: ProjectState, *, dry_run: bool) -> None:
    style = output.out
    words = {
        "applied": style.dim(_("applied")),
        "missing": style.yellow(_("would apply") if dry_run else _("missing")),
        "now": style.green(_("applied now")),
    }
    output.line(style.bold(f"{state.owner or _('the group')} · {state.url}"))
    for row in state.as_json()["migrations"]:
        output.line("  ", words[row["state"]], f"  {row['version']} {row['name']}")
    if state.error:
        output.note("  ", output.err.red(_("failed")), f": {state.error.message}")
        if state.error.hint:
            output.note("  ", output.err.bold(_("Try:")), f" {state.error.hint}")
