"""`orch withdraw`: take back what was shared."""

from __future__ import annotations

from collections.abc import Iterator

import click

from orchestrator.app import reviewing, withdrawing
from orchestrator.app.workspace import Workspace
from orchestrator.cli.options import as_text, company_option, examples, json_option
from orchestrator.cli.output import Output
from orchestrator.errors import UsageError
from orchestrator.i18n import _, ngettext
from orchestrator.words import short_id


@click.command(
    short_help=_("Take back what was shared"),
    help=_(
        "Withdraw consent: the next push takes the insight back from every remote, the company's own memory "
        "included. `orch review --refuse` takes it back from the group alone."
    ),
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
    requests: list[str] = []
    if insight is None:
        if elsewhere:
            ids = withdrawing.withdraw_elsewhere(workspace, company, reason, output.note)
        else:
            ids, requests = withdrawing.withdraw_all(workspace, company or "", reason)
        n = len(ids)
        told = ngettext("{n} insight is withdrawn", "{n} insights are withdrawn", n).format(n=n)
    else:
        ids = [reviewing.answer(workspace, company, insight, "withdraw", reason).id]
        told = _("{id} is withdrawn").format(id=ids[0])
    then = withdrawing.follows(workspace, company, ids, requests)
    named = {"ids": ids} if insight is None else {"id": ids[0]}
    data = {**named, "objects": then.objects, "own": then.own, "same": then.same}
    output.data(data, lambda: output.each((f"{told}; {_what_goes(then)}", *_what_stays(then))))


def _what_goes(then: withdrawing.Follows) -> str:
    if not then.objects:
        return _("nothing is known to lie on a remote")
    text = ngettext(
        "the next `orch push` takes {n} object back",
        "the next `orch push` takes {n} objects back",
        then.objects,
    ).format(n=then.objects)
    if not then.own:
        return text
    own = ngettext(
        "{n} of them from the company's own places", "{n} of them from the company's own places", then.own
    )
    return f"{text}, {own.format(n=then.own)}"


def _what_stays(then: withdrawing.Follows) -> Iterator[str]:
    for key in then.same[:5]:
        text = _("{id} says the same and waits: only `orch review --approve {id}` shares it")
        yield text.format(id=short_id(key))
    if more := len(then.same[5:]):
        yield _("and {n} more").format(n=more)
