"""`orch status`."""

from __future__ import annotations

from collections.abc import Iterator

import click

from orchestrator.app.orphans import orphans
from orchestrator.app.status import CompanyStatus, RemoteStatus, collect_status
from orchestrator.app.workspace import Workspace
from orchestrator.cli.options import company_option, examples, json_option
from orchestrator.cli.output import Output, ended, tell_failures
from orchestrator.cli.reasons import place_to_add, ways_out
from orchestrator.errors import Exit
from orchestrator.i18n import _, current, ngettext
from orchestrator.store.offers import key_of
from orchestrator.terminal import Style
from orchestrator.words import (
    absent,
    kind_name,
    local_time,
    put_away,
    taught_nothing,
    told,
    trail_gone,
    unheard,
)

_NAMED = 3  # trailers that supersede nothing


@click.command(
    short_help=_("Captured, queued, offered: one screen"),
    help=_("What was captured, what is queued for each remote, what waits for you."),
    epilog=examples("orch status", "orch status --company empresa-a --json"),
)
@company_option
@json_option
def status(company: str | None, as_json: bool) -> int:
    """Show one screen: companies, insights, queue, offers, and what to type next."""
    output, workspace = Output.of(as_json), Workspace.open()
    found = collect_status(workspace, company, output.note)
    stranded = [] if company else list(orphans(workspace))
    for orphan in stranded:
        output.note(orphan.told)
    output.data([c.as_json() for c in found], lambda: _print(output, found))
    failures = [c.failure for c in found if c.failure]
    tell_failures(output, failures)
    whole = all(c.complete for c in found) and not stranded
    return ended(
        output, workspace.behind, Exit.FAILURE if failures else Exit.OK if whole else Exit.INCOMPLETE
    )


def _print(output: Output, found: list[CompanyStatus]) -> None:
    style = output.out
    for c in found:
        output.line(style.bold(c.id), f"  {c.name}")
        if c.failure:
            output.line("  ", style.red(_("its store cannot be used")))
        else:
            _print_company(output, c)
    lost = next((c.unheard for c in found if c.unheard.commits), None)
    if lost:
        output.line(style.yellow(unheard(lost.commits, lost.last)))
    if missing := sum(c.absent for c in found):
        output.line(style.yellow(absent(missing)))
    if not any(c.remotes or c.failure for c in found):
        output.line(style.dim(place_to_add()))
    for command in _next_commands(found):
        output.line(style.dim(_("next: ")), command)


def _print_company(output: Output, c: CompanyStatus) -> None:
    style = output.out
    kinds = ", ".join(f"{kind_name(k, current()).lower()} {n}" for k, n in c.kinds)
    output.line("  ", _("learnt: {what}").format(what=kinds or _nothing(c)))
    for waits in _waits(style, c):
        output.line("  ", waits)
    _print_remotes(output, c)
    for row in c.set_aside[:5]:
        output.line("    ", style.red(key_of(row.key)), f" {row.remote}: {told(row.error)}")
    for hint in ways_out(c.id, any(row.state == "stuck" for row in c.set_aside), c.conflicts):
        output.line("    ", style.dim(hint))
    if c.offers.get("open"):
        output.line("  ", style.green(_("open offers: {n}").format(n=c.offers["open"])))


def _nothing(c: CompanyStatus) -> str:
    """Why there is nothing that holds now."""
    if c.put_away:
        return put_away(c.put_away)
    return _("nothing: no commit touches its paths") if c.idle else taught_nothing(c.read)


def _print_remotes(output: Output, c: CompanyStatus) -> None:
    for remote in c.remotes:
        output.line("  ", _remote_line(output, remote))
    if not c.remotes:
        output.line("  ", _("no remote is configured"))
    for move in c.moved:
        output.line("  ", output.out.yellow(_moved(*move)))


def _waits(style: Style, c: CompanyStatus) -> Iterator[str]:
    """What waits for a person before it may go."""
    if c.lost:
        gone = trail_gone(c.lost)
        yield style.red(gone + _("; nothing leaves before `orch doctor --repair` or `orch audit verify`"))
    if c.elsewhere:
        text = ngettext(
            "{n} learning is of commits outside of its paths: add the former paths, or `orch withdraw "
            "--elsewhere`",
            "{n} learnings are of commits outside of its paths: add the former paths, or `orch withdraw "
            "--elsewhere`",
            c.elsewhere,
        )
        yield style.yellow(text.format(n=c.elsewhere))
    if c.to_review:
        yield style.yellow(_("waiting for your review: {n}").format(n=c.to_review))
    if c.blocked:
        yield style.red(_("blocked by validation: {n} (`orch review --blocked`)").format(n=c.blocked))
    if c.stale:
        yield _("to review, since their files changed much: {n}").format(n=c.stale)
    for name, commit in c.unresolved[:_NAMED]:
        words = _("`Supersedes: {name}` of commit {commit} names no learning of this company")
        yield style.yellow(words.format(name=name, commit=commit[:12]))
    if more := len(c.unresolved[_NAMED:]):
        yield style.yellow(_("and {n} more").format(n=more))


def _moved(before: str, now: str, n: int) -> str:
    text = ngettext(
        "{n} text lies at {before}, and the configuration leads to {now}: if that is mistyped, correct "
        ".orch/config.toml before `orch push`",
        "{n} texts lie at {before}, and the configuration leads to {now}: if that is mistyped, correct "
        ".orch/config.toml before `orch push`",
        n,
    )
    return text.format(n=n, before=before, now=now)


def _remote_line(output: Output, remote: RemoteStatus) -> str:
    if remote.former:
        n = sum(remote.counts.get(waits, 0) for waits in ("queued", "unseen", "stuck", "conflict", "gone"))
        text = _("no longer configured, still there: {n}; `orch push` takes that away or says what to do")
        return output.out.paint(f"{remote.label}: {text.format(n=n)}")
    words = {
        "ok": _("in step: {n}"),
        "edited": _("edited there since: {n}"),
        "queued": _("queued: {n}"),
        "unseen": _("taken back and not shown there: {n}"),
        "stuck": _("refused: {n}"),
        "conflict": _("changed by a person: {n}"),
        "gone": _("removed there by a person: {n}"),
        "dropped": _("given up: {n}"),
    }
    parts = [text.format(n=remote.counts[name]) for name, text in words.items() if remote.counts.get(name)]
    if remote.paused:
        parts.append(_("paused until {time}").format(time=local_time(remote.paused)))
    told = ", ".join(parts) or _("nothing to send")
    return output.out.paint(f"{remote.label}: {told}")


def _next_commands(found: list[CompanyStatus]) -> list[str]:
    commands = []
    if any(c.to_review for c in found):
        commands.append("orch review")
    leaves = any(c.queued for c in found if not c.behind)
    if leaves and not any(c.moved for c in found):  # to a place that may be mistyped
        commands.append("orch push")
    if any(c.offers.get("open") for c in found):
        commands.append("orch offers")
    return commands
