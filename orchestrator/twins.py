"""The same learning said twice: the one said first speaks for the others (ADR 0019).

Each insight keeps its id. Walking them by (author time, id), one is a twin of the first earlier insight
that speaks for itself and says the same, else it speaks for itself. That is a function of what is
known and not of the order in which it came to be known, so that clones which read in other batches
agree. Kept up to date from what changed: an insight is compared with its nearest neighbours, and
others are looked at again only where one begins or ceases to speak for them.
"""

from __future__ import annotations

import heapq
import math
import time
from collections.abc import Iterable

from orchestrator.consent import AUTOMATIC, POLICY_WHO, last_word
from orchestrator.desk import Desk
from orchestrator.echoing import hold
from orchestrator.leaving import HIDDEN
from orchestrator.ledger import ask_again, rewish
from orchestrator.memory.likeness import SAME_MEANING, same_words, told
from orchestrator.refusing import said_no
from orchestrator.store.search_index import Item
from orchestrator.store.twins import Standing
from orchestrator.wishes import GLOBAL

NEAREST = 16  # neighbours asked for at first; more while all of them are near enough
MOST = 4096  # the limit of one question to the index
BATCH_SECONDS = 0.5  # of one transaction: what others wait for the store, and what a kill loses
PAUSE_SECONDS = 0.11  # SQLite tries every 0.1 s for a lock: who waits gets it


def place(desk: Desk, model: str) -> list[str]:
    """Look at every insight whose place may have changed; those that another speaks for now, or no more.

    Joins the caller's transaction, or makes its own, one after the other, each durable: killed, the next
    call goes on. Vectors of a model whose cosines nobody measured say nothing: then all speak for themselves.
    """
    if not desk.store.twins.unplaced():
        return []
    placing = _Placing(desk, model)
    joined = desk.store.in_transaction
    with desk.store.transaction():
        placing.begin()
        placing.run(until=math.inf if joined else time.monotonic() + BATCH_SECONDS)
    while placing.waiting:
        time.sleep(PAUSE_SECONDS)
        with desk.store.transaction():
            placing.run(until=time.monotonic() + BATCH_SECONDS)
    return placing.changed


