"""`orch offers`, `orch accept` and `orch decline`."""

from __future__ import annotations

from dataclasses import asdict

import click

from orchestrator.app.offering import answer_offer, list_offers
from orchestrator.app.workspace import Workspace
from orchestrator.cli.options import (
    as_text,
    company_option,
    examples,
    json_option,
    limit_option,
    one_company_option,
)
from orchestrator.cli.output import Output
from orchestrator.config.group import Slot
from orchestrator.i18n import _, current
from orchestrator.store.offers import STATES, Offer
from orchestrator.words import kind_name, short_id, word, words_gone


@click.command(
    short_help=_("What the others offer, best fit first"),
    help=_("What other companies shared and this one has not answered yet, best fit first."),
    epilog=examples(
        "orch pull && orch offers",
        "orch offers --company empresa-b --all",
        "orch show 3f2a --company empresa-b",
    ),
)
@company_option
@click.option("--all", "everything", is_flag=True, help=_("Answered and withdrawn ones too"))
@limit_option(20)
@json_option
def offers(company: str | None, everything: bool, limit: int, as_json: bool) -> None:
    """List offers."""
    output = Output.of(as_json)
    states = STATES if everything else ("open",)
    found = list_offers(Workspace.open(), company, states, limit)
    data = {c: [asdict(o) for o in listed] for c, listed in found.items()}
    output.data(data, lambda: _print(output, found))


def _answer_command(what: str, short: str, long: str, example: str) -> click.Command:
    @click.command(name=what, short_help=short, help=long, epilog=examples(example))
    @click.argument("offer", type=as_text)
    @click.option("--reason", type=as_text, default="", help=_("Why; kept in the audit trail"))
    @one_company_option
    @json_option
    def command(offer: str, reason: str, company: str | None, as_json: bool) -> None:
        output, workspace = Output.of(as_json), Workspace.open()
        owner, answered = answer_offer(workspace, company, offer, what, reason)
        words = {"accept": _("accepted: {title}"), "decline": _("declined: {title}")}
        output.data(asdict(answered), lambda: output.line(words[what].format(title=answered.title)))
        if what == "accept" and Slot.ISSUES not in workspace.group.company(owner).remotes:
            text = _(
                "no task is made: {company} keeps no issues ([company.jira] or [company.folder] in "
                ".orch/config.toml)"
            )
            output.note(text.format(company=owner))
        elif what == "accept":
            output.note(output.err.dim(_("next: ")), "orch push")

    return command


accept = _answer_command(
    "accept",
    _("Accept an offer"),
    _("Accept an offer; the next `orch push` makes a task of it in this company's own Jira."),
    "orch accept 3f2a --company empresa-b",
)
decline = _answer_command(
    "decline",
    _("Decline an offer"),
    _("Decline an offer: it is not shown again, except with `orch offers --all`."),
    'orch decline 3f2a --reason "usamos outro cache"',
)


def _print(output: Output, found: dict[str, list[Offer]]) -> None:
    style = output.out
    for company, listed in found.items():
        if not listed:
            output.note(_("{company}: no offers; `orch pull` asks for new ones").format(company=company))
        for o in listed:
            state = "" if o.state == "open" else f" [{word(o.state)}]"
            if o.changed_since:
                state = " " + style.yellow(_("[changed since it was accepted]"))
            title = o.title or words_gone()
            head = style.dim(f"{short_id(o.key)} {o.company} → {company} ")
            output.line(f"{o.fit:4.2f} ", head, style.bold(f"{kind_name(o.kind, current())}: "), title, state)
            if o.reasons:
                output.line(style.dim("     " + "; ".join(o.reasons)))
