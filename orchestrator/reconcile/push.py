"""Fulfil wishes: due rows → find on the remote → plan → apply → settle, one remote at a time.

One remote's failure stops nothing else, one item's refusal stops no other item. Before a request
goes out its rows are marked `sending` on disk; whatever then happens to the answer, the next push
asks the remote before it creates anything again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from orchestrator.errors import CredentialsError, OrchError, PermanentError, TransientError
from orchestrator.ledger import Desk, now, refresh
from orchestrator.reconcile.desk import Due, render, with_vector
from orchestrator.reconcile.plan import Action, Known, Step, plan
from orchestrator.remote import Done, Entry, Memory, Observed, Remembering, Remote, Result
from orchestrator.store.outbox import Row
from orchestrator.wishes import COMPANY

BATCH = 500  # wishes that are planned together: bounds memory, and what one crash leaves in doubt
WRITES = (Action.CREATE, Action.UPDATE, Action.RETRACT)

OnStep = Callable[[str, Step], None]


@dataclass(slots=True)
class RemoteReport:
    """What became of one remote's wishes; `error` and `until` say why something waits."""

    name: str
    label: str
    steps: list[Step] = field(default_factory=list)
    refused: dict[str, str] = field(default_factory=dict)
    error: str = ""
    hint: str = ""
    error_code: str = ""
    until: str = ""
    waiting: int = 0

    def count(self, action: Action) -> int:
        """How many steps of that action were planned (dry run) or carried out."""
        return sum(1 for s in self.steps if s.action is action)

    @property
    def complete(self) -> bool:
        """True when nothing of this remote stays queued or needs a person."""
        return not (self.error or self.waiting or self.refused or self.count(Action.CONFLICT))


def push(
    desk: Desk,
    remotes: Mapping[str, Remote],
    *,
    model: str = "",
    dry_run: bool = False,
    only: Sequence[str] | None = None,
    force: Iterable[str] = (),
    on_step: OnStep = lambda _remote, _step: None,
) -> list[RemoteReport]:
    """Bring every remote of one company nearer to its wishes; returns a report a remote.

    `only` restricts to these insight ids; `force` names ids whose remote edits are overwritten;
    `model` is the id of the vectors that memories get. A dry run asks the remotes and writes
    nothing anywhere.
    """
    due = _due(desk, remotes, only, write=not dry_run)
    forced = frozenset(force)
    reports = []
    for name, remote in remotes.items():
        run = _Run(desk, remote, RemoteReport(name, remote.label), model, dry_run, forced, on_step)
        run.go(due[name])
        reports.append(run.report)
    return reports


def _due(
    desk: Desk, remotes: Mapping[str, Remote], only: Sequence[str] | None, *, write: bool
) -> dict[str, list[Row]]:
    """Due rows by remote after wishes were refreshed; a dry run takes the refreshing back."""
    found: dict[str, list[Row]] = {}
    try:
        with desk.store.transaction():
            refresh(desk)
            found = {name: desk.store.outbox.due(name, keys=only) for name in remotes}
            if not write:
                raise _TakeBack
    except _TakeBack:
        return found
    return found


class _TakeBack(Exception):  # noqa: N818 - not an error: it only unwinds the transaction
    """Rolls a dry run's transaction back."""


