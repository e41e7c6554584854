"""`orch audit` and `orch audit verify`."""

from __future__ import annotations

import shutil
from collections.abc import Sequence

import click

from orchestrator.app import audit as trail
from orchestrator.app.audit import Entry, Verified
from orchestrator.app.workspace import Workspace
from orchestrator.cli.options import ROWS, as_text, company_option, examples, json_option, since_option
from orchestrator.cli.output import Output
from orchestrator.errors import Exit
from orchestrator.i18n import _, ngettext
from orchestrator.store.offers import PREFIX, key_of
from orchestrator.words import short_id, word

WIDE = 100  # columns
SHORT = 8  # digits of a hash, enough to find it in --json


@click.group(
    invoke_without_command=True,
    short_help=_("Every decision, and proof that none was changed"),
    help=_(
        "Every decision, newest first: when, who, which insight and version, the answer and its reason; "
        "the answers to offers too. "
        "Decisions are only ever appended, each with the hash of the one before. --json has every hash."
    ),
    epilog=examples(
        "orch audit",
        "orch audit --company empresa-a --since 2026-01-31",
        "orch audit --insight 3f2a --json",
        "orch audit verify",
    ),
)
@click.option("--insight", type=as_text, default="", metavar="ID", help=_("Only of this insight or offer"))
@since_option(_("Not older"))
@click.option("--limit", type=ROWS, help=_("How many"))
@company_option
@json_option
@click.pass_context
def audit(
    context: click.Context, insight: str, since: str, limit: int | None, company: str | None, as_json: bool
) -> None:
    """List the decisions, unless a command follows."""
    if context.invoked_subcommand:
        return
    output = Output.of(as_json)
    found = trail.decisions(Workspace.open(), company, insight=insight, since=since, limit=limit)
    output.data([e.as_json() for e in found], lambda: _list(output, found, filtered=bool(insight or since)))


@audit.command(
    short_help=_("Prove that no decision was changed, removed or moved"),
    help=_(
        "Walk every trail from its first row: a row that was changed, removed, added or moved breaks its "
        "chain, and a trail that was cut off at its end or written anew contradicts what this machine "
        "remembers of it. Exit code 1, and the first broken row, when one does not hold."
    ),
    epilog=examples("orch audit verify", "orch audit verify --company empresa-a --json"),
)
@click.option(
    "--accept-loss",
    metavar="ID",
    help=_("Accept that this company's earlier trail is gone (a store that was damaged and made anew)"),
)
@company_option
@json_option
def verify(accept_loss: str | None, company: str | None, as_json: bool) -> int:
    """Prove the trails."""
    output, workspace = Output.of(as_json), Workspace.open()
    if accept_loss:
        count = trail.accept_loss(workspace, accept_loss)
        output.note(ngettext("{n} lost trail accepted", "{n} lost trails accepted", count).format(n=count))
    found = trail.verify(workspace, company)
    output.data([v.as_json() for v in found], lambda: _told(output, found))
    return Exit.OK if all(v.ok for v in found) else Exit.FAILURE


def _list(output: Output, found: Sequence[Entry], *, filtered: bool) -> None:
    """A line a decision; versions only where the terminal is wide, --json has them all."""
    if not found:
        output.note(_("no decision is like that") if filtered else _("nothing was decided yet"))
        return
    wide = shutil.get_terminal_size((WIDE, 24)).columns >= WIDE
    versions = (_("version"),) if wide else ()
    headers = (_("when"), _("who"), _("company"), _("insight"), *versions, _("decision"), _("reason"))
    output.table([_row(e, wide) for e in found], headers)


def _row(e: Entry, wide: bool) -> tuple[str, ...]:
    d = e.row.decision
    version = (d.version[:SHORT],) if wide else ()
    about = _about(d.insight)
    when = d.at[:16].replace("T", " ")
    return (when, d.who, e.company, about, *version, _answer(e), _reasons().get(d.reason, d.reason))


def _about(insight: str) -> str:
    """The short id of an insight; an offer's and its origin; a shared component's folder and who got it."""
    if insight.startswith(PREFIX):
        key = key_of(insight)
        origin = insight.removeprefix(PREFIX).removesuffix(f":{key}")
        return f"{short_id(key)} ← {origin}"
    if not insight.startswith("component:"):
        return short_id(insight)
    folder, _colon, to = insight.removeprefix("component:").rpartition(":")
    return f"{folder} → {to}" if to else folder


def _answer(e: Entry) -> str:
    d = e.row.decision
    if d.insight.startswith(PREFIX):
        return word({"approve": "accepted", "refuse": "declined"}.get(d.action, d.action))
    scopes = {"version": _("this version"), "good": _("for good")}
    said = _("waits again") if d.action == "ask" else word(d.action)
    return f"{said} ({scopes[d.scope]})" if d.scope in scopes else said


def _reasons() -> dict[str, str]:
    """The words for the reasons that orch itself writes down; a person's stay as they are."""
    return {
        "undone": _("undone"),
        "reviewed": _("reviewed"),
        "approved for good": _("approved for good"),
        "less leaves than was agreed to": _("less leaves than was agreed to"),
        "the policy lets new versions follow": _("the policy lets new versions follow"),
    }


def _told(output: Output, found: Sequence[Verified]) -> None:
    if not found:
        output.note(_("nothing was decided yet"))
    for v in found:
        if v.ok:
            rows = ngettext("{n} decision, chain unbroken", "{n} decisions, chain unbroken", v.rows)
            output.line(output.out.green(_("ok")), f"  {v.company}: {rows.format(n=v.rows)}")
        else:
            output.line(output.out.red(_("bad")), f"  {v.company}: {v.problem}")
            if v.mend:
                output.note("    ", output.err.bold(_("Try:")), f" {v.mend}")
