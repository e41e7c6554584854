"""Hits of one store as they may be read: each once, what is newer first, nothing that validation hides."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache, partial
from typing import TYPE_CHECKING, Any

from orchestrator.app.named import Named
from orchestrator.app.successors import successors
from orchestrator.app.workspace import Workspace
from orchestrator.memory.snippet import snippet
from orchestrator.model import Insight, Outcome
from orchestrator.store.offers import key_of

if TYPE_CHECKING:
    from orchestrator.desk import Desk
    from orchestrator.memory.search import Hit
    from orchestrator.store.company import CompanyStore
    from orchestrator.store.search_index import Item

# From the score of what something newer took the place of: about three deviations of meaning.
SUPERSEDED = 2.0


@dataclass(frozen=True, slots=True)
class Found:
    """One hit: `scope` is own or shared; `score` only orders, `why` explains.

    `holds_all`: every word of the question stands in it, or it was named.
    `newer_waits`: the group has the text before this one, on which nobody has decided yet.
    """

    id: str
    company: str
    scope: str
    kind: str
    title: str
    text: str
    score: float
    why: str
    created_at: str
    state: str = "active"
    holds_all: bool = False
    newer_waits: bool = False

    def as_json(self) -> dict[str, Any]:
        """Plain values."""
        return {name: getattr(self, name) for name in self.__slots__}


def as_found(
    workspace: Workspace, store: CompanyStore, hits: Sequence[Hit | Named], limit: int, *, shared: bool
) -> list[Found]:
    """The best of a store's hits, each once; with `shared` only what the group's memory holds."""
    rows = store.index.rows([h.ref for h in hits])
    there = (h for h in hits if h.ref in rows)  # another process may have taken one away meanwhile
    kept = _each_once(store, [h for h in there if not shared or _is_out(store, rows[h.ref], h.ref)])
    rows |= store.index.rows([h.ref for h in kept if h.ref not in rows])
    best_first = _newer_first(store, [h for h in kept if h.ref in rows])[:limit]
    desk = cache(partial(workspace.desk_of, store))  # only for what must not be read as it is
    shown = [_found(store, desk, h, rows[h.ref]) for h in best_first]
    return list(_with_what_is_out(store, shown)) if shared else shown


def _with_what_is_out(store: CompanyStore, hits: Iterable[Found]) -> Iterator[Found]:
    """The same hits; of an own learning that was changed since, that the group has the text before."""
    from orchestrator.ledger import agreed

    for hit in hits:
        own = store.insights.get(hit.id) if hit.scope == "own" else None
        waits = own is not None and not agreed(store, own, store.verdicts.of(own))
        yield replace(hit, newer_waits=waits)


def _is_out(store: CompanyStore, row: Item, ref: str) -> bool:
    """Whether the group's memory holds this: another company's, or an own learning that was sent there."""
    from orchestrator.wishes import GLOBAL_MEMORY

    sent = (r for r in store.outbox.of(ref) if r.remote == GLOBAL_MEMORY)
    return row.scope == "shared" or any(r.sent_hash and r.wanted_hash == r.sent_hash for r in sent)


def _each_once(store: CompanyStore, hits: Iterable[Hit | Named]) -> list[Hit | Named]:
    """What was said twice is one hit, the better one, under the id of the insight that speaks for both."""
    best: dict[str, Hit | Named] = {}
    for hit in hits:
        speaker = store.twins.canonical(hit.ref) or hit.ref
        best.setdefault(speaker, hit if speaker == hit.ref else replace(hit, ref=speaker, snippet=""))
    return list(best.values())


def _newer_first(store: CompanyStore, hits: Sequence[Hit | Named]) -> list[Hit | Named]:
    """By score. What was superseded loses a part, and the newer one is worth at least what the older was."""
    old = store.insights.superseded([h.ref for h in hits])
    scores = {h.ref: h.score for h in hits}
    for hit in hits:
        for newer in successors(store, hit.ref) if hit.ref in old else ():
            scores[newer] = max(scores.get(newer, hit.score), hit.score)
    weighed = [replace(h, score=scores[h.ref] - (SUPERSEDED if h.ref in old else 0.0)) for h in hits]
    return sorted(weighed, key=lambda h: -h.score)


def _found(store: CompanyStore, desk: Callable[[], Desk], hit: Hit | Named, row: Item) -> Found:
    insight = store.insights.get(hit.ref) if row.scope == "own" else None
    title, text, why = _as_read(store, desk, hit, row, insight)
    return Found(
        id=key_of(hit.ref),
        company=row.company,
        scope=row.scope,
        kind=row.kind,
        title=title,
        text=text,
        score=round(hit.score, 4),
        why=why,
        created_at=row.created_at,
        state=insight.state if insight else "active",
        holds_all=hit.holds_all,
    )


def _as_read(
    store: CompanyStore, desk: Callable[[], Desk], hit: Hit | Named, row: Item, insight: Insight | None
) -> tuple[str, str, str]:
    """Title, snippet and reason without what validation found: the index holds the company's own words."""
    verdict = store.verdicts.of(insight) if insight else None
    why = "; ".join(hit.why)
    if insight is None or (verdict is not None and verdict.outcome is Outcome.ALLOW):
        return row.title, hit.snippet or snippet(row.title, row.text, hit.matched_terms), why
    from orchestrator.app.insights import readable
    from orchestrator.scanning import judge

    told = readable(desk(), insight, verdict).record
    text = snippet(told.title, told.content, hit.matched_terms)
    return told.title, text, judge({"why": why}, desk().policy).redacted["why"]
