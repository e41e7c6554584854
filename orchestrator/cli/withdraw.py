"""`orch withdraw`: take back what was shared."""

from __future__ import annotations

import click

from orchestrator.app import reviewing, withdrawing
from orchestrator.app.workspace import Workspace
from orchestrator.cli.options import as_text, company_option, examples, json_option
from orchestrator.cli.output import Output
from orchestrator.errors import UsageError
from orchestrator.i18n import _, ngettext


@click.command(
    short_help=_("Take back what was shared"),
    help=_("Withdraw consent: the next push takes the insight back from every remote."),
    epilog=examples(
        'orch withdraw 3f2a --reason "cliente pediu"',
        "orch withdraw --company empresa-antiga --all",
        "orch withdraw --elsewhere",
    ),
)
@click.argument("insight", required=False)
@click.option(
    "--all", "everything", is_flag=True, help=_("All that the company shared, of a former company too")
)
@click.option(
    "--elsewhere",
    is_flag=True,
    help=_("Everything that was learnt from commits outside of the company's paths, after these changed"),
)
@click.option("--reason", type=as_text, default="", help=_("Why; kept in the audit trail"))
@company_option
@json_option
def withdraw(
    insight: str | None, everything: bool, elsewhere: bool, reason: str, company: str | None, as_json: bool
) -> None:
    """Withdraw an insight, all that a company shared, or what its paths no longer hold."""
    output = Output.of(as_json)
    if [bool(insight), everything, elsewhere].count(True) != 1 or (everything and not company):
        raise UsageError(
            _("which insight?"),
            _("name one, or `--company ID --all` for all that a company shared, or `--elsewhere`"),
        )
    if insight is None:
        workspace = Workspace.open()
        ids = (
            withdrawing.withdraw_elsewhere(workspace, company, reason, output.note)
            if elsewhere
            else withdrawing.withdraw_all(workspace, company or "", reason)
        )
        told = ngettext(
            "{n} insight is withdrawn; `orch push` takes it back from the remotes",
            "{n} insights are withdrawn; `orch push` takes them back from the remotes",
            len(ids),
        ).format(n=len(ids))
        output.data({"ids": ids}, lambda: output.line(told))
        return
    done = reviewing.answer(Workspace.open(), company, insight, "withdraw", reason)
    text = _("{id} is withdrawn; `orch push` takes it back from the remotes").format(id=done.id)
    output.data({"id": done.id}, lambda: output.line(text))
