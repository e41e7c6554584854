"""One remote's share of a push: its due rows in batches, whatever its weather."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace

from orchestrator.clock import age, later, now
from orchestrator.desk import Desk
from orchestrator.errors import OrchError, TransientError
from orchestrator.i18n import _
from orchestrator.memory.passage import embedding_text
from orchestrator.reconcile.claim import claim, unheard
from orchestrator.reconcile.contained import contained
from orchestrator.reconcile.difference import with_contents
from orchestrator.reconcile.order import parents_first
from orchestrator.reconcile.plan import CUT_OFF, Action, Known, Step, adopted_only, plan, wrongly_marked
from orchestrator.reconcile.rendering import Due, render, with_vector
from orchestrator.reconcile.report import RemoteReport
from orchestrator.reconcile.settling import GONE_ALONG, WRITES, OnStep, Settling
from orchestrator.reconcile.standing import hold_place, require_place
from orchestrator.reconcile.verbs import unmark, written
from orchestrator.remote import Hiding, Observed, Remembering, Remote, Sweeping
from orchestrator.remote_memory import Memory
from orchestrator.store.outbox import Row

BATCH = 500  # wishes that are planned together: bounds memory, and what one crash leaves in doubt

Embed = Callable[[Sequence[str]], Sequence[Sequence[float]]]  # a vector a text; none without a model
KEPT = "kept"  # it stays as it is: nobody has decided on a newer text yet


@dataclass(slots=True)
class Run:
    """One remote's share of a push."""

    desk: Desk
    remote: Remote
    report: RemoteReport
    target: str
    model: str
    dry_run: bool
    forced: frozenset[str]
    on_step: OnStep
    embed: Embed = lambda _texts: ()
    anew: bool = False  # a person said that the place which is there now is the right one
    gone_along: Mapping[str, str] = field(default_factory=dict)  # {key: reference} of what lies elsewhere now
    stays: Collection[str] = ()  # keys that nobody said are to go from a former place
    left: int = field(default=0)  # rows that were not planned yet, those of the present batch included
    batch: list[Due] = field(default_factory=list)
    settling: Settling = field(init=False)

    def __post_init__(self) -> None:
        self.settling = Settling(self.desk, self.report, self.target, self.on_step, self.forced, self.dry_run)

    def go(self, rows: list[Row]) -> None:
        """Work through the rows in batches until done, or until the remote says stop.

        Without any, only whether the folder is the one that is known.
        """
        if rows and self.paused(len(rows)):
            return
        self.left = len(rows)
        with self.contained():
            self._require_place()
            if not rows:
                return
            known = self.desk.store.outbox.sent(self.report.name, self.target)
            if isinstance(self.remote, Remembering):
                self.remote.remember({r.key: r.ref for r in known})
            ordered = parents_first(rows, self.desk.store.insights.parents())
            for start in range(0, len(ordered), BATCH):
                self.batch, self.left = [], len(ordered) - start
                self.batch = [self._render(row) for row in ordered[start : start + BATCH]]
                self._push_batch()
            self._sweep([r.key for r in known])  # of what is not due, too, if a search met it

    def contained(self) -> AbstractContextManager[None]:
        """Whatever happens to this remote is said in the report, and the others get their turn."""
        return contained(self._stop)

    def paused(self, waiting: int) -> bool:
        """Whether the remote asked to be left alone for now; the report then says so of `waiting` wishes."""
        pause = self.desk.store.pauses.of(self.report.name, now())
        if pause is None:
            return False
        self.report.until, self.report.error = pause
        self.report.error_code, self.report.waiting = "transient", waiting
        return True

    def _render(self, row: Row) -> Due:
        due = render(self.desk, row)
        return with_vector(self.desk, due, self.model) if isinstance(self.remote, Memory) else due

    def _push_batch(self) -> None:
        clean = {d.row.key: d for d in self._turn_back(self.batch)}
        observed = self.remote.find(list(clean))
        if len(observed) < len(clean):
            self._require_place()  # absence is believed of the place that is known only
        hidden = self._hidden([d for key, d in clean.items() if key not in observed])
        steps = [self._plan(d, observed.get(key), hidden.get(key, "")) for key, d in clean.items()]
        self.report.unseen |= {s.key: s.reason for s in steps if s.action is Action.UNSEEN}
        if self.dry_run:
            for step in with_contents(self.remote, [s for s in steps if s.action is not Action.UNSEEN]):
                self.settling.tell(step)
            return
        self._sweep([s.key for s in steps])
        steps = [self._with_vector_or_later(step) for step in steps]
        unmark(self.remote, self.report.name, [s.key for s in steps if wrongly_marked(s)])
        with self.desk.store.transaction():
            for step in steps:
                self.settling.quiet(step, clean[step.key])
        self._apply(steps, clean)

    def _require_place(self) -> None:
        """Raise TransientError where the place went away, or another lies there, since it was looked at."""
        if not self.anew:
            require_place(self.desk, self.remote, self.target)

    def _sweep(self, keys: list[str]) -> None:
        """Make one of what two machines created at once, before anything is settled."""
        if isinstance(self.remote, Sweeping) and not self.dry_run:
            self.remote.sweep(keys)
            self.report.doubled |= {k: tuple(v) for k, v in self.remote.duplicates.items() if k in keys}

    def _turn_back(self, batch: list[Due]) -> list[Due]:
        """Set aside what the second gate refuses; the rest goes on."""
        for due in batch:
            if due.refused:
                self.settling.refuse(due.row, "validation: " + due.refused)
        return [d for d in batch if not d.refused]

    def _hidden(self, absent: list[Due]) -> Mapping[str, str]:
        """How what is to go and is not there may be there all the same."""
        refs = {d.row.key: d.row.ref for d in absent if d.entry is None and not d.kept and d.row.ref}
        return self.remote.hidden(refs) if refs and isinstance(self.remote, Hiding) else {}

    def _plan(self, due: Due, observed: Observed | None, hidden: str) -> Step:
        row = due.row
        if due.kept:
            return Step(row.key, Action.SKIP, None, observed, KEPT)
        if companies := unheard(self.desk, due):
            return self._hold(row, companies, observed)
        if observed and observed.ref == self.gone_along.get(row.key):
            return Step(row.key, Action.SKIP, None, observed, GONE_ALONG)
        if observed and observed.words and observed.words == row.taken:
            observed = replace(observed, edited=False, hash="")  # a person agreed to write over these words
        step = plan(
            row.key,
            due.entry,
            Known(row.sent_hash, row.ref, row.state == "sending", age(row.started_at)),
            observed,
            settle_seconds=self.remote.settle_seconds,
            force=row.key in self.forced,
            decided=due.decided,
            hidden=hidden,
            stay=row.key in self.stays,
        )
        step = adopted_only(step) if due.borrowed else step
        if step.reason == CUT_OFF:
            told = _("the sharing of {name} was cut off").format(name=step.key)
            hint = _("run `orch share` again, or `orch withdraw` the component")
            self.report.fail("cut_off", told, hint)
        return step

    def _hold(self, row: Row, companies: Sequence[str], observed: Observed | None) -> Step:
        """It waits until it can be told whether these refused it; what lies there meanwhile stays."""
        why = self.desk.refused.unread[companies[0]]
        told = _("what {company} refused cannot be told: {why}").format(company=companies[0], why=why.message)
        self.report.fail("unheard", told, why.hint)
        return Step(row.key, Action.WAIT, None, observed, "unheard: " + ", ".join(companies))

    def _with_vector_or_later(self, step: Step) -> Step:
        """A memory's row needs its vector; where no model is, it waits for one."""
        if not isinstance(self.remote, Memory) or step.action not in (Action.CREATE, Action.UPDATE):
            return step
        if step.entry is None or step.entry.vector is not None:
            return step
        if step.entry.passage and (vectors := self.embed([embedding_text(*step.entry.passage)])):
            return replace(step, entry=replace(step.entry, vector=vectors[0]))
        self.report.fail(
            "no_vector",
            _("without an embedding model, learnings wait for their vectors"),
            _("`orch doctor` says what is missing"),
        )
        return replace(step, action=Action.WAIT, reason="no vector")

    def _apply(self, steps: list[Step], dues: Mapping[str, Due]) -> None:
        chosen = {a: [s for s in steps if s.action is a] for a in WRITES}
        if any(chosen.values()):
            hold_place(self.desk, self.remote, self.target)
        for action, steps in chosen.items():
            # Of what is taken away nothing is told: all at once.
            together = BATCH if action is Action.RETRACT else self.remote.together
            for start in range(0, len(steps), together):
                self._send(steps[start : start + together], dues)

    def _send(self, steps: list[Step], dues: Mapping[str, Due]) -> None:
        """Write these, claimed just before: what was taken back while others were sent is not sent."""
        still = claim(self.desk, [dues[s.key] for s in steps])
        self._write([s for s in steps if s.key in still], dues)
        for step in steps:
            if step.key not in still:
                self.settling.passed_over(step, dues[step.key].row)

    def _write(self, steps: list[Step], dues: Mapping[str, Due]) -> None:
        if not steps:
            return
        by_key = {s.key: s for s in steps}
        open_keys = set(by_key)
        try:
            for result in written(self.remote, self.report.name, steps):
                self._require_place()  # what is gone with its place was not taken away
                with self.desk.store.transaction():
                    self.settling.answered(by_key[result.key], dues[result.key], result)
                open_keys.discard(result.key)
        except OrchError as e:
            if not e.in_doubt:
                self.settling.release([dues[k].row for k in open_keys], e)
            raise

    def _stop(self, e: OrchError) -> None:
        """Say why the rest waits: this batch's part that is not told, and what comes after it."""
        here = {d.row.key for d in self.batch}
        waits = {s.key for s in self.report.steps if s.action is Action.WAIT}
        told = {s.key for s in self.report.steps} | set(self.report.refused) | set(self.report.unseen)
        self.report.waiting = self.left - len(here & (told - waits)) + len(waits - here)
        self.report.fail(e.code, e.message, e.hint)
        if isinstance(e, TransientError) and e.retry_after and not self.dry_run:
            self.report.until = later(e.retry_after)
            with self.desk.store.transaction():
                self.desk.store.pauses.put(self.report.name, self.report.until, e.message)
