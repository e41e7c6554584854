"""`orch push` and `orch pull`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import click

from orchestrator.app.insights import full_ids
from orchestrator.app.pulling import Pulled, pull_all
from orchestrator.app.status import known_remotes
from orchestrator.app.syncing import push_all
from orchestrator.app.workspace import Workspace
from orchestrator.cli.options import (
    as_text,
    company_option,
    dry_run_option,
    examples,
    json_option,
    remote_option,
)
from orchestrator.cli.output import Output
from orchestrator.cli.push_summary import summary
from orchestrator.cli.reasons import place_to_add, ways_out
from orchestrator.errors import CredentialsError, Exit, LockedError, OrchError, RefusedError, StoreError
from orchestrator.i18n import _
from orchestrator.reconcile.difference import Difference
from orchestrator.reconcile.plan import Action, Step
from orchestrator.reconcile.push import RemoteReport
from orchestrator.store.offers import PREFIX, key_of
from orchestrator.words import told

SHORT = 20  # lines of a difference
SHOWN = (Action.CREATE, Action.UPDATE, Action.ADOPT, Action.RETRACT, Action.CONFLICT)


@click.command(
    short_help=_("Bring Supabase, Jira and Confluence up to date"),
    help=_(
        "Send what is due to every remote, ask before creating, and write down what is done item by item. "
        "Offline, everything stays queued and the exit code is 3."
    ),
    epilog=examples(
        "orch push --dry-run",
        "orch push",
        "orch push --remote global.issues",
        "orch push --forget /mnt/group",
        "orch push --vacate ../former",
        "orch push --json",
    ),
)
@company_option
@dry_run_option
@remote_option
@click.option("--only", multiple=True, metavar="ID", help=_("Only this insight"))
@click.option("--full", is_flag=True, help=_("With --dry-run: whole texts, of what would be created too"))
@click.option("--force", multiple=True, metavar="ID", help=_("Overwrite what a person changed on the remote"))
@click.option(
    "--forget",
    type=as_text,
    default="",
    metavar=_("PLACE"),
    help=_(
        "Go on without a folder that is lost for good, or a former place: nothing is believed to lie there"
    ),
)
@click.option(
    "--vacate",
    type=as_text,
    default="",
    metavar=_("PLACE"),
    help=_("Take away from a former place what the present one holds; without this word it stays there, too"),
)
@json_option
def push(
    company: str | None,
    dry_run: bool,
    remotes: tuple[str, ...],
    only: tuple[str, ...],
    full: bool,
    force: tuple[str, ...],
    forget: str,
    vacate: str,
    as_json: bool,
) -> int:
    """Push, print a line an item and a line a remote."""
    output = Output.of(as_json)

    def tell(owner: str, remote: str, step: Step) -> None:
        if step.action in SHOWN and not as_json:
            print_step(output, owner, remote, step)
            if dry_run:
                print_difference(output, step, None if full else SHORT)

    workspace = Workspace.open()
    reports = push_all(
        workspace,
        company,
        output.note,
        dry_run=dry_run,
        only=full_ids(workspace, company, only) or None,
        remotes=known_remotes(workspace, company, remotes),
        force=full_ids(workspace, company, force),
        forget=forget,
        vacate=vacate,
        full=full,
        on_step=tell,
    )
    output.data(
        {c: [report_json(r) for r in rs] for c, rs in reports.items()},
        lambda: print_reports(output, reports, dry_run=dry_run),
    )
    return exit_code([r for found in reports.values() for r in found])


@click.command(
    short_help=_("Receive what the other companies shared"),
    help=_("Receive what the others shared as offers, and the state of what this company sent."),
    epilog=examples("orch pull", "orch pull --company empresa-b && orch offers --company empresa-b"),
)
@company_option
@json_option
def pull(company: str | None, as_json: bool) -> int:
    """Pull, print what came."""
    output = Output.of(as_json)
    found = pull_all(Workspace.open(), company, output.note)
    output.data({c: _pulled_json(p) for c, p in found.items()}, lambda: _print_pulled(output, found))
    errors = [e for p in found.values() for e in p.errors.values()]
    if any(isinstance(e, StoreError) for e in errors):
        return Exit.FAILURE
    if any(isinstance(e, CredentialsError) for e in errors):
        return Exit.CREDENTIALS
    return Exit.INCOMPLETE if errors or any(p.received.kept for p in found.values()) else Exit.OK


def print_step(output: Output, owner: str, remote: str, step: Step) -> None:
    """A line of what is done with one object, or would be: its title and where it lies."""
    words = {
        Action.CREATE: output.out.green(_("create")),
        Action.UPDATE: output.out.yellow(_("update")),
        Action.ADOPT: output.out.dim(_("adopt")),
        Action.RETRACT: output.out.red(_("retract")),
        Action.CONFLICT: output.out.red(_("changed by a person")),
    }
    title = step.entry.title if step.entry else step.title or key_of(step.key)
    place = f"{remote} ({step.where})" if step.where else remote
    output.row("  ", words[step.action], f"  {owner} {place}  {title}")


def print_difference(output: Output, step: Step, limit: int | None) -> None:
    """What the remote holds (-) against what it would hold (+), `limit` lines at most."""
    print_lines(output, Difference(step.held, step.wanted).lines(), limit, key_of(step.key))


def print_lines(output: Output, lines: list[str], limit: int | None, key: str = "") -> None:
    """Unified lines, the first `limit` of them."""
    paint = {"+": output.out.green, "-": output.out.red, "@": output.out.dim}
    for line in lines[:limit]:
        output.line("      ", paint.get(line[:1], output.out.paint)(line))
    if limit is not None and len(lines) > limit:
        more = _("… {n} more lines: orch diff {id}").format(n=len(lines) - limit, id=key)
        output.line("      ", output.out.dim(more))


def print_reports(output: Output, reports: dict[str, list[RemoteReport]], *, dry_run: bool = False) -> None:
    """A line a remote: what is done (or would be), what waits, why."""
    for company, found in reports.items():
        said: set[str] = set()  # what is to do about a place stands once, however many remotes lie there
        for r in found:
            output.line(output.out.bold(f"{company} · {r.label}: "), summary(r, dry_run))
            for key, reason in list(r.refused.items())[:10]:
                output.line("    ", output.out.red(_("refused")), f" {key_of(key)}: {told(reason)}")
            for key, reason in list(r.unseen.items())[:10]:
                text = _("{id}: {why}; `orch drop {id}` gives it up").format(id=key_of(key), why=told(reason))
                output.line("    ", output.out.dim(text))
            for key, refs in r.doubled.items():
                text = _("{id} lies there twice, and a person changed the second: {refs}")
                output.line("    ", output.out.red(text.format(id=key_of(key), refs=", ".join(refs))))
            refused = bool(r.refused.keys() - r.stopped or r.earlier.get("stuck"))
            hints = [r.hint, *ways_out(company, refused, r.conflicts, stopped=bool(r.stopped))]
            for hint in filter(None, hints):
                if hint not in said:
                    output.note("    ", output.err.bold(_("Try:")), f" {hint}")
                said.add(hint)
        if not found:
            output.note(_("{company}: no remote is configured in .orch/config.toml").format(company=company))
    if not any(reports.values()):
        output.note("    ", output.err.bold(_("Try:")), f" {place_to_add()}")


def report_json(r: RemoteReport) -> dict[str, Any]:
    """A remote's report as plain values."""
    return {
        "remote": r.name,
        "label": r.label,
        "counts": {a.value: r.count(a) for a in Action},
        "steps": [step_json(s) for s in r.steps],
        "refused": {key_of(key): reason for key, reason in r.refused.items()},
        "earlier": r.earlier,
        "doubled": {key_of(key): list(refs) for key, refs in r.doubled.items()},
        "links": r.links,
        "edited": r.edited,
        "unseen": {key_of(key): reason for key, reason in r.unseen.items()},
        "waiting": r.waiting,
        "error": {"code": r.error_code, "message": r.error, "hint": r.hint} if r.error else None,
        "until": r.until,
    }


