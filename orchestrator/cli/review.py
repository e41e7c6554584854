"""`orch review`, `orch withdraw` and `orch check`."""

from __future__ import annotations

import sys
from typing import TextIO

import click

from orchestrator.app import reviewing
from orchestrator.app.insights import find_insight
from orchestrator.app.reviewing import Waiting
from orchestrator.app.workspace import Workspace
from orchestrator.cli.options import as_text, company_option, examples, json_option, standard_input
from orchestrator.cli.output import Output
from orchestrator.errors import Exit
from orchestrator.i18n import _, current
from orchestrator.model import Outcome
from orchestrator.wishes import kind_name
from orchestrator.words import word

KEYS = "aersq"


@click.command(
    short_help=_("Consent to sharing, or refuse"),
    help=_(
        "Without options, on a terminal: one screen an insight, and one key: approve, edit, refuse, skip, "
        "quit. With options or --json: for scripts."
    ),
    epilog=examples(
        "orch review",
        "orch review --approve 3f2a --approve 77c1",
        "orch review --approve-all",
        "orch review --json",
    ),
)
@click.option(
    "--approve", multiple=True, metavar="ID", help=_("Consent to sharing this insight (ID@VERSION: as shown)")
)
@click.option("--approve-all", is_flag=True, help=_("Consent to everything that validation lets through"))
@click.option("--refuse", multiple=True, metavar="ID", help=_("Refuse to share this insight"))
@click.option("--reason", type=as_text, default="", help=_("Why; kept in the audit trail"))
@click.option("--edit", "edit_id", metavar="ID", help=_("Replace its text by standard input or an editor"))
@click.option("--blocked", is_flag=True, help=_("Show what validation blocks, and why"))
@company_option
@json_option
def review(
    approve: tuple[str, ...],
    approve_all: bool,
    refuse: tuple[str, ...],
    reason: str,
    edit_id: str | None,
    blocked: bool,
    company: str | None,
    as_json: bool,
) -> None:
    """Decide, or list what waits for a decision."""
    output, workspace = Output.of(as_json), Workspace.open()
    if edit_id:
        _edit(output, workspace, company, edit_id)
        return
    if approve_all:
        found = reviewing.waiting(workspace, company, output.note)
        approve += tuple(f"{w.insight.id}@{w.version}" for w in found if w.verdict.may_leave)
    if approve or refuse or approve_all:
        done = reviewing.answer_all(workspace, company, approve, "approve", reason)
        done += reviewing.answer_all(workspace, company, refuse, "refuse", reason)
        text = _("{n} decisions written down").format(n=len(done))
        output.data([i.id for i in done], lambda: output.line(text))
        return
    found = reviewing.waiting(workspace, company, output.note, blocked=blocked)
    if as_json or blocked or not sys.stdin.isatty():
        output.data([w.as_json() for w in found], lambda: _list(output, found))
        return
    _ask_each(output, workspace, found)


@click.command(
    short_help=_("Take back what was shared"),
    help=_("Withdraw consent: the next push takes the insight back from every remote."),
    epilog=examples('orch withdraw 3f2a --reason "cliente pediu"'),
)
@click.argument("insight")
@click.option("--reason", type=as_text, default="", help=_("Why; kept in the audit trail"))
@company_option
@json_option
def withdraw(insight: str, reason: str, company: str | None, as_json: bool) -> None:
    """Withdraw an insight."""
    output = Output.of(as_json)
    done = reviewing.answer(Workspace.open(), company, insight, "withdraw", reason)
    text = _("{id} is withdrawn; `orch push` takes it back from the remotes").format(id=done.id)
    output.data({"id": done.id}, lambda: output.line(text))


@click.command(
    short_help=_("Validate a text: may it leave?"),
    help=_("Validate a file, or `-` for standard input. Exit code 4 when it may not leave as it is."),
    epilog=examples("orch check nota.md", "git log -1 --format=%B | orch check -"),
)
@click.argument("file", type=click.File("r", encoding="utf-8", errors="backslashreplace"))
@company_option
@json_option
def check(file: TextIO, company: str | None, as_json: bool) -> int:
    """Judge a text by the company's policy."""
    output = Output.of(as_json)
    outcome, reasons, cleaned = reviewing.check_text(Workspace.open(), company, file.read())
    data = {"outcome": outcome.value, "findings": list(reasons), "redacted": cleaned}
    output.data(data, lambda: output.each((word(outcome.value), *reasons)))
    return Exit.OK if outcome is Outcome.ALLOW else Exit.REFUSED


def _edit(output: Output, workspace: Workspace, company: str | None, insight_id: str) -> None:
    changed = _changed(output, workspace, company, insight_id)
    if changed is None:
        output.data({"id": insight_id, "changed": False}, lambda: output.note(_("nothing changed")))
    else:
        data = {**changed.as_json(), "changed": True}
        output.data(data, lambda: _screen(output, changed))


def _changed(output: Output, workspace: Workspace, company: str | None, insight_id: str) -> Waiting | None:
    """The insight in a person's words; None when nothing was changed."""
    _owner, insight = find_insight(workspace, company, insight_id)
    before = f"{insight.record.title}\n\n{insight.record.content}\n"
    text = click.edit(before) if sys.stdin.isatty() else standard_input()
    if text is None or not text.strip() or text == before:
        return None
    return reviewing.change_text(workspace, company, insight_id, text, output.note)


def _list(output: Output, found: list[Waiting]) -> None:
    if not found:
        output.note(_("nothing waits for a decision"))
    for w in found:
        _screen(output, w)


def _screen(output: Output, w: Waiting) -> None:
    style, r = output.out, w.insight.record
    output.line()
    output.line(style.bold(f"{kind_name(r.kind, current())}: {r.title}"))
    output.line(style.dim(f"{w.insight.id[3:11]}  {w.insight.company}  {w.insight.created_at[:10]}"))
    if r.content != r.title:
        output.lines(r.content)
    for reason in w.insight.reasons:
        output.line(style.dim("  + "), reason)
    for sentence in w.explanations:
        output.line(style.yellow("  ! "), sentence)
    where = ", ".join(x.remote for x in w.would_send) or _("nowhere")
    output.line(style.dim(_("would go to: ")), where)


def _ask_each(output: Output, workspace: Workspace, found: list[Waiting]) -> None:
    if not found:
        output.note(_("nothing waits for a decision"))
    for number, waiting in enumerate(found, start=1):
        w = waiting
        _screen(output, w)
        while (key := _key(output, number, len(found))) == "e":  # then the same question on the new text
            w = _changed(output, workspace, w.insight.company, w.insight.id) or w
            _screen(output, w)
        if key == "q":
            return
        _act(workspace, w, key)


def _act(workspace: Workspace, w: Waiting, key: str) -> None:
    if key == "a":
        reviewing.answer(workspace, w.insight.company, w.insight.id, "approve", version=w.version)
    elif key == "r":
        asked = click.prompt(_("why (kept in the audit trail)"), default="", show_default=False, err=True)
        reviewing.answer(workspace, w.insight.company, w.insight.id, "refuse", as_text(asked), w.version)


def _key(output: Output, number: int, total: int) -> str:
    prompt = _("[{n}/{total}] (a)pprove (e)dit (r)efuse (s)kip (q)uit: ").format(n=number, total=total)
    while True:
        output.note(prompt)
        key = click.getchar().lower()
        if key in KEYS:
            return key
