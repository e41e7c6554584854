"""`orch watch`."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from orchestrator.cli.options import dry_run_option, examples, json_option
from orchestrator.cli.output import Output
from orchestrator.errors import Exit
from orchestrator.i18n import _

if TYPE_CHECKING:
    from orchestrator.app.locking import Holder
    from orchestrator.app.watch_install import Installed, Standing


@click.command(
    short_help=_("Follow documents and refs as they change"),
    help=_(
        "Stay and drain whenever a ref moves or a document is saved.\n\n"
        "Ctrl-C ends it with exit code 130; SIGTERM and SIGHUP end it with 0, after the drain that is "
        "under way; a repository that is moved or deleted ends it with 10, another orch that was installed "
        "with 1; a second watcher of one clone is refused with 11. --install has systemd (on macOS "
        "launchd) start it at each login."
    ),
    epilog=examples(
        "orch watch",
        "orch watch --no-docs",
        "orch watch --install --dry-run",
        "orch watch --install",
        "orch watch --status --json",
        "orch watch --uninstall",
    ),
)
@click.option("--docs/--no-docs", default=True, help=_("Also record documents as they are saved"))
@click.option("--install", is_flag=True, help=_("Keep it running from now on, at each login"))
@click.option("--status", is_flag=True, help=_("Say whether it is installed, and who watches"))
@click.option("--uninstall", is_flag=True, help=_("Stop it and keep it running no longer"))
@dry_run_option
@json_option
def watch(docs: bool, install: bool, status: bool, uninstall: bool, dry_run: bool, as_json: bool) -> int:
    """Watch, or see to it that something does."""
    if install + status + uninstall > 1:
        raise click.UsageError(_("one of --install, --status and --uninstall at a time"))
    if dry_run and not (install or uninstall):
        raise click.UsageError(_("--dry-run goes with --install or --uninstall"))
    if as_json and not (install or status or uninstall):
        raise click.UsageError(_("--json goes with --install, --status or --uninstall"))
    output = Output.of(as_json)
    if status:
        return _status(output)
    if uninstall:
        return _uninstall(output, dry_run)
    return _install(output, docs, dry_run) if install else _watch(output, docs)


def _watch(output: Output, docs: bool) -> int:
    from orchestrator.app.watching import watch_workspace
    from orchestrator.app.workspace import Workspace

    return watch_workspace(Workspace.open(), output.note, _explained, documents=docs, ready=output.note)


def _install(output: Output, docs: bool, dry_run: bool) -> int:
    from orchestrator.app import watch_install
    from orchestrator.app.workspace import Workspace

    repository = Workspace.open().repository
    if dry_run:
        return _planned(output, watch_install.plan(repository, documents=docs), content=True)
    return _done(output, watch_install.install(repository, documents=docs), _("written"))


def _uninstall(output: Output, dry_run: bool) -> int:
    from orchestrator.app import watch_install
    from orchestrator.git import open_repository

    repository = open_repository(Path.cwd())
    if dry_run:
        return _planned(output, watch_install.plan_removal(repository), content=False)
    return _done(output, watch_install.uninstall(repository), _("removed"))


def _status(output: Output) -> int:
    from orchestrator.app.watch_install import standing
    from orchestrator.git import open_repository

    found = standing(open_repository(Path.cwd()))
    output.data({**asdict(found), "path": str(found.path)}, lambda: output.each(_standing(found)))
    return Exit.OK


def _planned(output: Output, planned: Installed, *, content: bool) -> int:
    found = planned.definition.content.decode("utf-8", "backslashreplace") if content else ""

    def text() -> None:
        output.line(str(planned.definition.path) + ("" if planned.changed else ": " + _("unchanged")))
        if content:
            output.lines(found)
        output.each(f"$ {command}" for command in planned.to_type)

    output.data({**_facts(planned), "content": found}, text)
    return Exit.OK


def _done(output: Output, installed: Installed, verb: str) -> int:
    output.data(_facts(installed), lambda: output.each(_lines(installed, verb)))
    return Exit.INCOMPLETE if installed.commands else Exit.OK


def _facts(installed: Installed) -> dict[str, Any]:
    found = installed.definition
    by = asdict(installed.watched_by) if installed.watched_by else None
    named = {"manager": found.manager, "name": found.name, "path": str(found.path)}
    return {**named, "changed": installed.changed, "to_type": installed.to_type, "watched_by": by}


def _lines(installed: Installed, verb: str) -> list[str]:
    found = installed.definition
    done = verb if installed.changed else _("unchanged")
    lines = [f"{found.path}: {done}"]
    if installed.commands:
        lines.append(_("{manager} does not answer here; type:").format(manager=found.manager))
        lines += [f"  {command}" for command in installed.to_type]
    if installed.watched_by is not None:
        lines.append(_watched(installed.watched_by))
    return lines


def _standing(found: Standing) -> list[str]:
    if not found.installed:
        first = _("not installed: {path}").format(path=found.path)
    elif found.outdated:
        first = _("installed, out of date: {path}; `orch watch --install` renews it").format(path=found.path)
    else:
        first = _("installed: {path}").format(path=found.path)
    lines = [first]
    if found.enabled is None or found.running is None:
        lines.append(_("{manager} does not answer here").format(manager=found.manager))
    else:
        words = _("starts at login: {enabled}; running: {running}")
        lines.append(words.format(enabled=_yes(found.enabled), running=_yes(found.running)))
    return [*lines, _watched(found.watched_by)]


def _yes(fact: bool) -> str:
    return _("yes") if fact else _("no")


def _watched(by: Holder | None) -> str:
    if by is None:
        return _("nobody watches this clone now")
    words = _("this clone is watched by process {pid} since {since}")
    return words.format(pid=by.pid or "?", since=by.since or "?")


def _explained(error: Exception) -> str:
    """One line on what went wrong in a drain; what nobody expected is kept for its finder."""
    from orchestrator import faults

    found = faults.translated(error)
    if found is not None:
        hint = f" ({found.hint})" if found.hint else ""
        return f"{_('Error:')} {found.message}{hint}"
    text = _("orch made a mistake ({kind}); details: {file}")
    return text.format(kind=type(error).__name__, file=faults.report(faults.traces(error), "watch"))
