"""`orch doctor`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import click

from orchestrator.app.doctor import Check, examine_workspace
from orchestrator.app.repairing import Repaired, repair
from orchestrator.app.workspace import Workspace
from orchestrator.cli.options import company_option, dry_run_option, examples, json_option
from orchestrator.cli.output import Output
from orchestrator.errors import Exit, NotInitialisedError, UsageError
from orchestrator.i18n import _, ngettext
from orchestrator.words import damage_told


@click.command(
    short_help=_("Check that everything is in working order"),
    help=_(
        "Check configuration, hooks, stores and the embedding model; with --online the remotes too.\n\n"
        "--repair makes a damaged store again: from what can be read of the file, from git, and from the "
        "remotes. It says what could not be had back, and keeps the damaged file."
    ),
    epilog=examples(
        "orch doctor", "orch doctor --online", "orch doctor --repair --dry-run", "orch doctor --repair"
    ),
)
@click.option("--online", is_flag=True, help=_("Ask each remote with its credentials"))
@click.option("--repair", "mend", is_flag=True, help=_("Make damaged stores again"))
@company_option
@dry_run_option
@json_option
def doctor(online: bool, mend: bool, company: str | None, dry_run: bool, as_json: bool) -> int:
    """Run every check, or repair."""
    output = Output.of(as_json)
    if mend:
        return _repair(output, company, dry_run=dry_run)
    if dry_run or company:
        raise UsageError(_("--company and --dry-run go with --repair"), "orch doctor --repair --help")
    checks = examine_workspace(Path.cwd(), online=online)
    found = list(checks if as_json else _each_told(output, checks))
    output.data([asdict(c) for c in found], lambda: None)
    if any(c.code == NotInitialisedError.code for c in found):
        return Exit.NOT_INITIALISED
    return Exit.OK if all(c.ok for c in found) else Exit.FAILURE


def _each_told(output: Output, checks: Iterator[Check]) -> Iterator[Check]:
    """The same checks, each printed as soon as it is made: some take a second, remotes longer."""
    for c in checks:
        mark = output.out.green(_("ok")) if c.ok else output.out.red(_("bad"))
        mark = output.out.yellow(_("look")) if c.ok and c.doubtful else mark
        output.line(mark, f"  {c.name}: {c.detail}")
        if c.mend and not (c.ok and not c.doubtful):
            output.line("    ", output.out.bold(_("Try:")), f" {c.mend}")
        yield c


def _repair(output: Output, company: str | None, *, dry_run: bool) -> int:
    found = repair(Workspace.open(), company, output.note, dry_run=dry_run)

    def text() -> None:
        if not found:
            output.line(_("every store is sound: there is nothing to repair"))
        for r in found:
            output.line(output.out.bold(r.company), f": {damage_told(r.problem)}")
            output.each(f"  {line}" for line in (_would(r) if dry_run else _told(r)))
            if r.error:
                output.note("    ", output.err.bold(_("Try:")), " orch doctor --repair")

    output.data([r.as_json() for r in found], text)
    return Exit.OK if all(r.complete for r in found) else Exit.INCOMPLETE


def _would(r: Repaired) -> Iterator[str]:
    """What a repair would do."""
    words = {
        "file": _("would read what is left of the file into a new store, and keep the damaged file"),
        "git": _("would read every commit again"),
        "remotes": _("would ask the remotes for what no file and no commit says any more"),
    }
    yield from (words[step] for step in r.steps)


def _told(r: Repaired) -> Iterator[str]:
    """What came back, and then what did not."""
    read = {name: r.read.get(name, 0) for name in ("decision", "insight", "outbox", "offer")}
    yield _(
        "from the file: decisions {decision}, insights written or edited by hand {insight}, places on "
        "remotes {outbox}, offers {offer}"
    ).format(**read)
    yield _("from git: {insights}").format(insights=_insights(r.learnt))
    yield _("from the remotes: {insights}").format(insights=_insights(len(r.restored)))
    if r.unproven:
        text = _(
            "{n} of them only the group's memory has, where every member can write in any company's name: "
            "look before you approve: {ids}"
        )
        yield text.format(n=len(r.unproven), ids=", ".join(r.unproven[:5]))
    if r.kept:
        yield _("the damaged file is kept in {path}: delete it when nothing is missing").format(path=r.kept)
    if r.error:
        yield _("the remotes could not be asked: {reason}").format(reason=r.error)
    lost = {
        "decision": _decisions(read["decision"]),
        "insight": _("lost: learnings that were written by hand and never sent to a memory"),
        "outbox": _("lost: what lies on the remotes; the next `orch push` asks them and adopts it"),
        "offer": _("lost: offers; `orch pull` brings them back, with the answers that the trail has"),
        "apart": _("lost: which learnings a person said are not the same; `orch unlink` says so again"),
        "setting": _("lost: what companies refused of a commit that is theirs too, and say nowhere any more"),
    }
    yield from (text for table, text in lost.items() if table in r.partial)
    if r.unexplained:
        n, ids = len(r.unexplained), ", ".join(r.unexplained[:5])
        yield ngettext(
            "{n} lies on a remote and nothing here says why; it stays there: {ids}",
            "{n} lie on a remote and nothing here says why; they stay there: {ids}",
            n,
        ).format(n=n, ids=ids)


def _decisions(n: int) -> str:
    """What is lost of them; `n` were read."""
    if n:
        text = _(
            "lost: decisions after the {n}th. One of them may have been a no: every yes is asked again "
            "(`orch review`), what lies with the group stays"
        )
        return text.format(n=n)
    return _(
        "lost: every decision. One of them may have been a no: every yes is asked again (`orch review`), "
        "what lies with the group stays"
    )


def _insights(n: int) -> str:
    return ngettext("{n} insight", "{n} insights", n).format(n=n)
