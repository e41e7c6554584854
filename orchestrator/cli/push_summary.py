"""A remote's line at the end of `orch push`: what is done, what waits, and why."""

from __future__ import annotations

from collections.abc import Iterator

from orchestrator.i18n import _, ngettext
from orchestrator.reconcile.plan import Action
from orchestrator.reconcile.report import RemoteReport
from orchestrator.store.outbox import GONE
from orchestrator.words import local_time


def summary(r: RemoteReport, dry_run: bool) -> str:
    """What was done (in a dry run: would be), then what was left, then why something waits."""
    done = _planned(r) if dry_run else _done(r)
    return ", ".join(text.format(n=n) for n, text in (*done, *_left(r)) if n) or _("in step, 0 writes")


def _planned(r: RemoteReport) -> Iterator[tuple[int, str]]:
    yield r.count(Action.CREATE), _("{n} to create")
    yield r.count(Action.UPDATE), _("{n} to update")
    yield r.count(Action.ADOPT), _("{n} to adopt")
    yield r.count(Action.RETRACT), _("{n} to retract")
    yield r.links, _("{n} to link")


def _done(r: RemoteReport) -> Iterator[tuple[int, str]]:
    n = r.count(Action.CREATE)
    yield n, ngettext("{n} created", "{n} created", n)
    n = r.count(Action.UPDATE)
    yield n, ngettext("{n} updated", "{n} updated", n)
    n = r.count(Action.ADOPT)
    yield n, ngettext("{n} adopted", "{n} adopted", n)
    n = r.count(Action.RETRACT)
    yield n, ngettext("{n} retracted", "{n} retracted", n)
    yield r.links, ngettext("{n} linked", "{n} linked", r.links)


def _left(r: RemoteReport) -> Iterator[tuple[int, str]]:
    gone = sum(1 for s in r.steps if s.action is Action.CONFLICT and s.reason == GONE)
    yield gone, ngettext("{n} removed there by a person", "{n} removed there by people", gone)
    n = r.count(Action.CONFLICT) - gone
    yield n, ngettext("{n} changed by a person", "{n} changed by a person", n)
    n = len(r.refused)
    yield n, ngettext("{n} refused", "{n} refused", n)
    yield r.waiting, ngettext("{n} stays queued", "{n} stay queued", r.waiting)
    n = r.earlier.get("stuck", 0)
    yield (
        n,
        ngettext("{n} refused earlier, see `orch status`", "{n} refused earlier, see `orch status`", n),
    )
    n = r.earlier.get("conflict", 0)
    yield (
        n,
        ngettext(
            "{n} changed by a person earlier, see `orch status`",
            "{n} changed by a person earlier, see `orch status`",
            n,
        ),
    )
    n = r.earlier.get(GONE, 0)
    yield (
        n,
        ngettext(
            "{n} removed there earlier, see `orch status`", "{n} removed there earlier, see `orch status`", n
        ),
    )
    n = r.edited
    yield (
        n,
        ngettext(
            "{n} edited there by people and left as it is, see `orch diff ID`",
            "{n} edited there by people and left as they are, see `orch diff ID`",
            n,
        ),
    )
    n = len(r.unseen)
    yield (
        n,
        ngettext(
            "{n} taken back and not shown there, looked for again at each push",
            "{n} taken back and not shown there, looked for again at each push",
            n,
        ),
    )
    yield bool(r.error), r.error.replace("{", "{{").replace("}", "}}") + _until(r)


def _until(r: RemoteReport) -> str:
    return " " + _("(until {time})").format(time=local_time(r.until)) if r.until else ""