def step_json(s: Step) -> dict[str, Any]:
    """A step as plain values; a dry run's with both texts and their unified lines."""
    texts: dict[str, Any] = {}
    if s.held or s.wanted:
        sides = {"held": s.held, "wanted": s.wanted}
        texts = {name: asdict(side) if side else None for name, side in sides.items()}
        texts["diff"] = Difference(s.held, s.wanted).lines()
    return {
        "id": key_of(s.key),
        "action": s.action.value,
        "title": s.entry.title if s.entry else s.title,
        "where": s.where,
        "ref": s.observed.ref if s.observed else "",
        "reason": s.reason,
        **texts,
    }


def _named(company: str, key: str) -> str:
    """The id by which a command means this company's row: an offer has the id of what it is the offer of."""
    return f"{key_of(key)} --company {company}" if key.startswith(PREFIX) else key_of(key)


def exit_code(reports: list[RemoteReport]) -> int:
    """0: in step; 4: a broken audit trail; 1: a damaged store; 11: a lock; 12: credentials; 3: it waits."""
    if any(r.error_code == RefusedError.code for r in reports):
        return Exit.REFUSED
    if any(r.error_code == StoreError.code for r in reports):
        return Exit.FAILURE
    if any(r.error_code == LockedError.code for r in reports):
        return Exit.LOCKED
    if any(r.error_code == "credentials" for r in reports):
        return Exit.CREDENTIALS
    return Exit.OK if all(r.complete for r in reports) else Exit.INCOMPLETE


