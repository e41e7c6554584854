"""`orch adopt`: a person's text on a remote becomes the insight's own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from orchestrator.app.embedding import Embedders, LazyEmbedder
from orchestrator.app.insights import find_insight, readable
from orchestrator.app.learning import catch_up
from orchestrator.app.remotes import open_remotes
from orchestrator.app.workspace import Say, Workspace, person
from orchestrator.config.group import Slot
from orchestrator.desk import Desk
from orchestrator.errors import OrchError, RefusedError, UsageError, UserError
from orchestrator.i18n import _
from orchestrator.ledger import agreed, edit
from orchestrator.memory.passage import embedding_text
from orchestrator.model import Insight, Kind, Outcome, Record
from orchestrator.readback import read_back
from orchestrator.reconcile.difference import Difference
from orchestrator.reconcile.former import configured_targets
from orchestrator.remote import Content, Entry, Observed, Readable, Remembering, Remote
from orchestrator.store.outbox import Row
from orchestrator.validate import explain
from orchestrator.wishes import wishes


@dataclass(frozen=True, slots=True)
class Adopted:
    """What was (or would be) taken over, as it may be read. `waits`: it needs a new yes before it leaves."""

    before: Insight
    after: Insight
    remote: str
    label: str
    url: str
    outcome: str
    waits: bool

    @property
    def lines(self) -> list[str]:
        """The unified lines from the insight's words to the person's."""
        return Difference(_content(self.before.record), _content(self.after.record)).lines()

    def as_json(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "id": self.after.id,
            "company": self.after.company,
            "remote": self.remote,
            "url": self.url,
            "version": self.after.version,
            "changed": self.before.record != self.after.record,
            "outcome": self.outcome,
            "waits_for_review": self.waits,
            "diff": self.lines,
        }


@dataclass(frozen=True, slots=True)
class Edited:
    """An object of the insight that a person changed."""

    row: Row
    remote: Remote
    seen: Observed


def adopt(
    workspace: Workspace, chosen: str | None, prefix: str, only: str | None, say: Say, *, dry_run: bool
) -> Adopted:
    """Take the text that a person wrote on a remote: a new version, judged as any text; the conflict there is
    settled, and the other remotes follow at the next push, once the new text has consent.

    Raises UserError where nobody changed anything, UsageError where several remotes were changed and none is
    named, RefusedError for a text that validation blocks, that the remote holds only in part, or beside which
    stands what no text can hold, and what asking a remote raises.
    """
    catch_up(workspace, say, workspace.companies(chosen))
    company, found = find_insight(workspace, chosen, prefix)
    if found.record.kind is Kind.DOCUMENT:
        raise UserError(
            _("{id} is a document: its file in the repository is the text").format(id=found.id),
            _("change the file, or write over the page: orch push --force {id}").format(id=found.id),
        )
    with workspace.lock(f"push-{company}"), (desk := workspace.desk(company)).store:
        insight = desk.store.insights.get(found.id) or found
        edited = _the_edited(desk, workspace, insight, only)
        return _adopted(desk, insight, edited, Embedders(say).of(desk), dry_run=dry_run)


def _the_edited(desk: Desk, workspace: Workspace, insight: Insight, only: str | None) -> Edited:
    opened, failed = open_remotes(workspace, desk.company, [only] if only else ())
    errors: list[OrchError] = []
    found = list(_edited(desk, insight, opened, errors))
    if len(found) > 1:
        raise UsageError(
            _("people changed {id} in {n} places").format(id=insight.id, n=len(found)),
            _("choose one with --remote: {names}").format(names=", ".join(e.row.remote for e in found)),
        )
    if found:
        return found[0]
    if errors:
        raise errors[0]
    unknown = ", ".join(r.label for r in failed)
    raise UserError(
        _("nobody changed {id} on a remote").format(id=insight.id)
        + (" " + _("(not asked: {names})").format(names=unknown) if unknown else ""),
        _("`orch diff {id}` compares; `orch review --edit {id}` changes the text here").format(id=insight.id),
    )


def _edited(
    desk: Desk, insight: Insight, opened: dict[str, Remote], errors: list[OrchError]
) -> Iterator[Edited]:
    targets = configured_targets(desk)
    for row in desk.store.outbox.of(insight.id):
        remote = opened.get(row.remote)
        if remote is None or targets.get(row.remote) != row.target or not isinstance(remote, Readable):
            continue
        if isinstance(remote, Remembering) and row.ref:
            remote.remember({row.key: row.ref})
        try:
            seen = remote.find([row.key]).get(row.key)
        except OrchError as e:
            errors.append(e)
            continue
        if seen is not None and seen.edited:
            yield Edited(row, remote, seen)


def _adopted(
    desk: Desk, insight: Insight, edited: Edited, embedder: LazyEmbedder, *, dry_run: bool
) -> Adopted:
    changed = _their_record(desk, insight, edited)
    after = replace(insight, record=changed)
    verdict = desk.judge(after)
    if verdict.outcome is Outcome.BLOCK:
        raise RefusedError(
            _("validation blocks the person's text: {why}").format(
                why="; ".join(dict.fromkeys(explain(f) for f in verdict.findings))
            ),
            _("correct it at {url}, then adopt it again").format(url=edited.seen.url or edited.seen.ref),
        )
    if not dry_run:
        vectors: Sequence[Any] = ()
        if changed != insight.record:
            vectors = list(embedder.passages([embedding_text(changed.title, changed.content)]))
        with desk.store.transaction():
            if changed != insight.record:
                after = edit(desk, insight, changed, next(iter(vectors), None), embedder.model, person())
            desk.store.outbox.take(edited.row, edited.seen.words)
    return Adopted(
        before=readable(desk, insight, desk.store.verdicts.of(insight)),
        after=readable(desk, after, verdict),
        remote=edited.row.remote,
        label=edited.remote.label,
        url=edited.seen.url,
        outcome=verdict.outcome.value,
        waits=not agreed(desk.store, after, verdict),
    )


def _their_record(desk: Desk, insight: Insight, edited: Edited) -> Record:
    """The record that the person's text makes, compared with what orch would write there now."""
    remote, entry = edited.remote, _entry_there(desk, insight, edited.row)
    assert isinstance(remote, Readable)  # noqa: S101 - `_edited` yields no other
    held = remote.read([edited.seen]).get(insight.id)
    if held is None:
        raise UserError(
            _("{ref} is gone").format(ref=edited.seen.ref),
            _("`orch diff {id}` shows what is where").format(id=insight.id),
        )
    sent = remote.preview(entry)
    if not sent.whole:
        raise RefusedError(
            _("{place} holds only a part of this text").format(place=remote.label),
            _("change the whole text with `orch review --edit {id}`").format(id=insight.id),
        )
    if held.beside:
        raise RefusedError(
            _("{place} holds what no text can: {what}").format(
                place=edited.seen.url or edited.seen.ref, what=", ".join(held.beside[:5])
            ),
            _(
                "to keep it, change the words with `orch review --edit {id}` and leave it there; "
                "to lose it, remove it there and adopt again"
            ).format(id=insight.id),
        )
    slot = Slot(edited.row.remote.partition(".")[2])
    found = read_back(insight, slot, held, sent, desk.group.language)
    if insight.id in found.title + found.content:
        raise RefusedError(
            _("in {place} orch's own line stands among the words, so they cannot be told apart").format(
                place=remote.label
            ),
            _(
                "put that line on one of its own there, or change the text with `orch review --edit {id}`"
            ).format(id=insight.id),
        )
    return found


def _entry_there(desk: Desk, insight: Insight, row: Row) -> Entry:
    """What orch would write there if the insight had everybody's consent."""
    verdict = desk.store.verdicts.of(insight) or desk.judge(insight)
    active = replace(insight, state="active")
    for wish in wishes(active, verdict, "approve", desk.group):
        if (wish.remote, wish.target) == (row.remote, row.target):
            return wish.entry
    raise UserError(
        _("{id} may not be on {remote} any more").format(id=insight.id, remote=row.remote),
        _("`orch diff {id}` shows what is where").format(id=insight.id),
    )


def _content(record: Record) -> Content:
    facts = {"technologies": list(record.technologies), "gain": record.gain, "component": record.component}
    return Content(record.title, record.content, metadata=facts)
