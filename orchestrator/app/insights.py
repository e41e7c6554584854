"""Listing, showing and adding insights.

What a person reads is what validation lets through: a key or a CPF that a commit message carries is
shown as its placeholder. Only `show` with `raw` gives the company's own words.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import islice

from orchestrator.app.embedding import Embedders
from orchestrator.app.freshness import drained
from orchestrator.app.shown import Listed, Shown
from orchestrator.app.successors import superseded_by
from orchestrator.app.workspace import Say, Workspace, person, silent
from orchestrator.clock import now
from orchestrator.desk import Desk
from orchestrator.entries import redacted
from orchestrator.errors import UsageError, UserError
from orchestrator.i18n import _
from orchestrator.ledger import agreed, record
from orchestrator.model import Insight, Kind, Record, Verdict, digest, insight_id, normalise
from orchestrator.store.offers import key_of
from orchestrator.store.outbox import Row
from orchestrator.twins import place
from orchestrator.wishes import FORGE

PREFIX = re.compile(r"(?:i1-)?[0-9a-f]{1,16}|i1?-?")
_END_MARKS = re.compile(r"[.,;:!?…]+(?=\s|$)")
OF_A_ROW = re.compile(r"row-[0-9]{1,19}")  # an offer that another program wrote
TITLE_CHARS = 200
ALL_STATES = ("active", "superseded", "withdrawn")


def readable(desk: Desk, insight: Insight, verdict: Verdict | None) -> Insight:
    """The insight with its texts as validation lets them be read; not judged yet, it is judged now."""
    return replace(
        insight,
        record=redacted(insight.record, verdict or desk.judge(insight)),
    )


def list_insights(
    workspace: Workspace,
    chosen: str | None,
    kinds: Sequence[str],
    limit: int,
    say: Say,
    *,
    everything: bool = False,
    stale: bool = False,
) -> list[Listed]:
    """Insights of the companies in question, newest first over all of them.

    `stale`: only those whose files changed much since.
    """
    drained(workspace, say, workspace.companies(chosen))
    found: list[Listed] = []
    for company in workspace.companies(chosen):
        desk = workspace.desk(company)
        with desk.store:
            states = ALL_STATES if everything else ("active",)
            chosen_kinds = [Kind(k) for k in kinds]
            old = set(desk.store.cited.stale())
            rows = desk.store.insights.listing(
                kinds=chosen_kinds, states=states, limit=-1 if stale else limit, twins=everything
            )
            shown = (insight for insight in rows if insight.id in old or not stale)
            found += [replace(_listed(desk, i), stale=i.id in old) for i in islice(shown, limit)]
    return sorted(found, key=lambda x: x.insight.created_at, reverse=True)[:limit]


def _listed(desk: Desk, insight: Insight) -> Listed:
    verdict = desk.store.verdicts.of(insight)
    word = agreed(desk.store, insight, verdict)
    outcome = verdict.outcome.value if verdict else ""
    told, twins = united(desk, readable(desk, insight, verdict))
    speaker = desk.store.twins.canonical(insight.id)
    return Listed(told, insight.version, outcome, word, tuple(t.id for t in twins), speaker)


def united(desk: Desk, insight: Insight) -> tuple[Insight, list[Insight]]:
    """The insight with the evidence of those that say the same, and these as they may be read."""
    found = (desk.store.insights.get(i) for i in desk.store.twins.of(insight.id))
    twins = [readable(desk, t, desk.store.verdicts.of(t)) for t in found if t is not None]
    seen = {e.commit: e for i in (*twins, insight) for e in i.evidence}
    in_order = sorted(seen.values(), key=lambda e: (e.said_at, e.commit))
    return replace(insight, evidence=tuple(in_order)), twins


def show_insight(workspace: Workspace, chosen: str | None, prefix: str, *, raw: bool = False) -> Shown:
    """The one insight whose id starts so, in the companies in question; `raw` in its own words."""
    company, insight = find_insight(workspace, chosen, prefix)
    desk = workspace.desk(company)
    with desk.store as store:
        verdict = store.verdicts.of(insight)
        told = insight if raw else readable(desk, insight, verdict)
        told, twins = united(desk, told)
        decisions = tuple(store.decisions.of(insight.id))
        remotes = (*store.outbox.of(insight.id), *_pull_requests(desk, insight))
        speaker = store.twins.canonical(insight.id)
        reason, gone = superseded_by(store, insight), tuple(store.cited.changed(insight.id))
        old = insight.id in store.cited.stale()
        said = agreed(store, insight, verdict)
        return Shown(
            told, insight.version, verdict, decisions, remotes, tuple(twins), speaker, reason, gone, old, said
        )


def _pull_requests(desk: Desk, insight: Insight) -> list[Row]:
    if insight.record.kind is not Kind.COMPONENT:
        return []
    from orchestrator.offer.requests import requests_of

    return requests_of(desk, insight)


def find_insight(workspace: Workspace, chosen: str | None, prefix: str) -> tuple[str, Insight]:
    """(company, insight) for the beginning of an id. Raises UserError for none, UsageError for several."""
    found: list[tuple[str, Insight]] = []
    for company in workspace.companies(chosen) if PREFIX.fullmatch(prefix) else ():
        desk = workspace.desk(company)
        with desk.store as store:
            found += [(company, i) for i in store.insights.matching(prefix)]
    _one_of(prefix, [i.id for _c, i in found])
    return found[0]


def _one_of(prefix: str, ids: Sequence[str]) -> None:
    if not ids:
        raise UserError(
            _("there is no insight {id}").format(id=prefix),
            _("`orch log` lists the insights, `orch offers` what others offer"),
        )
    if len(ids) > 1:
        raise UsageError(
            _("{id} is the beginning of {n} insights").format(id=prefix, n=len(ids)),
            _("give more digits: {ids}").format(ids=", ".join(ids[:5])),
        )


def full_ids(workspace: Workspace, chosen: str | None, prefixes: Sequence[str]) -> list[str]:
    """All that these beginnings stand for: an insight, its offer to another company, or both; or the whole
    name of a component's pull request.

    Raises UserError for one that is unknown, UsageError for one that is the beginning of several.
    """
    found = (_requests(workspace, chosen, p) or keys(workspace, chosen, p) for p in prefixes)
    return list(dict.fromkeys(key for each in found for key in each))


def _requests(workspace: Workspace, chosen: str | None, name: str) -> list[str]:
    """The pull request of that name, where a company in question opened one."""
    for company in workspace.companies(chosen):
        with workspace.store(company) as store:
            if any(row.remote == FORGE for row in store.outbox.of(name)):
                return [name]
    return []


def keys(workspace: Workspace, chosen: str | None, prefix: str) -> list[str]:
    """The insight and the offer that this one beginning stands for, as `full_ids` says; offers are refs."""
    # A clone holds the company that learnt it and those that it was offered to: one id, a row for each.
    found: set[str] = set()
    known = PREFIX.fullmatch(prefix) or OF_A_ROW.fullmatch(prefix)
    for company in workspace.companies(chosen) if known else ():
        with workspace.desk(company).store as store:
            found |= {o.ref for o in store.offers.matching(prefix)}
            found |= {i.id for i in store.insights.matching(prefix)}
    _one_of(prefix, sorted({key_of(key) for key in found}))
    return sorted(found)


def add_insight(
    workspace: Workspace, chosen: str | None, text: str, kind: str, technologies: Sequence[str], say: Say
) -> Insight:
    """Write down a person's own words; those that are there already, in another spelling, stay as they are.

    Raises UsageError when there are none.
    """
    from orchestrator.detect.technologies import proper

    title, content = title_and_content(text)
    if not title:
        raise UsageError(_("there is no text"), _('write it in quotes: orch add "what was learnt"'))
    company = workspace.company(chosen)
    named = tuple(dict.fromkeys(proper(t) for t in technologies if t.strip()))
    found = Record(Kind(kind), title, content, named)
    with (desk := workspace.desk(company)).store:
        known = desk.store.insights.get(insight_id(company, found.kind, normalise(title)))
    if known is not None and known.state == "active" and _spelt_otherwise(known.record, found):
        return known
    return write_by_hand(workspace.desk(company), found, say)


def _spelt_otherwise(known: Record, found: Record) -> bool:
    """Whether only case, blanks and marks at the end of words differ, and nothing new is named."""
    same = all(
        _END_MARKS.sub("", one).casefold().split() == _END_MARKS.sub("", two).casefold().split()
        for one, two in ((known.title, found.title), (known.content, found.content))
    )
    return same and set(found.technologies) <= set(known.technologies)


def title_and_content(text: str) -> tuple[str, str]:
    """A person's words: the first line, cut to TITLE_CHARS, and what remains to be said (never nothing)."""
    first, _newline, rest = text.strip().partition("\n")
    whole = text.strip() if len(first) > TITLE_CHARS else rest.strip() or first.strip()
    return first.strip()[:TITLE_CHARS], whole


def _require_not_withdrawn(desk: Desk, insight_id: str) -> None:
    known = desk.store.insights.get(insight_id)
    if known is not None and known.state == "withdrawn":
        raise UserError(
            _("{id} says the same and was withdrawn").format(id=known.id),
            _("to share it again: orch review --approve {id}").format(id=known.id),
        )


def write_by_hand(desk: Desk, found: Record, say: Say = silent) -> Insight:
    """Record a learning that no commit carries."""
    from orchestrator.memory.passage import embedding_text

    at, topic = now(), normalise(found.title)
    insight = Insight(
        id=insight_id(desk.company, found.kind, topic),
        company=desk.company,
        record=found,
        score=1.0,
        reasons=(_("written down by {who}").format(who=person()),),
        evidence=(),
        anchor=digest("person", topic, size=16),
        detector="person",
        created_at=at,
        updated_at=at,
    )
    with desk.store:
        embedder = Embedders(say).of(desk)
        vectors = list(embedder.passages([embedding_text(found.title, found.content)]))
        verdict = desk.judge(insight)
        with desk.store.transaction():
            _require_not_withdrawn(desk, insight.id)
            record(desk, insight, verdict, next(iter(vectors), None), embedder.model)
            place(desk, embedder.model)
    return insight
