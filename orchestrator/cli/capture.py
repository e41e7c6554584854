"""`orch drain`."""

from __future__ import annotations

import click

from orchestrator.cli.options import examples, json_option
from orchestrator.cli.output import Output, tell_failures
from orchestrator.errors import Exit
from orchestrator.i18n import _, ngettext
from orchestrator.words import absent, cut_off, unheard


@click.command(
    short_help=_("Read what is new in git"),
    help=_("Read commits that are new in git into the companies' stores. Every other command does it too."),
    epilog=examples("orch drain", "orch drain --quiet"),
)
@click.option("-q", "--quiet", is_flag=True, help=_("Say nothing, and leave when another drain is at work"))
@json_option
def drain(quiet: bool, as_json: bool) -> int:
    """Drain the news; with --quiet as the hook does it, in the background."""
    from orchestrator.app.learning import catch_up
    from orchestrator.app.workspace import Workspace, silent

    output = Output.of(as_json)
    workspace = Workspace.open()
    found = catch_up(
        workspace, silent if quiet else output.note, wait=0.0 if quiet else 60.0, required=not quiet
    )
    failed = {**found.failed, **workspace.behind}
    code = min((error.exit_code for error in found.failed.values()), default=Exit.OK)
    code = code or (Exit.INCOMPLETE if failed else Exit.OK)
    if quiet and not as_json:
        return code
    learnt = sum(map(len, found.learnt.values()))
    read = ngettext("{n} new commit read", "{n} new commits read", found.commits).format(n=found.commits)
    text = f"{read}, {ngettext('{n} insight', '{n} insights', learnt).format(n=learnt)}"
    data: dict[str, object] = {
        "commits": found.commits,
        "learnt": found.learnt,
        "superseded": found.superseded,
    }
    data["unheard"] = found.unheard
    data["cut_off"], data["absent"] = found.cut_off, found.absent
    data["damaged"] = found.damaged
    data["failed"] = {company: error.message for company, error in found.failed.items()}
    lost = [unheard(len(found.unheard), found.unheard[-1])] if found.unheard else []
    lost += [cut_off(len(found.cut_off))] if found.cut_off else []
    lost += [absent(sum(found.absent.values()))] if found.absent else []
    output.data(data, lambda: output.each((text, *lost)))
    tell_failures(output, failed.values())
    return code
