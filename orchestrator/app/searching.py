"""`orch search`: the company's own learnings and what the others shared, offline."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from orchestrator.app.embedding import Embedders, embed_missing
from orchestrator.app.found import Found, as_found
from orchestrator.app.freshness import drained
from orchestrator.app.named import named
from orchestrator.app.typed_path import from_top
from orchestrator.app.workspace import Say, Workspace
from orchestrator.errors import UsageError, UserError
from orchestrator.i18n import _
from orchestrator.lexical import Filters

if TYPE_CHECKING:
    from orchestrator.store.company import CompanyStore

_FROM_HEAD = re.compile(r"(?:commit )?((?:HEAD|@)(?:[~^]\d{0,9}){0,9})")
FOLDED = 10  # hits more than asked for: some of them say the same
UNSHARED = 5  # times as many hits are looked at where own ones that were not shared fall out


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

    A commit's hash, an insight's id or a path that an insight's evidence has is looked up, not likened; so
    are HEAD, a company's id, and an emoji.
    """
    if not query.strip():
        raise UsageError(
            _("there is nothing to search for"), _('say what you look for: orch search "slow queue"')
        )
    companies = workspace.companies(chosen)
    drained(workspace, say, companies)
    filters = Filters(
        kind=kind or None,
        scope=scope or None,
        technology=technology or None,
        since=since or None,
        path=from_top(path, workspace.repository.root, Path.cwd()) or None,
        company=taught_by or None,
    )
    query = _revision(query, workspace)
    question = _Question(query, _from_top(query, workspace), filters, limit, shared)
    parts, embedders = [], Embedders(say)
    for company in companies:
        with workspace.store(company) as store:
            parts.append(_ask(workspace, store, question, embedders))
    return _united(parts, limit, unknown=lambda: _unknown(workspace, taught_by))


@dataclass(frozen=True, slots=True)
class _Question:
    """What each store is asked; in `words` a path in the shell's way is one from the top."""

    text: str
    words: str
    filters: Filters
    limit: int
    shared: bool


class _Part(NamedTuple):
    """What one store answers; `meant`: the question named it, it is not what is like it."""

    answer: Answer
    meant: bool


def _ask(workspace: Workspace, store: CompanyStore, question: _Question, embedders: Embedders) -> _Part:
    from orchestrator.memory.search import search

    authored = _authored(workspace, store, question.text)
    read = partial(as_found, workspace, store, limit=question.limit, shared=question.shared)
    ids = [c.id for c in workspace.group.companies]
    looked = question.limit * UNSHARED if question.shared else question.limit + FOLDED
    if hits := named(store.index, question.words, question.filters, looked, authored, ids):
        return _Part(Answer(read(hits), (), near=True), meant=True)
    embedder = embedders.of_store(workspace.group, store)
    if store.index.missing_vectors(embedder.model):
        embed_missing(workspace.desk_of(store), embedder)
    found = search(store.index, embedder.open(), question.text, question.filters, looked)
    return _Part(Answer(read(found.hits), found.notes, found.near), meant=False)


def _united(parts: Sequence[_Part], limit: int, *, unknown: Callable[[], Iterable[str]]) -> Answer:
    """The answer of all stores: what the question named, else what is like it."""
    meant = [hit for part in parts if part.meant for hit in part.answer.hits]
    found = [hit for part in parts if not part.meant for hit in part.answer.hits]
    best: dict[str, Found] = {}
    for hit in sorted(meant or found, key=lambda f: -f.score):
        best.setdefault(hit.id, hit)  # a shared learning lies in several companies' stores
    near = bool(meant) or not found or any(part.answer.near for part in parts if not part.meant)
    notes = [note for part in parts for note in part.answer.notes]
    notes += [] if best else unknown()
    notes += [] if near else [_("nothing like it is known; the nearest there is:")]
    return Answer(list(best.values())[:limit], tuple(dict.fromkeys(notes)), near)


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


def _revision(query: str, workspace: Workspace) -> str:
    """The question; of HEAD and what is counted from it, the commit's hash."""
    asked = _FROM_HEAD.fullmatch(query.strip())
    if asked is None:
        return query
    from orchestrator.git.files import resolve

    try:
        return resolve(workspace.repository, asked[1])
    except UserError:
        return query  # there is no such commit


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
