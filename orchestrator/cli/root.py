"""The root command: a table of commands, loaded one at a time, and the translation of errors."""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from dataclasses import replace

import click

from orchestrator import __version__
from orchestrator.cli.output import Output, OutputLostError, forgiving_streams
from orchestrator.errors import Exit, OrchError
from orchestrator.i18n import _

# name: (module:function, one line for the list). Order of the list: the way of a day's work.
COMMANDS: dict[str, tuple[str, str]] = {
    "init": ("setup:init", _("Set orch up in this repository")),
    "trust": ("setup:trust", _("Trust this repository's configuration on this machine")),
    "hooks": ("hooks:hooks", _("Install, show or remove the git hooks")),
    "status": ("status:status", _("Captured, queued, offered: one screen")),
    "companies": ("companies:companies", _("The companies and what is in their stores")),
    "history": ("history:history", _("What git knows, as tables: SQL and export")),
    "drain": ("capture:drain", _("Read what is new in git")),
    "watch": ("watch:watch", _("Follow documents and refs as they change")),
    "log": ("insights:log", _("What was learnt, newest first")),
    "show": ("insights:show", _("One insight: text, evidence, verdict, decisions, remotes")),
    "add": ("insights:add", _("Write down an insight by hand")),
    "search": ("search:search", _("Find by meaning and by words, offline")),
    "reembed": ("reembed:reembed", _("Change to another language model, search working meanwhile")),
    "check": ("check:check", _("Validate a text: may it leave?")),
    "policy": ("policy:policy", _("What the policy lets out, and why")),
    "review": ("review:review", _("Consent to sharing, or refuse")),
    "unlink": ("linking:unlink_command", _("Say that two insights are not the same")),
    "withdraw": ("withdraw:withdraw", _("Take back what was shared")),
    "audit": ("audit:audit", _("Every decision, and proof that none was changed")),
    "push": ("push:push", _("Bring Supabase, Jira and Confluence up to date")),
    "diff": ("diff:diff", _("What each remote holds of an insight, against what it should hold")),
    "adopt": ("adopt:adopt", _("Take the text that a person wrote on a remote")),
    "retry": ("queue:retry", _("Make ready again what a remote refused")),
    "drop": ("queue:drop", _("Give up what a remote refuses")),
    "pull": ("pull:pull", _("Receive what the other companies shared")),
    "offers": ("offers:offers", _("What the others offer, best fit first")),
    "accept": ("offers:accept", _("Accept an offer")),
    "decline": ("offers:decline", _("Decline an offer")),
    "components": ("components:components", _("The components of the group")),
    "share": ("components:share", _("Offer a component by pull request")),
    "docs": ("docs:docs", _("The company's documents in its Confluence space")),
    "supabase": ("supabase:supabase", _("The memory's tables in Supabase")),
    "report": ("report:report", _("One page about what was learnt, shared and waits")),
    "doctor": ("doctor:doctor", _("Check that everything is in working order")),
}


class LazyGroup(click.Group):
    """A group that imports a command's module when the command is used."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The commands in the order of the table."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the module of a command; None for a name that is not in the table."""
        if cmd_name not in COMMANDS:
            return None
        module, _colon, function = COMMANDS[cmd_name][0].partition(":")
        command = getattr(importlib.import_module(f"orchestrator.cli.{module}"), function)
        assert isinstance(command, click.Command)  # noqa: S101 - a wrong table is a bug, not input
        return _usage_translated(command)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands without importing them."""
        with formatter.section(_("Commands")):
            formatter.write_dl([(name, line) for name, (_where, line) in COMMANDS.items()])

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """As click does, with the nearest name in the error."""
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as e:
            import difflib

            near = difflib.get_close_matches(args[0], COMMANDS, n=1)
            if near:
                meant = _("Did you mean {name}?").format(name=near[0])
                raise click.UsageError(f"{e.message} {meant}", ctx) from e
            raise


def _usage_translated(command: click.Command) -> click.Command:
    """The command, and those below it, with a usage line in the user's language; click has it in English."""
    command.options_metavar = _("[OPTIONS]")
    for param in command.params:
        param.metavar = param.metavar or _value_named(param)
    if isinstance(command, click.Group):
        command.subcommand_metavar = _("COMMAND [ARGS]...")
        for below in command.commands.values():
            _usage_translated(below)
    return command


def _value_named(param: click.Parameter) -> str | None:
    """What stands in the help for an argument, an option's text or its number; None for click's own name."""
    name = str(param.name if isinstance(param, click.Argument) else param.type.name).upper()
    if isinstance(param, click.Option) and (param.is_flag or param.count):
        return None
    shown = {
        "TEXT": _("TEXT"),
        _("number").upper(): _("NUMBER"),
        "FILE": _("FILE"),
        "QUERY": _("QUERY"),
        "INSIGHT": _("INSIGHT"),
        "OFFER": _("OFFER"),
        "COMPONENT": _("COMPONENT"),
        "FINGERPRINT": _("FINGERPRINT"),
    }.get(name)
    return f"[{shown}]" if shown and isinstance(param, click.Argument) and not param.required else shown


@click.group(
    cls=LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    help=_(
        "Capture what one company of the group learns, in git and offline; share it when it may be "
        "shared.\n\nA day with orch: commit as always, `orch status`, `orch review`, `orch push`; and "
        "`orch pull`, `orch offers` for what the others learnt."
    ),
    epilog=_(
        "Exit codes: 0 ok, 1 failure, 2 usage, 3 incomplete (something stays queued), 4 refused by "
        "validation, 10 not initialised, 11 locked, 12 credentials, 130 interrupted."
    ),
)
@click.version_option(__version__, prog_name="orch", message="%(prog)s %(version)s")
@click.option(
    "-C",
    "directory",
    type=click.Path(exists=True, file_okay=False),
    help=_("Run as if started in this folder"),
)
def orch(directory: str | None) -> None:
    """Choose the folder; everything else is in the commands."""
    if directory:
        import os

        os.chdir(directory)


_usage_translated(orch)


def run(arguments: Sequence[str]) -> int:
    """Run one command line and return its exit code; no exception leaves."""
    forgiving_streams()
    output = Output.for_arguments(arguments)
    try:
        result = orch.main(args=list(arguments), prog_name="orch", standalone_mode=False)
        return int(result) if isinstance(result, int) else Exit.OK
    except click.exceptions.Exit as e:
        return e.exit_code
    except (click.Abort, KeyboardInterrupt):
        output.fail("interrupted", _("Interrupted."), "")
        return Exit.INTERRUPTED
    except click.ClickException as e:
        output.usage_error(e)
        return e.exit_code
    except OrchError as e:
        output.fail(e.code, e.message, e.hint)
        return e.exit_code
    except Exception as e:  # noqa: BLE001 - the last line of defence: no traceback reaches a person
        return _unexpected(output, e, next((a for a in arguments if a in COMMANDS), ""))


def _unexpected(output: Output, error: Exception, command: str) -> int:
    """What the machine did, in our words; or a bug, kept in a file for its finder."""
    from orchestrator import faults

    found = faults.translated(error)
    if isinstance(error, OutputLostError):
        output = replace(output, as_json=False)  # stdout is gone: said on stderr
    if found is None:
        text = _("orch made a mistake ({kind}); details: {file}")
        message = text.format(kind=type(error).__name__, file=faults.report(faults.traces(error), command))
        hint = _("please report it with the file above; your data is as it was")
        found = BugError(message, hint)
    output.fail(found.code, found.message, found.hint)
    return found.exit_code


class BugError(OrchError):
    """What nobody expected."""

    code = "bug"
