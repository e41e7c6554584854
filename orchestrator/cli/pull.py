"""`orch pull`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import click

from orchestrator.app.pulling import Pulled, pull_all
from orchestrator.app.workspace import Workspace
from orchestrator.cli.options import (
    company_option,
    examples,
    json_option,
)
from orchestrator.cli.output import Output, ended
from orchestrator.errors import CredentialsError, Exit, OrchError, StoreError
from orchestrator.i18n import _, ngettext
from orchestrator.store.offers import PREFIX, key_of


@click.command(
    short_help=_("Receive what the other companies shared"),
    help=_("Receive what the others shared as offers, and the state of what this company sent."),
    epilog=examples("orch pull", "orch pull --company empresa-b && orch offers --company empresa-b"),
)
@company_option
@json_option
def pull(company: str | None, as_json: bool) -> int:
    """Pull, print what came."""
    output = Output.of(as_json)
    workspace = Workspace.open()
    found = pull_all(workspace, company, output.note)
    output.data({c: _pulled_json(p) for c, p in found.items()}, lambda: _print_pulled(output, found))
    return ended(output, workspace.behind, _code(found))


def _code(found: Mapping[str, Pulled]) -> Exit:
    errors = [e for p in found.values() for e in p.errors.values()]
    if any(isinstance(e, StoreError) for e in errors):
        return Exit.FAILURE
    if any(isinstance(e, CredentialsError) for e in errors):
        return Exit.CREDENTIALS
    return Exit.INCOMPLETE if errors or any(p.received.kept for p in found.values()) else Exit.OK


def _pulled_json(p: Pulled) -> dict[str, Any]:
    return {
        "new": p.received.new,
        "changed": p.received.changed,
        "withdrawn": p.received.withdrawn,
        "refused": p.received.refused,
        "kept": p.received.kept,
        "taken_back": p.received.taken_back,
        "reworded": p.received.reworded,
        "edited": [key_of(key) for key in p.edited],
        "gone": [key_of(key) for key in dict.fromkeys(p.gone)],
        "errors": {
            name: {"code": e.code, "message": e.message, "hint": e.hint} for name, e in p.errors.items()
        },
    }


def _print_pulled(output: Output, found: dict[str, Pulled]) -> None:
    for company, p in found.items():
        r = p.received
        text = _("{new} new offers, {changed} changed, {withdrawn} withdrawn")
        counts = text.format(new=len(r.new), changed=len(r.changed), withdrawn=len(r.withdrawn))
        output.line(output.out.bold(f"{company}: "), counts)
        if r.kept:
            text = ngettext(
                "the group's memory answers nothing: {n} offer is kept for now",
                "the group's memory answers nothing: {n} offers are kept for now",
                r.kept,
            )
            output.note("  ", output.err.yellow(text.format(n=r.kept)))
            hint = _("see that its key may read the rows; an empty answer is believed the second time")
            output.note("  ", output.err.bold(_("Try:")), f" {hint}")
        for key, reason in list(r.refused.items())[:10]:
            output.note("  ", output.err.red(_("refused")), f" {key}: {reason}")
        for key in r.taken_back:
            text = _(
                "{id} was accepted here, and its company took it back: the next `orch push` takes its words "
                "out of the task"
            )
            output.line("  ", output.out.yellow(text.format(id=key)))
        for key in r.reworded:
            text = _(
                "{id} was accepted here in other words: the task keeps those until `orch accept {named}` or "
                "`orch decline {named}`; orch show {named}"
            )
            named = f"{key} --company {company}"
            output.line("  ", output.out.yellow(text.format(id=key, named=named)))
        for key in p.edited:
            told = _("changed by a person on the remote: orch diff {id}").format(id=_named(company, key))
            output.line("  ", output.out.yellow(told))
        for key in dict.fromkeys(p.gone):
            text = _("removed by a person on a remote, or hidden from this account: orch diff {id}")
            output.line("  ", output.out.yellow(text.format(id=_named(company, key))))
        for (message, hint), names in _alike(p.errors).items():
            output.note("  ", output.err.red(", ".join(names)), f": {message}")
            if hint:
                output.note("  ", output.err.bold(_("Try:")), f" {hint}")


def _named(company: str, key: str) -> str:
    """The id by which a command means this company's row: an offer has the id of what it is the offer of."""
    return f"{key_of(key)} --company {company}" if key.startswith(PREFIX) else key_of(key)


def _alike(errors: Mapping[str, OrchError]) -> dict[tuple[str, str], list[str]]:
    """{(message, hint): the remotes of which it is said}: several may lie in one folder."""
    found: dict[tuple[str, str], list[str]] = {}
    for name, e in errors.items():
        found.setdefault((e.message, e.hint), []).append(name)
    return found
