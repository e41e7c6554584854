"""`orch reembed`."""

from __future__ import annotations

from dataclasses import asdict

import click

from orchestrator.cli.options import company_option, dry_run_option, examples, json_option
from orchestrator.cli.output import Output
from orchestrator.i18n import _


@click.command(
    short_help=_("Change to another language model, search working meanwhile"),
    help=_(
        "Give every text a vector of the model that .orch/config.toml names, fetching the model when it is"
        " not here. Search goes on with the former vectors until the last text is done. It may be"
        " interrupted at any time and goes on where it was."
    ),
    epilog=examples("orch reembed", "orch reembed --dry-run", "orch reembed --company empresa-a"),
)
@company_option
@dry_run_option
@json_option
def reembed(company: str | None, dry_run: bool, as_json: bool) -> None:
    """Embed what is left and tell."""
    from orchestrator.app import reembedding
    from orchestrator.app.workspace import Workspace

    output = Output.of(as_json)
    found = reembedding.reembed(Workspace.open(), company, output.note, dry_run=dry_run)

    def show() -> None:
        for name, done in found.items():
            told = _("texts to embed: {n} ({model})") if dry_run else _("texts embedded: {n} ({model})")
            output.line(output.out.dim(f"{name} "), told.format(n=done.texts, model=done.model))

    output.data({name: asdict(done) for name, done in found.items()}, show)
