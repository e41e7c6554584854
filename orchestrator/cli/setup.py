"""`orch init` and `orch trust`."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import click

from orchestrator.app.setup import (
    Found,
    Initialised,
    explicit_companies,
    initialise,
    is_configured,
    propose_companies,
)
from orchestrator.app.trusting import Asked, describe_trust, record_trust, revoke_trust
from orchestrator.cli.hooks import hook_lines
from orchestrator.cli.options import confirm, examples, json_option
from orchestrator.cli.output import Output
from orchestrator.cli.question import typed
from orchestrator.errors import Exit, NotTrustedError, UsageError
from orchestrator.git import open_repository
from orchestrator.i18n import LANGUAGES, _, current, ngettext


@click.command(
    short_help=_("Set orch up in this repository"),
    help=_(
        "Write .orch/config.toml with the companies found (or named), make the stores, install the hooks and "
        "read the history. Running it again completes what is missing and overwrites nothing."
    ),
    epilog=examples(
        "orch init",
        "orch init --company empresa-a --paths 'empresas/a/**'",
        "orch init --yes --folder ../orch-compartilhado",
    ),
)
@click.option("--company", "ids", multiple=True, metavar="ID", help=_("A company; repeat for several"))
@click.option(
    "--paths", multiple=True, metavar=_("GLOBS"), help=_("Its paths, comma separated; one a company")
)
@click.option("--name", default="", help=_("The group's name (default: the folder's)"))
@click.option("--language", type=click.Choice(LANGUAGES), help=_("Of what orch writes for people"))
@click.option(
    "--folder", default="", metavar=_("PATH"), help=_("A folder in place of Supabase, Jira and Confluence")
)
@click.option("--no-hooks", is_flag=True, help=_("Do not install the git hooks"))
@click.option(
    "--background/--no-background", default=False, help=_("Also read each commit at once, in the background")
)
@click.option("-y", "--yes", is_flag=True, help=_("Take what was found without asking"))
@json_option
def init(
    ids: tuple[str, ...],
    paths: tuple[str, ...],
    name: str,
    language: str | None,
    folder: str,
    no_hooks: bool,
    background: bool,
    yes: bool,
    as_json: bool,
) -> int:
    """Initialise."""
    output = Output.of(as_json)
    found = explicit_companies(ids, paths) if ids or paths else _ask(output, yes or as_json)
    if found and is_configured(Path.cwd()):
        output.note(_("{path} is there already and stays as it is").format(path=".orch/config.toml"))
    done = initialise(
        Path.cwd(),
        found,
        name=name,
        language=language or current(),
        folder=folder,
        hooks=not no_hooks,
        background=background,
        named=bool(ids or paths),
        say=output.note,
    )
    output.data(asdict(done), lambda: _print_init(output, done))
    return Exit.INCOMPLETE if done.failed else Exit.OK


@click.command(
    short_help=_("Trust this repository's configuration on this machine"),
    help=_(
        "A cloned repository's configuration does nothing before you trust it: it says where data goes. "
        "Where a place changed, read what would move there: a mistyped folder is made anew. "
        "Any change of the file asks again. A policy (.orch/policy.toml) that changed only tightens until "
        "then."
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
    asked = describe_trust(Path.cwd())
    answer = asked.as_json()
    for line in _told(asked):
        output.note("  ", line)
    if asked.already:
        output.data(answer, lambda: output.line(_("trusted already: {path}").format(path=asked.root)))
        return
    if not yes:
        hint = _("read .orch/config.toml, then run `orch trust --yes`")
        if not sys.stdin.isatty():
            raise UsageError(_("not trusted"), hint)
        if not confirm(_("trust this configuration?")):
            raise NotTrustedError(_("not trusted"), hint)
    record_trust(asked)
    output.data(answer, lambda: output.line(_("trusted: {path}").format(path=asked.root)))
    from orchestrator.capture.hooks import status

    if mend := status(open_repository(asked.root)).mend:  # a clone brings no hooks
        output.note(output.err.dim(_("next: ")), mend)


def _told(asked: Asked) -> Iterator[str]:
    """What a person should read first, a heading above each list that holds something."""
    if not asked.sends_to:
        yield _("no remote is configured")
    for heading, lines in (
        (_("orch would send data to:"), asked.sends_to),
        (_("`orch reembed` would fetch and run the language model:"), asked.fetches),
        (_("the first push would make:"), asked.makes),
        (_("git would commit what is shared in:"), asked.commits),
        (_("the next push would put elsewhere what was pushed:"), asked.moves),
        (_("stores would change hands:"), asked.owners),
        (_("the new paths leave out the files of what was learnt:"), asked.outside),
        (_(".orch/policy.toml asks for less than the defaults:"), asked.loosens),
        (_("fewer questions before something is shared:"), asked.shares),
    ):
        if lines:
            yield from (heading, *lines)


def _ask(output: Output, yes: bool) -> list[Found]:
    """The companies found, confirmed or corrected by the person at the terminal."""
    if is_configured(Path.cwd()):
        return []
    found = propose_companies(Path.cwd())
    if yes or not sys.stdin.isatty():
        if not found:
            raise UsageError(
                _("no companies found in this repository"),
                _("name them: orch init --company empresa-a --paths 'empresas/a/**'"),
            )
        return found
    for company, name, globs in found:
        output.note("  ", output.err.bold(company), f"  {name}  {', '.join(globs)}")
    if found and confirm(_("are these the companies?"), default=True):
        return found
    return _ask_each()


def _ask_each() -> list[Found]:
    found: list[Found] = []
    while True:
        company = typed(_("id of a company (empty: done)")).strip()
        if not company:
            return found
        globs = typed(_("its paths, comma separated"), f"{company}/**")
        found.append((company, company.replace("-", " ").title(), [g.strip() for g in globs.split(",")]))


def _print_init(output: Output, done: Initialised) -> None:
    for path in done.written:
        output.line(_("written: {path}").format(path=path))
    output.line(_("companies: {ids}").format(ids=", ".join(done.companies)))
    output.each(hook_lines(done.hooks) if done.hooks else ())
    n = done.captured
    output.line(ngettext("read {n} commit", "read {n} commits", n).format(n=n))
    for why in done.failed.values():
        output.note(output.err.red(why))
    for command in (*(("git add .orch && git commit",) if done.written else ()), "orch status"):
        output.note(output.err.dim(_("next: ")), command)
