"""`orch unlink`."""

from __future__ import annotations

import click

from orchestrator.app.linking import Unlinked, rejoin, unlink
from orchestrator.app.workspace import Workspace
from orchestrator.cli.options import company_option, examples, json_option
from orchestrator.cli.output import Output
from orchestrator.i18n import _


@click.command(
    "unlink",
    short_help=_("Say that two insights are not the same"),
    help=_(
        "What was said twice counts as one insight, and the one said first speaks for the others. Say that "
        "INSIGHT is another learning than the one that speaks for it, or than those that it speaks for."
    ),
    epilog=examples("orch unlink 3f2a", "orch unlink 3f2a --undo"),
)
@click.argument("insight")
@click.option("--undo", is_flag=True, help=_("Take that back"))
@company_option
@json_option
def unlink_command(insight: str, undo: bool, company: str | None, as_json: bool) -> None:
    """Set an insight apart from its twins, or let it be compared with them again."""
    output = Output.of(as_json)
    done = (rejoin if undo else unlink)(Workspace.open(), company, insight)
    data = {"id": done.id, "others": list(done.others), "canonical": done.canonical}
    output.data(data, lambda: output.line(_told(done, undo)))


def _told(done: Unlinked, undo: bool) -> str:
    text = _("{id} is compared again with {ids}") if undo else _("{id} is another learning than {ids}")
    told = text.format(id=done.id, ids=", ".join(done.others))
    if done.canonical:
        told += "; " + _("it says the same as {id}").format(id=done.canonical)
    return told
