"""A learning that a program writes down and shares at once: recorded, judged, consented, then sent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from orchestrator.app.insights import find_insight, write_by_hand
from orchestrator.app.places import configured_place
from orchestrator.app.syncing import push_all
from orchestrator.app.workspace import Workspace, person, silent
from orchestrator.config.group import Slot
from orchestrator.desk import Desk
from orchestrator.detect.technologies import proper
from orchestrator.errors import (
    CredentialsError,
    LockedError,
    PermanentError,
    RefusedError,
    UsageError,
    UserError,
)
from orchestrator.i18n import _
from orchestrator.ledger import agreed, decide, same_words
from orchestrator.model import Insight, Kind, Outcome, Record, insight_id, normalise, record_version
from orchestrator.store.outbox import Row
from orchestrator.wishes import GLOBAL_MEMORY

LOCAL, QUEUED, SENT = "local", "queued", "sent"
CATEGORIES = tuple(k.value for k in Kind if k is not Kind.DOCUMENT)
METADATA = ("technology", "technologies", "title", "gain", "component")


@dataclass(frozen=True, slots=True)
class Remembered:
    """Where a learning is: `local`, `queued` or `sent`; `reason` says why it is not sent."""

    insight: Insight
    state: str
    reason: str = ""


def as_record(content: str, category: str, metadata: Mapping[str, Any]) -> Record:
    """The typed record of a learning. Raises UsageError for an unknown category or piece of metadata.

    What has no place is refused, not dropped: only this small record ever leaves a company.
    """
    unknown = sorted(set(metadata) - set(METADATA))
    if unknown:
        raise UsageError(
            _("metadata has no place for {names}").format(names=", ".join(map(repr, unknown))),
            _("it holds {names}; say the rest in the content").format(names=", ".join(METADATA)),
        )
    words = content.strip()
    title = " ".join(str(metadata.get("title") or words.partition("\n")[0]).split())[:200]
    if not words or not title:
        raise UsageError(_("there is no text"), _("say what was learnt"))
    named = metadata.get("technology") or metadata.get("technologies") or ()
    technologies = tuple(map(proper, (named,) if isinstance(named, str) else map(str, named)))
    gain, component = (str(metadata.get(name) or "") for name in ("gain", "component"))
    return Record(Kind(check_category(category)), title, words, technologies, gain, component)


def check_category(name: str) -> str:
    """The same category. Raises UsageError when there is none of that name."""
    if name not in CATEGORIES:
        raise UsageError(_("there is no category {name}").format(name=name), ", ".join(CATEGORIES))
    return name


def remember(workspace: Workspace, company: str, found: Record, *, shared: bool) -> Remembered:
    """Write a learning down for a company; with `shared`, consent and send it to the group's memory.

    The same words again change nothing. Raises RefusedError when validation, or a person, said no;
    ConfigError without a memory; CredentialsError; PermanentError with the memory's words. Offline
    it stays queued for the next push.
    """
    if shared:
        configured_place(workspace, Slot.MEMORY)
    insight = _written(workspace, company, found)
    if not shared:
        return Remembered(insight, LOCAL)
    desk = workspace.desk(company)
    with desk.store:
        agree(desk, insight)
        if speaker := desk.store.twins.canonical(insight.id):
            return _spoken_for(insight, speaker)
    return _sent(workspace, company, insight)


def mark(workspace: Workspace, company: str | None, prefix: str) -> Remembered:
    """Consent to sharing the one insight whose id starts so; the next push sends it.

    Raises UserError for an unknown id, RefusedError when validation, or a person, said no.
    """
    owner, insight = find_insight(workspace, company, prefix)
    desk = workspace.desk(owner)
    with desk.store:
        agree(desk, insight)
        if speaker := desk.store.twins.canonical(insight.id):
            return _spoken_for(insight, speaker)
        rows = desk.store.outbox.of(insight.id)
    everywhere = bool(rows) and all(map(_is_there, rows))
    return Remembered(insight, SENT if everywhere else QUEUED if rows else LOCAL)


def agree(desk: Desk, insight: Insight) -> None:
    """A program's consent to an insight's present words, once. It never overrides a person's no.

    Raises RefusedError: what needs a person's look waits for `orch review`; UserError where its words are
    others by now.
    """
    with desk.store.transaction():  # a person's answer of this moment comes before, or after
        _agree(desk, same_words(desk, insight))


def _agree(desk: Desk, insight: Insight) -> None:
    verdict = desk.store.verdicts.of(insight)
    said = agreed(desk.store, insight, verdict)
    if said in ("refuse", "withdraw"):
        raise RefusedError(
            _("{id} was refused or withdrawn by a person").format(id=insight.id),
            _("only a person takes that back: orch review --approve {id}").format(id=insight.id),
        )
    blocked = verdict is None or verdict.outcome is Outcome.BLOCK
    if blocked or (not said and verdict is not None and not verdict.may_leave):
        raise RefusedError(
            _("{id} may not be shared as it is").format(id=insight.id),
            _("`orch show {id}` says why; `orch review` lets a person decide").format(id=insight.id),
        )
    if not said:
        decide(desk, insight, "approve", who=f"api:{person()}")


def _spoken_for(insight: Insight, speaker: str) -> Remembered:
    return Remembered(insight, LOCAL, _("it says the same as {id}, which speaks for it").format(id=speaker))


def _written(workspace: Workspace, company: str, found: Record) -> Insight:
    """The insight, written only when it says something new."""
    desk = workspace.desk(company)
    with desk.store:
        known = desk.store.insights.get(insight_id(company, found.kind, normalise(found.title)))
    if known is not None and known.version == record_version(found) and known.state != "superseded":
        return known
    return write_by_hand(workspace.desk(company), found)


def _sent(workspace: Workspace, company: str, insight: Insight) -> Remembered:
    try:
        reports = push_all(workspace, company, silent, only=[insight.id], remotes=[GLOBAL_MEMORY])[company]
    except LockedError as e:
        return Remembered(insight, QUEUED, e.message)
    failed = next((r for r in reports if r.error), None)
    if failed is not None and failed.error_code == CredentialsError.code:
        raise CredentialsError(failed.error, failed.hint)
    desk = workspace.desk(company)
    with desk.store:
        row = next((r for r in desk.store.outbox.of(insight.id) if r.remote == GLOBAL_MEMORY), None)
    return _outcome(insight, row, failed.error if failed else "")


def _outcome(insight: Insight, row: Row | None, error: str) -> Remembered:
    if row is None:
        kind = insight.record.kind.value
        return Remembered(insight, LOCAL, _("the routes send no {kind} to the memory").format(kind=kind))
    if row.state == "conflict":
        raise UserError(
            _("a person changed {id} in the group's memory").format(id=insight.id),
            _("to overwrite it: orch push --force {id}").format(id=insight.id),
        )
    if row.state == "stuck":
        raise PermanentError(_("the group's memory refuses {id}: {why}").format(id=insight.id, why=row.error))
    return Remembered(insight, SENT if _is_there(row) else QUEUED, error)


def _is_there(row: Row) -> bool:
    return row.state == "ready" and row.wanted_hash == row.sent_hash
