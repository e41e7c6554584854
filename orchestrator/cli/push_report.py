"""What became of a push, remote by remote: as lines, as JSON, as an exit code."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from orchestrator.cli.output import Output
from orchestrator.cli.push_summary import summary
from orchestrator.cli.reasons import place_to_add, ways_out
from orchestrator.errors import Exit, LockedError, RefusedError, StoreError
from orchestrator.i18n import _, ngettext
from orchestrator.reconcile.difference import Difference
from orchestrator.reconcile.plan import Action, Step
from orchestrator.reconcile.push import RemoteReport
from orchestrator.store.offers import key_of
from orchestrator.store.outbox import GONE
from orchestrator.words import told

SHORT = 20  # lines of a difference
SHOWN = (Action.CREATE, Action.UPDATE, Action.ADOPT, Action.RETRACT, Action.CONFLICT)


def print_step(output: Output, owner: str, remote: str, step: Step) -> None:
    """A line of what is done with one object, or would be: its title and where it lies."""
    gone = step.reason == GONE
    words = {
        Action.CREATE: output.out.green(_("create")),
        Action.UPDATE: output.out.yellow(_("update")),
        Action.ADOPT: output.out.dim(_("adopt")),
        Action.RETRACT: output.out.red(_("retract")),
        Action.CONFLICT: output.out.red(_("removed by a person") if gone else _("changed by a person")),
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
        left = len(lines) - limit
        more = ngettext("… {n} more line: orch diff {id}", "… {n} more lines: orch diff {id}", left)
        more = more.format(n=left, id=key)
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
    if reports and not any(reports.values()):
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


def exit_code(reports: list[RemoteReport]) -> Exit:
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
