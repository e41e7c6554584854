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
    workspace = Workspace.open()
    if insight is None:
        ids = (
            withdrawing.withdraw_elsewhere(workspace, company, reason, output.note)
            if elsewhere
            else withdrawing.withdraw_all(workspace, company or "", reason)
        )
        n = len(ids)
        told = ngettext("{n} insight is withdrawn", "{n} insights are withdrawn", n).format(n=n)
    else:
        ids = [reviewing.answer(workspace, company, insight, "withdraw", reason).id]
        told = _("{id} is withdrawn").format(id=ids[0])
    objects = withdrawing.lying(workspace, company, ids)
    data = {"ids": ids, "objects": objects} if insight is None else {"id": ids[0], "objects": objects}
    output.data(data, lambda: output.line(f"{told}; {_what_follows(objects)}"))


def _what_follows(objects: int) -> str:
    if not objects:
        return _("nothing is known to lie on a remote")
    text = ngettext(
        "the next `orch push` takes {n} object back", "the next `orch push` takes {n} objects back", objects
    )
    return text.format(n=objects)