@dataclass(slots=True)
class _Run:
    """One remote's share of a push."""

    desk: Desk
    remote: Remote
    report: RemoteReport
    model: str
    dry_run: bool
    forced: frozenset[str]
    on_step: OnStep

    def go(self, rows: list[Row]) -> None:
        """Work through the rows in batches until done, or until the remote says stop."""
        if not rows or self._paused(len(rows)):
            return
        if isinstance(self.remote, Remembering):
            known = self.desk.store.outbox.sent(self.report.name)
            self.remote.remember({r.key: r.ref for r in known})
        ordered = _parents_first([self._render(row) for row in rows])
        for start in range(0, len(ordered), BATCH):
            batch = ordered[start : start + BATCH]
            try:
                self._batch(batch)
            except (TransientError, PermanentError, CredentialsError) as e:
                self._stop(e, waiting=len(ordered) - start - self._settled(batch))
                return

    def _paused(self, waiting: int) -> bool:
        pause = self.desk.store.outbox.paused(self.report.name, now())
        if pause is None:
            return False
        self.report.until, self.report.error = pause
        self.report.error_code, self.report.waiting = "transient", waiting
        return True

    def _render(self, row: Row) -> Due:
        due = render(self.desk, row)
        return with_vector(self.desk, due, self.model) if isinstance(self.remote, Memory) else due

    def _batch(self, batch: list[Due]) -> None:
        clean = self._turn_back(batch)
        observed = self.remote.find([d.row.key for d in clean])
        steps = [self._plan(d, observed.get(d.row.key)) for d in clean]
        if self.dry_run:
            for step in steps:
                self._tell(step)
            return
        rows = {d.row.key: d.row for d in clean}
        self._settle_quiet(steps, rows)
        self._apply(steps, rows)

    def _turn_back(self, batch: list[Due]) -> list[Due]:
        """Set aside what the second gate refuses; the rest goes on."""
        for due in batch:
            if due.refused:
                self._refuse(due.row, "validation: " + due.refused)
        return [d for d in batch if not d.refused]

    def _plan(self, due: Due, observed: Observed | None) -> Step:
        row = due.row
        known = Known(row.sent_hash, row.ref, row.state == "sending", _age(row.started_at))
        return plan(
            row.key,
            due.entry,
            known,
            observed,
            settle_seconds=self.remote.settle_seconds,
            force=row.key in self.forced,
        )

    def _settle_quiet(self, steps: list[Step], rows: Mapping[str, Row]) -> None:
        """Write down what needs no request."""
        with self.desk.store.transaction():
            for step in steps:
                self._settle_step(step, rows[step.key])

    def _settle_step(self, step: Step, row: Row) -> None:
        outbox = self.desk.store.outbox
        if step.action in (Action.SKIP, Action.ADOPT):
            outbox.settle(row, step.entry.hash if step.entry else "", step.observed, now())
        elif step.action is Action.CONFLICT:
            outbox.mark(row, "conflict", step.reason)
        elif step.action is Action.WAIT:
            self.report.waiting += 1
        if step.action not in WRITES:
            self._tell(step)

    def _apply(self, steps: list[Step], rows: Mapping[str, Row]) -> None:
        chosen = {a: [s for s in steps if s.action is a] for a in WRITES}
        pairs = [(s.observed, s.entry) for s in chosen[Action.UPDATE] if s.observed and s.entry]
        entries = [s.entry for s in chosen[Action.CREATE] if s.entry]
        gone = [s.observed for s in chosen[Action.RETRACT] if s.observed]
        self._send(chosen[Action.CREATE], rows, lambda: self.remote.create(entries))
        self._send(chosen[Action.UPDATE], rows, lambda: self.remote.update(pairs))
        self._mark_shared([entry for _seen, entry in pairs])
        self._send(chosen[Action.RETRACT], rows, lambda: self.remote.retract(gone))

    def _mark_shared(self, updated: list[Entry]) -> None:
        """In the company's own memory the mark follows consent; in the group's, people own it."""
        if not (isinstance(self.remote, Memory) and self.report.name.startswith(COMPANY + ".")):
            return
        for shared in (True, False):
            keys = [entry.key for entry in updated if entry.shared is shared]
            if keys:
                self.remote.share(keys, shared=shared)

    def _send(self, steps: list[Step], rows: Mapping[str, Row], call: Callable[[], Iterable[Result]]) -> None:
        if not steps:
            return
        by_key = {s.key: s for s in steps}
        with self.desk.store.transaction():
            self.desk.store.outbox.sending([rows[k] for k in by_key], now())
        open_keys = set(by_key)
        try:
            for result in call():
                with self.desk.store.transaction():
                    self._settle_result(by_key[result.key], rows[result.key], result)
                open_keys.discard(result.key)
        except OrchError as e:
            if not (isinstance(e, TransientError) and e.in_doubt):
                self._release([rows[k] for k in open_keys], e)
            raise

    def _release(self, rows: list[Row], e: OrchError) -> None:
        """The remote surely did nothing with these: nothing about them is in doubt."""
        with self.desk.store.transaction():
            for row in rows:
                self.desk.store.outbox.mark(row, "ready", e.message)

    def _settle_result(self, step: Step, row: Row, result: Result) -> None:
        if isinstance(result, Done):
            kept = result.observed if step.entry else None
            self.desk.store.outbox.settle(row, step.entry.hash if step.entry else "", kept, now())
            self._tell(step)
        elif result.conflict:
            self.desk.store.outbox.mark(row, "conflict", result.reason)
            self._tell(Step(step.key, Action.CONFLICT, step.entry, step.observed, result.reason))
        else:
            self._refuse(row, result.reason)

    def _refuse(self, row: Row, reason: str) -> None:
        if not self.dry_run:
            with self.desk.store.transaction():
                self.desk.store.outbox.mark(row, "stuck", reason)
        self.report.refused[row.key] = reason

    def _tell(self, step: Step) -> None:
        self.report.steps.append(step)
        self.on_step(self.report.name, step)

    def _settled(self, batch: list[Due]) -> int:
        keys = {d.row.key for d in batch}
        told = {s.key for s in self.report.steps if s.action is not Action.WAIT} | set(self.report.refused)
        return len(keys & told)

    def _stop(self, e: OrchError, waiting: int) -> None:
        self.report.error, self.report.hint, self.report.error_code = e.message, e.hint, e.code
        self.report.waiting = waiting
        if isinstance(e, TransientError) and e.retry_after and not self.dry_run:
            self.report.until = _later(e.retry_after)
            with self.desk.store.transaction():
                self.desk.store.outbox.pause(self.report.name, self.report.until, e.message)


def _parents_first(due: list[Due]) -> list[Due]:
    """Order so that an entry comes after the one it lies under."""
    by_key = {d.row.key: d for d in due}

    def depth(d: Due) -> int:
        steps, parent = 0, d.entry.parent if d.entry else ""
        while parent in by_key and steps < len(by_key):
            above: Entry | None = by_key[parent].entry
            steps, parent = steps + 1, above.parent if above else ""
        return steps

    return sorted(due, key=lambda d: (depth(d), d.row.key))


def _age(started_at: str) -> float:
    if not started_at:
        return 0.0
    started = datetime.strptime(started_at, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    return (datetime.now(UTC) - started).total_seconds()


def _later(seconds: float) -> str:
    return (datetime.now(UTC) + timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%SZ")
