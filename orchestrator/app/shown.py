"""What is shown of an insight: a line of the log, or everything; for people and as plain values."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any
from urllib.parse import unquote

from orchestrator.i18n import _
from orchestrator.model import Decision, Insight, Verdict
from orchestrator.store.outbox import GONE, Row
from orchestrator.store.superseding import Reason
from orchestrator.words import told, word


@dataclass(frozen=True, slots=True)
class Listed:
    """A line of the log: the insight as it may be read, what validation said, what was decided.

    `twins` say the same and are shown with it, by their evidence; `canonical` speaks for this one.
    """

    insight: Insight
    version: str
    outcome: str
    consent: str
    twins: tuple[str, ...] = ()
    canonical: str = ""
    stale: bool = False

    def as_json(self) -> dict[str, Any]:
        """Plain values."""
        told = insight_json(self.insight, self.version)
        said = {"twins": list(self.twins), "canonical": self.canonical, "stale": self.stale}
        return {**told, "outcome": self.outcome, "decision": self.consent, **said}


@dataclass(frozen=True, slots=True)
class Shown:
    """Everything about one insight."""

    insight: Insight
    version: str
    verdict: Verdict | None
    decisions: tuple[Decision, ...]
    remotes: tuple[Row, ...]
    twins: tuple[Insight, ...] = ()
    canonical: str = ""
    superseded: Reason | None = None
    gone: tuple[tuple[str, float], ...] = ()  # (path, share of its lines) of the files it is about
    stale: bool = False
    consent: str = ""  # what was decided on the very texts that would leave now

    @property
    def in_step(self) -> bool:
        """Whether every place holds what it should."""
        return bool(self.remotes) and all(
            r.state == "ready" and r.wanted_hash == r.sent_hash for r in self.remotes
        )

    def facts(self) -> Iterator[tuple[str, str]]:
        """(label, value) lines, as `orch show` prints them; what goes on with a line before has no label."""
        i = self.insight
        yield _("score"), f"{i.score:.2f} ({'; '.join(i.reasons)})" if i.reasons else f"{i.score:.2f}"
        if i.record.technologies:
            yield _("technologies"), ", ".join(i.record.technologies)
        if i.record.gain:
            yield _("claimed gain"), i.record.gain
        for e in i.evidence:
            yield _("evidence"), f"{e.commit[:12]} {', '.join(e.paths[:3])}"
        yield from self._beside_others()
        if self.verdict:
            rules = ", ".join(sorted({f.rule for f in self.verdict.findings}))
            yield _("validation"), word(self.verdict.outcome.value) + (f" ({rules})" if rules else "")
        for d in self.decisions:
            yield _("decision"), f"{d.at} {word(d.action)} {d.who} {d.reason}".rstrip()
        yield from on_remotes(self.remotes)

    def _beside_others(self) -> Iterator[tuple[str, str]]:
        """What says the same, what took its place, and what became of its files."""
        for twin in self.twins:
            yield _("says the same"), f"{twin.id} {twin.record.title}"
        if self.canonical:
            yield _("spoken for by"), self.canonical
        if self.stale:
            files = ", ".join(f"{path} {share:.0%}" for path, share in self.gone[:3])
            yield _("to review"), _("its files changed much since: {files} gone").format(files=files)
        if self.superseded:
            commit, why, successor = self.superseded
            yield _("superseded by"), f"{successor} {commit[:12]} ({word(why)})".strip()

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
            "twins": [t.id for t in self.twins],
            "canonical": self.canonical,
            "stale": self.stale,
            "files_gone": dict(self.gone),
            "superseded_by": self.superseded._asdict() if self.superseded else None,
        }


def on_remotes(rows: Sequence[Row]) -> Iterator[tuple[str, str]]:
    """(label, value) lines of how something stands on each remote, and where."""
    for r in rows:
        yield r.remote, " · ".join(part for part in _standing(r) if part)
        yield from (("", address) for address in _addresses(r) if address)


def _standing(r: Row) -> Iterator[str]:
    """How an insight stands on one remote: our part, what became of it there, since when."""
    fulfilled = r.state == "ready" and r.wanted_hash == r.sent_hash
    leaving = r.state == "ready" and not r.wanted_hash
    if r.only_asked:
        yield _("the next push asks whether it lies there")
        return
    missed = (r.state, r.error) == ("conflict", GONE)
    state = "" if missed else word(r.state)
    yield _("in step") if fulfilled else _("to be taken away") if leaving else state
    yield "" if missed else f"{word(r.status)} ({r.resolution})" if r.resolution else word(r.status)
    if r.remote.endswith(".pages") and r.remote_version:
        yield _("version {n}").format(n=r.remote_version)
    if r.edited and r.state != "conflict":
        yield _("a person changed it")
    if (r.state, r.error) != ("conflict", "edited"):  # the state's own word says that
        yield r.error and told(r.error)
    if r.link_error:
        yield _("its link was refused: {why}").format(why=r.link_error)
    yield _("sent {time}").format(time=r.settled_at) if r.settled_at else ""
    yield _("seen {time}").format(time=r.seen_at) if r.seen_at not in ("", r.settled_at) else ""


def _addresses(r: Row) -> Iterator[str]:
    """Where its object is, and where that links to."""
    yield unquote(r.url or r.ref)
    if r.linked:
        yield _("links to {url}").format(url=unquote(r.linked))


def insight_json(i: Insight, version: str) -> dict[str, Any]:
    """An insight as plain values; `version` is that of its own words."""
    return {**asdict(i), "version": version}
