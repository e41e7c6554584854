"""`orch review`: consent to sharing, or refuse."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations

import click

from orchestrator.app import editing, reviewing
from orchestrator.app.insights import find_insight
from orchestrator.app.reviewing import Waiting
from orchestrator.app.workspace import Workspace
from orchestrator.cli.options import as_text, company_option, examples, json_option, standard_input
from orchestrator.cli.output import Output, ended
from orchestrator.cli.review_card import WIDE, Card
from orchestrator.cli.review_session import Session
from orchestrator.i18n import _, ngettext
from orchestrator.words import short_id

UNLIMITED = 10_000  # lines


@click.command(
    short_help=_("Consent to sharing, or refuse"),
    help=_(
        "Without options, on a terminal: one screen an insight, one key a decision; ? tells the keys. With "
        "options or --json: for scripts. A yes is for the version that was shown, a refusal stands for later "
        "versions too, unless --for-good or --this-version says otherwise."
    ),
    epilog=examples(
        "orch review",
        "orch review --approve 3f2a --approve 77c1",
        'orch review --refuse 3f2a --reason "cliente citado" --this-version',
        'orch review --hide 3f2a "Projeto Águia; dez milhões"',
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
@click.option(
    "--hide",
    nargs=2,
    multiple=True,
    metavar=_("ID WORDS"),
    type=as_text,
    help=_("Put a placeholder in place of words wherever they stand in it; several with ; between"),
)
@click.option("--for-good", is_flag=True, help=_("The answer is for later versions too"))
@click.option("--this-version", is_flag=True, help=_("The answer is for this version only"))
@click.option("--undo", multiple=True, metavar="ID", help=_("Take an answer back: it waits again"))
@click.option("--blocked", is_flag=True, help=_("Show what validation blocks, and why"))
@company_option
@json_option
def review(
    approve: tuple[str, ...],
    approve_all: bool,
    refuse: tuple[str, ...],
    reason: str,
    edit_id: str | None,
    hide: tuple[tuple[str, str], ...],
    for_good: bool,
    this_version: bool,
    undo: tuple[str, ...],
    blocked: bool,
    company: str | None,
    as_json: bool,
) -> int:
    """Decide, or list what waits for a decision."""
    answers = bool(approve or refuse or undo or approve_all)
    _one_answer_each(approve, refuse, undo)
    _one_thing(
        {
            "--edit": bool(edit_id),
            "--hide": bool(hide),
            "--approve, --refuse, --undo": answers,
            "--blocked": blocked,
        }
    )
    if not answers and (for_good or this_version or reason):
        raise click.UsageError(_("--reason, --for-good and --this-version go with --approve or --refuse"))
    output, workspace = Output.of(as_json), Workspace.open()
    scope = _scope(for_good, this_version)
    if edit_id:
        _edit(output, workspace, company, edit_id)
    elif hide:
        _hide(output, workspace, company, hide)
    elif answers:
        if approve_all:  # all but those that get another answer
            others = _bare((*refuse, *undo))
            approve += tuple(i for i in _all_that_may(workspace, company, output) if not _same(i, others))
        done = reviewing.answer_all(workspace, company, approve, "approve", reason, scope)
        for i in done:
            if i.share == "no":
                text = _("{id}: its commit said no to sharing; your yes counts from now on")
                output.note(text.format(id=short_id(i.id)))
        done += reviewing.answer_all(workspace, company, refuse, "refuse", reason, scope)
        done += reviewing.answer_all(workspace, company, undo, "ask", reason)
        n = len(done)
        text = ngettext("{n} decision written down", "{n} decisions written down", n).format(n=n)
        output.data([i.id for i in done], lambda: output.line(text))
    else:
        found = reviewing.waiting(workspace, company, output.note, blocked=blocked)
        _ask(output, workspace, found, keys=not as_json and not blocked)
    return ended(output, workspace.behind)


def _one_answer_each(*answers: tuple[str, ...]) -> None:
    """Refuse two answers to one insight, also where one is the beginning of the other's id."""
    for one, two in combinations(answers, 2):
        twice = [insight for insight in one if _same(insight, _bare(two))]
        if twice:
            raise click.UsageError(_("two different answers to {id}").format(id=twice[0]))