class _Placing:
    """One pass, in the order in which things were said: what is earlier is settled before what is later.

    What waits here waits in the store too, so that whoever is killed loses no place that was to be looked
    at. What another process changes between two transactions is read anew when its turn comes, or waits
    for the next pass.
    """

    def __init__(self, desk: Desk, model: str) -> None:
        self._desk, self._twins, self._model = desk, desk.store.twins, model
        self._nearest_of: float | None = SAME_MEANING.get(model)
        self.waiting: list[tuple[str, str]] = []
        self.changed: list[str] = []

    def begin(self) -> None:
        """Take what waits; called inside a transaction, as `run` is."""
        self._push(self._twins.unplaced())

    def run(self, until: float) -> None:
        """Place one after the other, at least one, until that time (`time.monotonic`) or the end."""
        while self.waiting:
            entry = heapq.heappop(self.waiting)
            while self.waiting and self.waiting[0] == entry:
                heapq.heappop(self.waiting)
            self._twins.placed([entry[1]])
            self._place(entry[1])
            if time.monotonic() >= until:
                return

    def _push(self, ids: Iterable[str]) -> None:
        """By when they were said; what may have no twin first, since it speaks for nobody any more."""
        asked = list(ids)
        self._twins.unplace(asked)
        known = {s.id: s.said_at for s in self._twins.standing(asked)}
        for insight_id in asked:
            heapq.heappush(self.waiting, (known.get(insight_id, ""), insight_id))

    def _place(self, insight_id: str) -> None:
        before = self._twins.canonical(insight_id)
        here = next(iter(self._twins.standing([insight_id])), None)
        alike = self._saying_the_same(here) if here else []
        near = self._twins.standing(alike)
        earlier = (n for n in near if here and n < here and not n.canonical)
        first = next(earlier, None)
        spoken_for = self._twins.of(insight_id)
        if before and here is not None and first is None:
            self._ask_if_new(insight_id, before)
        self._write(insight_id, before, first.id if first else "")
        if here is not None and first is None:
            self._hold(insight_id, self._twins.withdrawn(alike))
        elif here is None and before and self._twins.withdrawn([insight_id]):
            hold(self._desk, before, insight_id)
        if here is None or first is not None:
            self._push(spoken_for)
            return
        self._push(set(spoken_for) - {n.id for n in near})
        self._push(n.id for n in near if n > here and self._would_change(n, here))

    def _would_change(self, other: Standing, here: Standing) -> bool:
        """True for a later one that speaks for itself, or has somebody later than this to speak for it."""
        speaker = next(iter(self._twins.standing([other.canonical])), None) if other.canonical else None
        return speaker is None or speaker > here

    def _ask_if_new(self, insight_id: str, before: str) -> None:
        """What was hidden behind one that still stands says something else by now: a person is asked.

        No policy's yes to what went nowhere lets it out; a person's or its commit's own does, and what lies
        with the group stays there.
        """
        speaker = next(iter(self._twins.standing([before])), None)
        if speaker is None or speaker.canonical or before in self._twins.apart_from(insight_id):
            return
        store, last = self._desk.store, last_word(self._desk.store.decisions.of(insight_id))
        unasked = last is None or (last.action, last.who, last.reason) == ("approve", POLICY_WHO, "")
        out = any(r.sent_hash and r.remote.startswith(GLOBAL + ".") for r in store.outbox.of(insight_id))
        if unasked and not out:
            ask_again(self._desk, insight_id)

    def _hold(self, insight_id: str, withdrawn: list[str]) -> None:
        """What a person took back goes out by nobody's automatic yes, in whatever words of the same sense."""
        last = last_word(self._desk.store.decisions.of(insight_id))
        if withdrawn and (last is None or last.action == "ask" or last.who in AUTOMATIC):
            hold(self._desk, insight_id, withdrawn[0])

    def _write(self, insight_id: str, before: str, canonical: str) -> None:
        if before == canonical:
            return
        self._twins.put(insight_id, canonical)
        self.changed.append(insight_id)
        _heed_refusals(self._desk, insight_id, before, canonical)
        for changed in filter(None, (insight_id, before, canonical)):
            insight = self._desk.store.insights.get(changed)
            if insight is not None:
                rewish(self._desk, insight, self._desk.store.verdicts.of(insight))

    # ---------------------------------------------------------------- who says the same

    def _saying_the_same(self, here: Standing) -> list[str]:
        """Insights of the kind that pass both gates, whatever became of them."""
        own = self._desk.store.index.rows([here.id]).get(here.id)
        if own is None:
            return []
        near = self._near(here) - self._twins.apart_from(here.id) - {here.id}
        rows = self._desk.store.index.rows(near)
        return [ref for ref, row in rows.items() if _same(own, row)]

    def _near(self, here: Standing) -> set[str]:
        """Whatever is near enough in meaning, however much it is."""
        index, limit = self._desk.store.index, self._nearest_of
        vector = index.vector(here.id, self._model)
        if vector is None or limit is None:
            return set()
        k = NEAREST
        while True:
            hits = index.nearest(vector, k, model=self._model, kind=here.kind, scope="own")
            if len(hits) < k or hits[-1][1] < limit or k >= MOST:
                return {ref for ref, cosine in hits if cosine >= limit}
            k *= 4


def _same(one: Item, other: Item) -> bool:
    return same_words(told(one.title, one.text), told(other.title, other.text))


def _heed_refusals(desk: Desk, insight_id: str, before: str, canonical: str) -> None:
    """A no to one is a no to what says the same, until a person says otherwise of that.

    Who comes to speak for itself because the other was taken back asks again; and a yes that no person
    gave gives way to a no of a twin, and to words that a person took out of one. What a person set apart is
    another learning.
    """
    if before and before not in desk.store.twins.apart_from(insight_id) and said_no(desk.store, before):
        if desk.store.twins.withdrawn([before]):
            hold(desk, insight_id, before)
        else:
            ask_again(desk, insight_id)
    if canonical and (said_no(desk.store, insight_id) or _holds_back(desk, insight_id)):
        last = last_word(desk.store.decisions.of(canonical))
        if last is not None and last.action == "approve" and last.who in AUTOMATIC:
            ask_again(desk, canonical)


def _holds_back(desk: Desk, insight_id: str) -> bool:
    """Whether a person took words out of it, which who speaks for it now may still say."""
    insight = desk.store.insights.get(insight_id)
    said = f"{insight.record.title}\n{insight.record.content}" if insight else ""
    return any(mark in said for mark in HIDDEN.values())
