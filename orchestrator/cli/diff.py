"""`orch diff`."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any
from urllib.parse import unquote

import click

from orchestrator.app.differing import Compared, Subject, compare
from orchestrator.app.status import known_remotes
from orchestrator.app.workspace import Workspace
from orchestrator.cli.options import company_option, examples, json_option, remote_option
from orchestrator.cli.output import Output, ended
from orchestrator.cli.push_report import print_difference, step_json
from orchestrator.errors import Exit
from orchestrator.i18n import _, current
from orchestrator.reconcile.difference import Difference
from orchestrator.words import kind_name, told


@click.command(
    short_help=_("What each remote holds of an insight, against what it should hold"),
    help=_(
        "Compare one insight with what each remote holds now: - is there, + would be sent. Only asks; the "
        "exit code is 3 where a remote could not be asked."
    ),
    epilog=examples("orch diff 3f2a", "orch diff 3f2a --remote global.pages", "orch diff 3f2a --json"),
)
@click.argument("insight")
@company_option
@remote_option
@json_option
def diff(insight: str, company: str | None, remotes: tuple[str, ...], as_json: bool) -> int:
    """Compare, print a line a remote and the lines that differ."""
    output = Output.of(as_json)
    workspace = Workspace.open()
    names = known_remotes(workspace, company, remotes)
    found, compared = compare(workspace, company, insight, names, output.note)
    data = {"id": found.id, "company": found.company, "remotes": [_json(c) for c in compared]}
    output.data(data, lambda: _print(output, found, compared))
    unknown = any(c.state == "unknown" for c in compared)
    return ended(output, workspace.behind, Exit.INCOMPLETE if unknown else Exit.OK)


def _json(c: Compared) -> dict[str, Any]:
    step = step_json(c.step) if c.step else {}
    row = asdict(c.row) if c.row else {}
    plain = {"remote": c.remote, "label": c.label, "state": c.state, "reason": c.reason, "hint": c.hint}
    texts = {name: step.get(name) for name in ("held", "wanted", "diff")}
    return {**plain, "ref": row.get("ref", ""), "url": row.get("url", ""), **texts}


def _print(output: Output, found: Subject, compared: list[Compared]) -> None:
    style = output.out
    name = kind_name(found.kind, current())
    output.line(style.bold(f"{name}: {found.title}"), style.dim(f"  {found.id}  {found.company}"))
    if not compared:
        output.note(_nowhere(found))
    if any(c.step and Difference(c.step.held, c.step.wanted).lines() for c in compared):
        output.line(style.dim(_("- is there, + would be sent")))
    for c in compared:
        where = unquote(c.row.url or c.row.ref) if c.row else ""
        output.line(style.bold(f"{c.label}: "), _state(output, c), style.dim(f"  {where}" if where else ""))
        if c.step:
            print_difference(output, c.step, None)
        for command in _ways_out(c, found):
            output.line("    ", style.dim(command))
        if c.hint:
            output.note("    ", output.err.bold(_("Try:")), f" {c.hint}")


def _state(output: Output, c: Compared) -> str:
    style = output.out
    words = {
        "in_step": style.green(_("in step")),
        "absent": style.yellow(_("would be created")),
        "differs": style.yellow(_("differs")),
        "edited": style.red(_("a person changed it")),
        "gone": style.red(_("a person removed it")),
        "to_retract": style.yellow(_("would be taken away")),
        "kept": style.yellow(_kept(c)),
        "in_doubt": style.yellow(_("the answer was lost; the next push asks again")),
        "unwanted": style.dim(_("nothing is wanted there")),
    }
    return words.get(c.state) or style.red(told(c.reason))


def _kept(c: Compared) -> str:
    """What lies there while nobody has decided on a newer text."""
    if c.step and c.step.observed and c.step.observed.edited:
        return _("a person's words; the newer text here waits for `orch review`")
    return _("as it was agreed to; a newer text waits for `orch review`")


def _nowhere(found: Subject) -> str:
    if found.offer:
        return _("{company} keeps no task of this offer").format(company=found.company)
    return _("{company}: no remote is configured in .orch/config.toml").format(company=found.company)


def _ways_out(c: Compared, found: Subject) -> list[str]:
    """What a person may say where a person changed or removed something."""
    named = f"{found.id} --company {found.company}" if found.offer else found.id
    if c.state not in ("edited", "gone"):
        return []
    if c.former:
        return [
            _("orch push --force {id}    take it away there, the person's words too").format(id=named),
            _("orch drop {id}    leave it there").format(id=named),
        ]
    if c.state == "gone":
        again = _("orch push --force {id}    create it again").format(id=named)
        drop = _("orch drop {id}    leave it so").format(id=named)
        everywhere = _("orch withdraw {id}    take it back everywhere").format(id=named)
        return [again, drop] if found.offer else [again, drop, everywhere]
    force = _("orch push --force {id}    write ours over it").format(id=named)
    if found.offer:
        return [force]
    return [_("orch adopt {id}    take the person's text").format(id=named), force]
