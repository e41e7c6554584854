"""`orch search`: the company's own learnings and what the others shared, offline."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from orchestrator.app.embedding import Embedders, embed_missing
from orchestrator.app.freshness import drained
from orchestrator.app.named import Named, named
from orchestrator.app.successors import successors
from orchestrator.app.typed_path import from_top
from orchestrator.app.workspace import Say, Workspace
from orchestrator.errors import UsageError
from orchestrator.i18n import _
from orchestrator.lexical import Filters
from orchestrator.memory.snippet import snippet
from orchestrator.model import Insight, Outcome
from orchestrator.store.offers import key_of

if TYPE_CHECKING:
    from orchestrator.desk import Desk
    from orchestrator.memory.search import Hit
    from orchestrator.store.company import CompanyStore
    from orchestrator.store.search_index import Item

SUPERSEDED = (
    2.0  # from the score of what something newer took the place of: about three deviations of meaning
)
FOLDED = 10  # hits more than asked for: some of them say the same


UNSHARED = 5  # times as many hits are looked at where own ones that were not shared fall out


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


@dataclass(frozen=True, slots=True)
class Answer:
    """The hits, best first, and what a person should know of them; `near` as in `memory.search.Found`."""

    hits: list[Found]
    notes: tuple[str, ...]
    near: bool


def search_memory(
    workspace: Workspace,
    chosen: str | None,
    query: str,
    say: Say,
    *,
    limit: int = 10,
    kind: str = "",
    scope: str = "",
    technology: str = "",
    since: str = "",
    shared: bool = False,
    path: str = "",
    taught_by: str = "",
) -> Answer:
    """Search the stores of the companies in question, best first over all of them.

    `shared` finds what the group's memory holds, own or another company's; `taught_by` is the company
    that a learning is of, `technology` as in `lexical.Filters`, `path` as typed here (`typed_path`),
    `since` UTC ISO 8601.

    A commit's hash, an insight's id or a path that an insight's evidence has is looked up, not likened.
    """
    from orchestrator.memory.search import search

    if not query.strip():
        raise UsageError(
            _("there is nothing to search for"), _('say what you look for: orch search "slow queue"')
        )
    companies = workspace.companies(chosen)
    drained(workspace, say, companies)
    embedders = Embedders(say)
    filters = Filters(
        kind=kind or None,
        scope=scope or None,
        technology=technology or None,
        since=since or None,
        path=from_top(path, workspace.repository.root, Path.cwd()) or None,
        company=taught_by or None,
    )
    words = _from_top(query, workspace)
    found: list[Found] = []
    meant: list[Found] = []  # what was named, not what is like it
    notes: dict[str, None] = {}
    near = False
    for company in companies:
        with workspace.store(company) as store:
            authored = _authored(workspace, store, query)
            hits: Sequence[Hit | Named] = named(store.index, words, filters, limit, authored)
            known = bool(hits)
            if not known:
                embedder = embedders.of_store(workspace.group, store)
                if store.index.missing_vectors(embedder.model):
                    embed_missing(workspace.desk_of(store), embedder)
                looked = limit * UNSHARED if shared else limit + FOLDED
                answer = search(store.index, embedder.open(), query, filters, looked)
                hits = answer.hits
                notes.update(dict.fromkeys(answer.notes))
                near = near or answer.near
            rows = store.index.rows([h.ref for h in hits])
            there = (h for h in hits if h.ref in rows)  # another process may have taken one away meanwhile
            kept = _each_once(store, [h for h in there if not shared or _is_out(store, rows[h.ref], h.ref)])
            rows |= store.index.rows([h.ref for h in kept if h.ref not in rows])
            best_first = _newer_first(store, [h for h in kept if h.ref in rows])
            desk = cache(partial(workspace.desk_of, store))  # only for what must not be read as it is
            shown = [_found(store, desk, h, rows[h.ref]) for h in best_first[:limit]]
            (meant if known else found).extend(_with_what_is_out(store, shown) if shared else shown)
    best: dict[str, Found] = {}
    for hit in sorted(meant or found, key=lambda f: -f.score):
        best.setdefault(hit.id, hit)  # a shared learning lies in several companies' stores
    near = near or bool(meant) or not found
    notes.update(dict.fromkeys(() if found or meant else _unknown(workspace, taught_by)))
    told = (*notes, *(() if near else (_("nothing like it is known; the nearest there is:"),)))
    return Answer(list(best.values())[:limit], told, near)


def _with_what_is_out(store: CompanyStore, hits: Iterable[Found]) -> Iterator[Found]:
    """The same hits; of an own learning that was changed since, that the group has the text before."""
    from orchestrator.ledger import agreed

    for hit in hits:
        own = store.insights.get(hit.id) if hit.scope == "own" else None
        waits = own is not None and not agreed(store, own, store.verdicts.of(own))
        yield replace(hit, newer_waits=waits)


def _from_top(query: str, workspace: Workspace) -> str:
    """The question; where it is a path in the shell's way, from the top of the work tree."""
    typed = query.strip()
    like_a_path = typed.startswith(("./", "../", "/")) or ("\\" in typed and "/" not in typed)
    if not like_a_path or any(c.isspace() for c in typed):
        return query
    try:
        return from_top(typed, workspace.repository.root, Path.cwd()) or query
    except UsageError:
        return query  # of another place: words, then


def _authored(workspace: Workspace, store: CompanyStore, query: str) -> list[str]:
    """The commits that taught something and are of the author whom the question names, by name or e-mail."""
    who = query.strip().casefold()
    if who not in {name.casefold() for name in store.people()}:
        return []
    from orchestrator.git.lineage import written_by

    return written_by(workspace.repository, store.evidence.commits(), query.strip())


def _unknown(workspace: Workspace, company: str) -> Iterable[str]:
    """What is said of a company that nothing is of, and that the group does not have."""
    ids = [c.id for c in workspace.group.companies]
    if company and company not in ids:
        yield _("there is no company {id} in .orch/config.toml").format(id=company)
        yield _("it has {ids}").format(ids=", ".join(ids))


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