def _bare(ids: Iterable[str]) -> list[str]:
    """The digits of `i1-ID@VERSION`."""
    return [insight.partition("@")[0].removeprefix("i1-") for insight in ids]


def _same(insight: str, others: Iterable[str]) -> bool:
    """Whether the id may be one of the others: each may be given by its beginning only."""
    (name,) = _bare([insight])
    return any(name.startswith(other) or other.startswith(name) for other in others)


def _one_thing(asked: Mapping[str, bool]) -> None:
    """Refuse options that ask for several things at once: one of them would be left undone unsaid."""
    several = [name for name, is_asked in asked.items() if is_asked]
    if len(several) > 1:
        raise click.UsageError(_("not at once: {options}").format(options="; ".join(several)))


def _scope(for_good: bool, this_version: bool) -> str:
    """The scope of a decision; '' says nothing: a refusal stands, a yes is of the version."""
    if for_good and this_version:
        raise click.UsageError(_("--for-good and --this-version contradict each other"))
    return "good" if for_good else "version" if this_version else ""


def _all_that_may(workspace: Workspace, company: str | None, output: Output) -> tuple[str, ...]:
    found = reviewing.waiting(workspace, company, output.note)
    for w in found:
        if w.echoes:
            text = _("{id} says what was withdrawn with {other}: only `orch review --approve {id}` shares it")
            output.note(text.format(id=short_id(w.insight.id), other=short_id(w.echoes)))
    if left := sum(1 for w in found if not w.verdict.may_leave):
        text = ngettext(
            "{n} goes on waiting, since a person must look at it: `orch review`",
            "{n} go on waiting, since a person must look at them: `orch review`",
            left,
        )
        output.note(text.format(n=left))
    return tuple(f"{w.insight.id}@{w.version}" for w in found if w.verdict.may_leave and not w.echoes)


def _ask(output: Output, workspace: Workspace, found: list[Waiting], *, keys: bool) -> None:
    """One screen after the other where a person can press keys, else the list."""
    if not (keys and found and sys.stdin.isatty() and sys.stdout.isatty()):
        output.data([w.as_json() for w in found], lambda: _list(output, found))
        return

    def change(w: Waiting) -> Waiting | None:
        return _changed(output, workspace, w.insight.company, w.insight.id)

    Session(output, workspace, found, change).run()


def _edit(output: Output, workspace: Workspace, company: str | None, insight_id: str) -> None:
    changed = _changed(output, workspace, company, insight_id)
    if changed is None:
        output.data({"id": insight_id, "changed": False}, lambda: output.note(_("nothing changed")))
    else:
        data = {**changed.as_json(), "changed": True}
        output.data(data, lambda: _list(output, [changed]))


def _changed(output: Output, workspace: Workspace, company: str | None, insight_id: str) -> Waiting | None:
    """The insight in a person's words; None when nothing was changed."""
    _owner, insight = find_insight(workspace, company, insight_id)
    before = f"{insight.record.title}\n\n{insight.record.content}\n"
    text = click.edit(before) if sys.stdin.isatty() else standard_input()
    if text is None or not text.strip() or text == before:
        return None
    return editing.change_text(workspace, company, insight_id, text, output.note, seen=insight.version)


def _hide(
    output: Output, workspace: Workspace, company: str | None, hide: tuple[tuple[str, str], ...]
) -> None:
    shown, told = [], []
    for insight_id, words in hide:
        chosen = [part.strip() for part in words.split(";") if part.strip()]
        hidden, missing = editing.hide_words(workspace, company, insight_id, chosen, output.note)
        shown.append(hidden)
        told.append({**hidden.as_json(), "changed": len(missing) < len(chosen), "not_found": missing})
        if missing:
            output.note(_("not found: {words}").format(words="; ".join(missing)))
    output.data(told, lambda: _list(output, shown))


def _list(output: Output, found: Sequence[Waiting]) -> None:
    """Every insight as a card of unlimited height, one after the other."""
    if not found:
        output.note(_("nothing waits for a decision"))
    card = Card(output.out, min(WIDE, shutil.get_terminal_size((80, 24)).columns), UNLIMITED)
    for number, w in enumerate(found, start=1):
        output.line()
        for line in card.lines(w, (number, len(found))):
            output.line(*line)
    if found:
        output.note(_("to decide: --approve ID, --refuse ID --reason TEXT, --edit ID, --json; `--help`"))
