"""Listing, showing and adding insights.

What a person reads is what validation lets through: a key or a CPF that a commit message carries is
shown as its placeholder. Only `show` with `raw` gives the company's own words.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any
from urllib.parse import unquote

from orchestrator.app.learning import LazyEmbedder, catch_up
from orchestrator.app.workspace import Say, Workspace, person
from orchestrator.errors import UsageError, UserError
from orchestrator.i18n import _
from orchestrator.ledger import Desk, agreed, now, record
from orchestrator.model import Decision, Insight, Kind, Record, Verdict, digest, insight_id, normalise
from orchestrator.store.outbox import Row
from orchestrator.wishes import redacted
from orchestrator.words import told, word

PREFIX = re.compile(r"(?:i1-)?[0-9a-f]{1,16}|i1?-?")
TITLE_CHARS = 200
ALL_STATES = ("active", "superseded", "withdrawn")


@dataclass(frozen=True, slots=True)
class Listed:
    """A line of the log: the insight as it may be read, what validation said, what was decided."""

    insight: Insight
    version: str
    outcome: str
    consent: str

    def as_json(self) -> dict[str, Any]:
        """Plain values."""
        told = insight_json(self.insight, self.version)
        return {**told, "outcome": self.outcome, "decision": self.consent}


@dataclass(frozen=True, slots=True)
class Shown:
    """Everything about one insight."""

    insight: Insight
    version: str
    verdict: Verdict | None
    decisions: tuple[Decision, ...]
    remotes: tuple[Row, ...]

    def facts(self) -> Iterator[tuple[str, str]]:
        """(label, value) lines, as `orch show` prints them."""
        i = self.insight
        yield _("score"), f"{i.score:.2f} ({'; '.join(i.reasons)})" if i.reasons else f"{i.score:.2f}"
        if i.record.technologies:
            yield _("technologies"), ", ".join(i.record.technologies)
        if i.record.gain:
            yield _("claimed gain"), i.record.gain
        for e in i.evidence:
            yield _("evidence"), f"{e.commit[:12]} {', '.join(e.paths[:3])}"
        if self.verdict:
            rules = ", ".join(sorted({f.rule for f in self.verdict.findings}))
            yield _("validation"), word(self.verdict.outcome.value) + (f" ({rules})" if rules else "")
        for d in self.decisions:
            yield _("decision"), f"{d.at} {word(d.action)} {d.who} {d.reason}".rstrip()
        for r in self.remotes:
            yield r.remote, " · ".join(part for part in _standing(r) if part)

    def as_json(self) -> dict[str, Any]:
        """Plain values."""
        verdict = None
        if self.verdict:
            findings = [{**asdict(f), "outcome": f.outcome.value} for f in self.verdict.findings]
            verdict = {"outcome": self.verdict.outcome.value, "findings": findings}
        return {
            **insight_json(self.insight, self.version),
            "verdict": verdict,
            "decisions": [asdict(d) for d in self.decisions],
            "remotes": [asdict(r) for r in self.remotes],
        }


def _standing(r: Row) -> Iterator[str]:
    """How an insight stands on one remote: our part, what became of it there, where, since when."""
    fulfilled = r.state == "ready" and r.wanted_hash == r.sent_hash
    yield _("in step") if fulfilled else word(r.state)
    yield f"{word(r.status)} ({r.resolution})" if r.resolution else word(r.status)
    if r.remote.endswith(".pages") and r.remote_version:
        yield _("version {n}").format(n=r.remote_version)
    if r.edited:
        yield _("a person changed it")
    yield unquote(r.url or r.ref)
    if r.linked:
        yield _("links to {url}").format(url=unquote(r.linked))
    yield r.error and told(r.error)
    if r.link_error:
        yield _("its link was refused: {why}").format(why=r.link_error)
    yield _("sent {time}").format(time=r.settled_at) if r.settled_at else ""
    yield _("seen {time}").format(time=r.seen_at) if r.seen_at not in ("", r.settled_at) else ""


def insight_json(i: Insight, version: str) -> dict[str, Any]:
    """An insight as plain values; `version` is that of its own words."""
    return {**asdict(i), "version": version}


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
) -> list[Listed]:
    """Insights of the companies in question, newest first over all of them."""
    catch_up(workspace, say, workspace.companies(chosen))
    found: list[Listed] = []
    for company in workspace.companies(chosen):
        desk = workspace.desk(company)
        with desk.store:
            states = ALL_STATES if everything else ("active",)
            rows = desk.store.insights.listing(kinds=[Kind(k) for k in kinds], states=states, limit=limit)
            found += [_listed(desk, insight) for insight in rows]
    return sorted(found, key=lambda x: x.insight.created_at, reverse=True)[:limit]


def _listed(desk: Desk, insight: Insight) -> Listed:
    verdict = desk.store.insights.verdict(insight)
    word = agreed(desk.store, insight, verdict)
    outcome = verdict.outcome.value if verdict else ""
    return Listed(readable(desk, insight, verdict), insight.version, outcome, word)


def show_insight(workspace: Workspace, chosen: str | None, prefix: str, *, raw: bool = False) -> Shown:
    """The one insight whose id starts so, in the companies in question; `raw` in its own words."""
    company, insight = find_insight(workspace, chosen, prefix)
    desk = workspace.desk(company)
    with desk.store as store:
        verdict = store.insights.verdict(insight)
        shown = insight if raw else readable(desk, insight, verdict)
        rows = [*store.outbox.of(insight.id), *_pull_requests(desk, insight)]
        decisions = tuple(store.decisions.of(insight.id))
        return Shown(shown, insight.version, verdict, decisions, tuple(rows))


def _pull_requests(desk: Desk, insight: Insight) -> list[Row]:
    if insight.record.kind is not Kind.COMPONENT:
        return []
    from orchestrator.offer.share import requests_of

    return requests_of(desk, insight)


def find_insight(workspace: Workspace, chosen: str | None, prefix: str) -> tuple[str, Insight]:
    """(company, insight) for the beginning of an id. Raises UserError for none, UsageError for several."""
    found: list[tuple[str, Insight]] = []
    for company in workspace.companies(chosen) if PREFIX.fullmatch(prefix) else ():
        desk = workspace.desk(company)
        with desk.store as store:
            found += [(company, i) for i in store.insights.matching(prefix)]
    if not found:
        raise UserError(_("there is no insight {id}").format(id=prefix), _("`orch log` lists the insights"))
    if len(found) > 1:
        raise UsageError(
            _("{id} is the beginning of {n} insights").format(id=prefix, n=len(found)),
            _("give more digits: {ids}").format(ids=", ".join(i.id for _c, i in found[:5])),
        )
    return found[0]


def full_ids(workspace: Workspace, chosen: str | None, prefixes: Sequence[str]) -> list[str]:
    """The whole ids that these beginnings stand for, of insights and of offers.

    Raises UserError for one that is unknown, UsageError for one that is the beginning of several.
    """
    return [_full_id(workspace, chosen, prefix) for prefix in prefixes]


def _full_id(workspace: Workspace, chosen: str | None, prefix: str) -> str:
    offers: set[str] = set()
    for company in workspace.companies(chosen) if PREFIX.fullmatch(prefix) else ():
        with workspace.desk(company).store as store:
            offers |= {o.ref for o in store.offers.matching(prefix)}
    return offers.pop() if len(offers) == 1 else find_insight(workspace, chosen, prefix)[1].id


def add_insight(
    workspace: Workspace, chosen: str | None, text: str, kind: str, technologies: Sequence[str], say: Say
) -> Insight:
    """Write down a person's own words. Raises UsageError when there are none."""
    title, content = title_and_content(text)
    if not title:
        raise UsageError(_("there is no text"), _('write it in quotes: orch add "what was learnt"'))
    company = workspace.company(chosen)
    found = Record(Kind(kind), title, content, tuple(t.strip() for t in technologies if t.strip()))
    return write_by_hand(workspace.desk(company), found, LazyEmbedder(say))


def title_and_content(text: str) -> tuple[str, str]:
    """A person's words: the first line, cut to TITLE_CHARS, and what remains to be said (never nothing)."""
    first, _newline, rest = text.strip().partition("\n")
    whole = text.strip() if len(first) > TITLE_CHARS else rest.strip() or first.strip()
    return first.strip()[:TITLE_CHARS], whole


def write_by_hand(desk: Desk, found: Record, embedder: LazyEmbedder) -> Insight:
    """Record a learning that no commit carries."""
    from orchestrator.pipeline import embedding_text

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
    vectors = list(embedder.passages([embedding_text(found.title, found.content)]))
    with desk.store:
        known = desk.store.insights.get(insight.id)
        if known is not None and known.state == "withdrawn":
            raise UserError(
                _("{id} says the same and was withdrawn").format(id=known.id),
                _("to share it again: orch review --approve {id}").format(id=known.id),
            )
        verdict = desk.judge(insight)
        record(desk, insight, verdict, next(iter(vectors), None), embedder.model)
    return insight
