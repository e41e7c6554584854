"""`orch log`, `orch show` and `orch add`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import click

from orchestrator.app.insights import add_insight, list_insights, show_insight
from orchestrator.app.left_out import LeftOut, left_out
from orchestrator.app.offering import show as show_one
from orchestrator.app.shown import Listed, Shown
from orchestrator.app.shown_offer import ShownOffer
from orchestrator.app.workspace import Workspace
from orchestrator.cli.options import (
    as_text,
    company_option,
    examples,
    json_option,
    limit_option,
    one_company_option,
    standard_input,
)
from orchestrator.cli.output import Output, ended
from orchestrator.consent import AUTOMATIC
from orchestrator.i18n import _, current, ngettext
from orchestrator.model import Kind, Outcome
from orchestrator.terminal import Painted, Style
from orchestrator.validate import explain
from orchestrator.words import kind_name, put_away, short_id, taught_nothing, unheard, word, words_gone

KINDS = [k.value for k in Kind]


@click.command(
    short_help=_("What was learnt, newest first"),
    help=_(
        "The insights of a company (or of all), newest first. ✓ may be shared, · waits for `orch review`, ✗ "
        "is refused or withdrawn, ! blocked by validation, – superseded, ≈ said before by another; (+2): two "
        "others say the same."
    ),
    epilog=examples(
        "orch log",
        "orch log --kind solution --limit 5",
        "orch log --stale",
        "orch log --company empresa-a --json",
    ),
)
@company_option
@click.option("-k", "--kind", "kinds", multiple=True, type=click.Choice(KINDS), help=_("Only this kind"))
@limit_option(20)
@click.option(
    "--all", "everything", is_flag=True, help=_("Superseded and withdrawn ones too, and what was said twice")
)
@click.option("--stale", is_flag=True, help=_("Only those whose files changed much since"))
@json_option
def log(
    company: str | None, kinds: tuple[str, ...], limit: int, everything: bool, stale: bool, as_json: bool
) -> int:
    """List insights."""
    output = Output.of(as_json)
    workspace = Workspace.open()
    found = list_insights(workspace, company, kinds, limit, output.note, everything=everything, stale=stale)
    left = left_out(workspace, company, kinds)
    nothing = _nothing(left, filtered=bool(kinds or stale))
    output.data([x.as_json() for x in found], lambda: _print_log(output, found, nothing))
    more = () if everything or stale else _left_out(left, told=not (found or kinds))
    for line in more:
        output.note(output.err.dim(line))
    return ended(output, workspace.behind)


def _nothing(left: LeftOut, *, filtered: bool) -> Iterator[str]:
    """What is said instead of a list: why there is none, and what to do."""
    if filtered:
        yield _("nothing that was learnt is like that")
    elif left.put_away:
        yield put_away(left.put_away)
    elif left.read:
        yield taught_nothing(left.read)
        yield _("to teach on purpose: `Solução: …` at the end of a commit message, or `orch add`")
    else:
        yield _("nothing learnt yet: commit, or write `Solução: …` in a commit message")


def _left_out(left: LeftOut, *, told: bool) -> Iterator[str]:
    n = 0 if told else left.put_away
    text = ngettext(
        "{n} withdrawn or superseded: `orch log --all`", "{n} withdrawn or superseded: `orch log --all`", n
    )
    if n:
        yield text.format(n=n)
    if left.unheard.commits:
        yield unheard(left.unheard.commits, left.unheard.last)


@click.command(
    short_help=_("One insight or offer: text, evidence, verdict, decisions, remotes"),
    help=_(
        "Everything about one insight, or about an offer of another company. The beginning of its id is "
        "enough."
    ),
    epilog=examples(
        "orch show 3f2a",
        "orch show 3f2a --raw",
        "orch show i1-3f2a9c --json",
        "orch show 3f2a --company empresa-b",
    ),
)
@click.argument("insight")
@click.option("--raw", is_flag=True, help=_("The company's own words, with what validation takes out"))
@company_option
@json_option
def show(insight: str, raw: bool, company: str | None, as_json: bool) -> None:
    """Show one insight or offer."""
    output = Output.of(as_json)
    found = show_one(Workspace.open(), company, insight, raw=raw)
    output.data(found.as_json(), lambda: _print_shown(output, found))


@click.command(
    short_help=_("Write down an insight by hand"),
    help=_("Write down something that no commit says. The first line of TEXT is its title."),
    epilog=examples(
        'orch add "Índice parcial resolveu a fila lenta" --kind solution -t postgres',
        "orch add - < nota.md",
    ),
)
@click.argument("text", type=as_text)
@one_company_option
@click.option(
    "-k", "--kind", default="insight", type=click.Choice(KINDS[:-1]), show_default=True, help=_("The kind")
)
@click.option(
    "-t", "--technology", "technologies", type=as_text, multiple=True, help=_("A technology it is about")
)
@json_option
def add(text: str, company: str | None, kind: str, technologies: tuple[str, ...], as_json: bool) -> None:
    """Add an insight; `-` reads standard input."""
    output = Output.of(as_json)
    words = standard_input() if text == "-" else text
    workspace = Workspace.open()
    insight = add_insight(workspace, company, words, kind, technologies, output.note)
    shown = show_insight(workspace, insight.company, insight.id)
    text_of = _("{id} written down for {company}").format(id=insight.id, company=insight.company)
    outcome = shown.verdict.outcome.value if shown.verdict else ""
    data = {"id": insight.id, "company": insight.company, "outcome": outcome}
    output.data(data, lambda: output.each((text_of, _what_follows(shown))))


def _what_follows(shown: Shown) -> str:
    """What validation makes of it, and what to do next."""
    verdict = shown.verdict
    if verdict is not None and verdict.outcome is Outcome.BLOCK:
        why = "; ".join(dict.fromkeys(explain(f) for f in verdict.findings))
        return _("validation blocks it: {why}").format(why=why)
    if shown.canonical:
        return _("it says the same as {id}, which speaks for it").format(id=shown.canonical)
    if shown.consent == "approve":
        if shown.in_step:
            return _("it is shared already; nothing changes")
        automatic = shown.decisions[-1].who in AUTOMATIC
        shares = _("the policy shares it: the next `orch push` sends it")
        return shares if automatic else _("it is approved: the next `orch push` sends it")
    if shown.consent in ("refuse", "withdraw"):
        return _("a person said no to it: `orch review --approve {id}` takes that back").format(
            id=short_id(shown.insight.id)
        )
    return _("it waits for `orch review`")


def _print_log(output: Output, found: list[Listed], nothing: Iterable[str]) -> None:
    for line in () if found else nothing:
        output.note(line)
    for x in found:
        style = output.out
        name = kind_name(x.insight.record.kind, current())
        head = style.dim(f"{short_id(x.insight.id)} {x.insight.created_at[:10]} {x.insight.company} ")
        title = style.bold(f"{name}: "), x.insight.record.title
        output.line(_mark(style, x), " ", head, *title, *(style.dim(f" {t}") for t in _told(x)))


def _mark(style: Style, x: Listed) -> Painted:
    """How it stands with the group, in one sign (`orch log --help` has them)."""
    if x.insight.state == "superseded":
        return style.dim("–")
    if x.canonical:
        return style.dim("≈")
    if x.outcome == Outcome.BLOCK.value:
        return style.red("!")
    signs = {"approve": style.green("✓"), "refuse": style.red("✗"), "withdraw": style.red("✗")}
    return signs.get(x.consent, style.dim("·"))


def _told(x: Listed) -> Iterator[str]:
    """What the sign does not tell."""
    if x.twins:
        yield f"(+{len(x.twins)})"
    if x.insight.state != "active":
        yield f"({word(x.insight.state)})"
    elif x.canonical:
        yield _("(spoken for by {id})").format(id=short_id(x.canonical))
    elif x.consent == "refuse":
        yield f"({word('refuse')})"
    if x.stale:
        yield _("(to review)")


def _print_shown(output: Output, found: Shown | ShownOffer) -> None:
    style = output.out
    if isinstance(found, ShownOffer):
        o = found.offer
        kind, title, content = o.kind, o.title or words_gone(), o.content
        origin = f"{o.key}  {o.company} → {found.company}  {o.offered_at}  {word(o.state)}"
    else:
        i = found.insight
        kind, title, content = i.record.kind, i.record.title, i.record.content
        origin = f"{i.id}  {i.company}  {i.created_at}  {word(i.state)}"
    output.line(style.bold(f"{kind_name(kind, current())}: {title}"))
    output.line(style.dim(origin))
    output.line()
    if content:
        output.lines(content)
        output.line()
    for label, value in found.facts():
        output.line(style.dim(f"{label}: ") if label else "    ", value)
    for command in found.commands() if isinstance(found, ShownOffer) else ():
        output.note(output.err.dim(_("next: ")), command)
