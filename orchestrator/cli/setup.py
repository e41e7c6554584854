"""`orch init`, `orch trust` and `orch hooks`."""

from __future__ import annotations

import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from orchestrator.app.setup import (
    Found,
    Initialised,
    describe_trust,
    explicit_companies,
    initialise,
    propose_companies,
    record_trust,
    revoke_trust,
)
from orchestrator.cli.options import examples, json_option
from orchestrator.cli.output import Output
from orchestrator.errors import UsageError
from orchestrator.i18n import LANGUAGES, _, current

if TYPE_CHECKING:
    from orchestrator.capture.hooks import Report


@click.command(
    short_help=_("Set orch up in this repository"),
    help=_(
        "Write .orch/config.toml with the companies found (or named), make the stores, install the hooks and "
        "read the history. Running it again completes what is missing and overwrites nothing."
    ),
    epilog=examples(
        "orch init",
        "orch init --company empresa-a --paths 'empresas/a/**' --company empresa-b --paths 'empresas/b/**'",
        "orch init --yes --folder ../orch-compartilhado",
    ),
)
@click.option("--company", "ids", multiple=True, metavar="ID", help=_("A company; repeat for several"))
@click.option("--paths", multiple=True, metavar="GLOBS", help=_("Its paths, comma separated; one a company"))
@click.option("--name", default="", help=_("The group's name (default: the folder's)"))
@click.option("--language", type=click.Choice(LANGUAGES), help=_("Of what orch writes for people"))
@click.option(
    "--folder", default="", metavar="PATH", help=_("A folder in place of Supabase, Jira and Confluence")
)
@click.option("--no-hooks", is_flag=True, help=_("Do not install the git hooks"))
@click.option("-y", "--yes", is_flag=True, help=_("Take what was found without asking"))
@json_option
def init(
    ids: tuple[str, ...],
    paths: tuple[str, ...],
    name: str,
    language: str | None,
    folder: str,
    no_hooks: bool,
    yes: bool,
    as_json: bool,
) -> None:
    """Initialise."""
    output = Output.of(as_json)
    found = explicit_companies(ids, paths) if ids or paths else _ask(output, yes or as_json)
    done = initialise(
        Path.cwd(),
        found,
        name=name or Path.cwd().name,
        language=language or current(),
        folder=folder,
        hooks=not no_hooks,
        say=output.note,
    )
    output.data(asdict(done), lambda: _print_init(output, done))


@click.command(
    short_help=_("Trust this repository's configuration on this machine"),
    help=_(
        "A cloned repository's configuration does nothing before you trust it: it says where data goes. "
        "Any change of the file asks again."
    ),
    epilog=examples("orch trust", "orch trust --yes", "orch trust --revoke"),
)
@click.option("-y", "--yes", is_flag=True, help=_("Trust without asking"))
@click.option("--revoke", is_flag=True, help=_("Forget the trust"))
@json_option
def trust(yes: bool, revoke: bool, as_json: bool) -> None:
    """Show where data would go, ask, and record the trust outside the repository."""
    output = Output.of(as_json)
    if revoke:
        n = revoke_trust(Path.cwd())
        output.data({"revoked": n}, lambda: output.line(_("no longer trusted")))
        return
    root, text, lines = describe_trust(Path.cwd())
    for line in [_("orch would send data to:"), *lines] if lines else [_("no remote is configured")]:
        output.note("  ", line)
    if not yes and not (sys.stdin.isatty() and click.confirm(_("trust this configuration?"), err=True)):
        raise UsageError(_("not trusted"), _("read .orch/config.toml, then run `orch trust --yes`"))
    record_trust(root, text)
    output.data({"trusted": str(root)}, lambda: output.line(_("trusted: {path}").format(path=root)))


@click.group(
    short_help=_("Install, show or remove the git hooks"),
    help=_("The git hooks only append a line to a spool; existing hooks are kept and go on running."),
)
def hooks() -> None:
    """Git hooks."""


def _hooks_command(name: str, help_text: str) -> None:
    @hooks.command(name=name, help=help_text, epilog=examples(f"orch hooks {name}"))
    @json_option
    def command(as_json: bool) -> None:
        from orchestrator import git
        from orchestrator.capture import hooks as capture

        output = Output.of(as_json)
        act = {"install": capture.install, "uninstall": capture.uninstall, "status": capture.status}[name]
        report = act(git.open_repository(Path.cwd()))
        output.data(asdict(report), lambda: output.each(hook_lines(report)))


_hooks_command("install", _("Install the hooks beside those that are there."))
_hooks_command("uninstall", _("Remove our hooks and put back what was there before."))
_hooks_command("status", _("Say which hooks git would run here."))


def hook_lines(report: Report) -> list[str]:
    """How the hooks stand, a line a fact."""
    states = ", ".join(f"{name} {state.value}" for name, state in report.hooks.items())
    lines = [_("hooks in {folder}: {states}").format(folder=report.folder, states=states)]
    return [*lines, report.note] if report.note else lines


def _ask(output: Output, yes: bool) -> list[Found]:
    """The companies found, confirmed or corrected by the person at the terminal."""
    found = propose_companies(Path.cwd())
    if yes or not sys.stdin.isatty():
        if not found and not (Path.cwd() / ".orch/config.toml").exists():
            raise UsageError(
                _("no companies found in this repository"),
                _("name them: orch init --company empresa-a --paths 'empresas/a/**'"),
            )
        return found
    for company, name, globs in found:
        output.note("  ", output.err.bold(company), f"  {name}  {', '.join(globs)}")
    if found and click.confirm(_("are these the companies?"), default=True, err=True):
        return found
    return _ask_each()


def _ask_each() -> list[Found]:
    found: list[Found] = []
    while True:
        company = click.prompt(_("id of a company (empty: done)"), default="", show_default=False, err=True)
        if not company:
            return found
        globs = click.prompt(_("its paths, comma separated"), default=f"{company}/**", err=True)
        found.append((company, company.replace("-", " ").title(), [g.strip() for g in globs.split(",")]))


def _print_init(output: Output, done: Initialised) -> None:
    for path in done.written:
        output.line(_("written: {path}").format(path=path))
    output.line(_("companies: {ids}").format(ids=", ".join(done.companies)))
    output.each(hook_lines(done.hooks) if done.hooks else ())
    output.line(_("read {n} commits").format(n=done.captured))
    output.note(output.err.dim(_("next: ")), "git add .orch && git commit, orch status")