def _pulled_json(p: Pulled) -> dict[str, Any]:
    return {
        "new": p.received.new,
        "changed": p.received.changed,
        "withdrawn": p.received.withdrawn,
        "refused": p.received.refused,
        "kept": p.received.kept,
        "taken_back": p.received.taken_back,
        "reworded": p.received.reworded,
        "edited": [key_of(key) for key in p.edited],
        "errors": {
            name: {"code": e.code, "message": e.message, "hint": e.hint} for name, e in p.errors.items()
        },
    }


def _print_pulled(output: Output, found: dict[str, Pulled]) -> None:
    for company, p in found.items():
        r = p.received
        text = _("{new} new offers, {changed} changed, {withdrawn} withdrawn")
        counts = text.format(new=len(r.new), changed=len(r.changed), withdrawn=len(r.withdrawn))
        output.line(output.out.bold(f"{company}: "), counts)
        if r.kept:
            text = _("the group's memory answers nothing: {n} offers are kept for now")
            output.note("  ", output.err.yellow(text.format(n=r.kept)))
            hint = _("see that its key may read the rows; an empty answer is believed the second time")
            output.note("  ", output.err.bold(_("Try:")), f" {hint}")
        for key, reason in list(r.refused.items())[:10]:
            output.note("  ", output.err.red(_("refused")), f" {key}: {reason}")
        for key in r.taken_back:
            text = _(
                "{id} was accepted here, and its company took it back: the next `orch push` takes its words "
                "out of the task"
            )
            output.line("  ", output.out.yellow(text.format(id=key)))
        for key in r.reworded:
            text = _(
                "{id} was accepted here in other words: the task keeps those until `orch accept {named}` or "
                "`orch decline {named}`; orch show {named}"
            )
            named = f"{key} --company {company}"
            output.line("  ", output.out.yellow(text.format(id=key, named=named)))
        for key in p.edited:
            told = _("changed by a person on the remote: orch diff {id}").format(id=_named(company, key))
            output.line("  ", output.out.yellow(told))
        for (message, hint), names in _alike(p.errors).items():
            output.note("  ", output.err.red(", ".join(names)), f": {message}")
            if hint:
                output.note("  ", output.err.bold(_("Try:")), f" {hint}")


def _alike(errors: Mapping[str, OrchError]) -> dict[tuple[str, str], list[str]]:
    """{(message, hint): the remotes of which it is said}: several may lie in one folder."""
    found: dict[tuple[str, str], list[str]] = {}
    for name, e in errors.items():
        found.setdefault((e.message, e.hint), []).append(name)
    return found
