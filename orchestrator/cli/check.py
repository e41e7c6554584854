"""`orch check`: whether a text, or a file of that name, may leave."""

from __future__ import annotations

import os
from dataclasses import asdict
from typing import Any, TextIO

import click

from orchestrator.app.checking import check_text
from orchestrator.app.policy_explain import exception_toml
from orchestrator.app.workspace import Workspace
from orchestrator.cli.options import as_text, company_option, examples, json_option
from orchestrator.cli.output import Output
from orchestrator.cli.policy_text import print_findings
from orchestrator.errors import Exit, UsageError
from orchestrator.i18n import _
from orchestrator.model import Outcome
from orchestrator.words import word


class TextFile(click.File):
    """A file to read; where words were given in its place, what to do with words."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """As click does. Raises UsageError for a name that nothing has."""
        if isinstance(value, str) and value != "-" and not os.path.lexists(value):
            raise UsageError(
                _("there is no file {name}").format(name=as_text(value)),
                _("to validate words: echo 'WORDS' | orch check -"),
            )
        return super().convert(value, param, ctx)


@click.command(
    short_help=_("Validate a text: may it leave?"),
    help=_(
        "Validate a file, or `-` for standard input. Exit code 4 when it may not leave as it is. Beside each "
        "finding stands the exception for that one value, to paste into .orch/policy.toml. With --path also "
        "whether a file of that name may leave; then FILE may be left out."
    ),
    epilog=examples(
        "orch check nota.md",
        "git log -1 --format=%B | orch check -",
        "orch check nota.md --path empresas/a/clientes/nota.md",
        "orch check --path certs/prod.pem",
    ),
)
@click.argument("file", type=TextFile(encoding="utf-8", errors="backslashreplace"), required=False)
@click.option(
    "--path",
    "paths",
    multiple=True,
    type=as_text,
    help=_("A path from the repository's top, or several"),
)
@company_option
@json_option
def check(file: TextIO | None, paths: tuple[str, ...], company: str | None, as_json: bool) -> int:
    """Judge a text by the company's policy."""
    output = Output.of(as_json)
    if file is None and not paths:
        raise click.UsageError(_("name a file, `-` for standard input, or --path PATH"))
    checked = check_text(Workspace.open(), company, file.read() if file else None, paths)
    outcome = checked.outcome.value
    details = [
        {**asdict(f), "toml": exception_toml(f.fingerprint) if f.fingerprint else ""}
        for f in checked.findings
    ]
    data = {"outcome": outcome, "findings": list(checked.sentences), "redacted": checked.redacted}

    def told() -> None:
        output.line(word(outcome))
        print_findings(output, checked.findings)

    output.data({**data, "details": details}, told)
    return Exit.OK if checked.outcome is Outcome.ALLOW else Exit.REFUSED
