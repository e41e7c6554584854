"""What comes back into a repaired store beside git's own words, and what cannot be explained any more."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from orchestrator.app.remotes import configured, open_remote
from orchestrator.app.workspace import Workspace
from orchestrator.clock import now
from orchestrator.config import heads
from orchestrator.config.group import Slot
from orchestrator.consent import REPAIR_WHO, last_word
from orchestrator.desk import Desk
from orchestrator.errors import AbsentError
from orchestrator.i18n import _
from orchestrator.ledger import UNSURE, edit, record
from orchestrator.model import Insight, Kind, Record, digest
from orchestrator.offer.incoming import KINDS
from orchestrator.offer.receive import index_offers
from orchestrator.reconcile.standing import require_place
from orchestrator.remote_memory import Memory, SharedRow
from orchestrator.store.company import CompanyStore
from orchestrator.wishes import places, target_of

STATES = ("active", "withdrawn")


def complete(desk: Desk) -> None:
    """Give what was saved its verdict, wishes and words to find; joins the caller's transaction."""
    for insight in desk.store.insights.listing(kinds=tuple(Kind), states=STATES):
        known = _heeding_withdrawal(desk, insight)
        if known.state != insight.state or not desk.store.index.rows([known.id]):
            _record(desk, known)
    index_offers(desk)


def _heeding_withdrawal(desk: Desk, insight: Insight) -> Insight:
    """The insight, withdrawn where that was the last word on it."""
    last = last_word(desk.store.decisions.of(insight.id))
    withdrawn = last is not None and last.action == "withdraw"
    return replace(insight, state="withdrawn", updated_at=now()) if withdrawn else insight


def _record(desk: Desk, insight: Insight) -> None:
    """Write it down; what was withdrawn is taken away wherever it may lie, since the outbox may not know."""
    record(desk, insight, desk.judge(insight), None, "")
    if insight.state == "withdrawn":
        company = desk.group.company(desk.company)
        desk.store.outbox.take_away(insight.id, places(insight.record.kind, company, desk.group))


def recognise_trail(workspace: Workspace, store: CompanyStore) -> None:
    """Forget what is remembered of the damaged store's trail where the new one holds all of it."""
    for name, head in _earlier_heads(workspace, store):
        if store.decisions.hash_at(head.number) == head.hash:
            heads.forget(name, workspace.group.clone)


def trail_is_short(workspace: Workspace, store: CompanyStore) -> bool:
    """Whether this machine saw a decision of an earlier store that this one does not hold."""
    earlier = _earlier_heads(workspace, store)
    return any(store.decisions.hash_at(head.number) != head.hash for _name, head in earlier)


def missed_trails(workspace: Workspace, company: str, identity: str) -> list[str]:
    """The stores of this clone, other than the one of that identity, of which this machine saw a trail."""
    return [name for name, _head in heads.earlier(company, workspace.group.clone, identity)]


def _earlier_heads(workspace: Workspace, store: CompanyStore) -> list[tuple[str, heads.Head]]:
    return list(heads.earlier(store.company, workspace.group.clone, store.identity))


def restore(workspace: Workspace, desk: Desk) -> tuple[list[str], list[str]]:
    """Take back from the memories what the company wrote and no commit or file says; the ids.

    And those of them for which only the group's memory speaks, where whoever writes to it can put any
    company's name: no decision knows them, nor does the company's own memory.

    The company's own memory holds the words as they were written, the group's as they were let out. Where
    decisions are lost, an edit may be: what lies there in other words than git's is taken for one.
    Raises CredentialsError, ConfigError, TransientError, PermanentError.
    """
    found: dict[str, Insight] = {}
    versions: dict[str, str] = {}
    own: set[str] = set()
    for name, owner, slot, config in sorted(configured(workspace, desk.company), key=_own_first):
        if slot is Slot.MEMORY:
            remote = open_remote(workspace, name, owner, slot, config)
            require_place(desk, remote, target_of(config))  # one that is away would have nothing to give back
            for row in _ours(desk, remote):
                found.setdefault(row.key, _insight(desk, row, remote.label))
                versions.setdefault(row.key, str(row.metadata.get("version", "")))
                own |= {row.key} if owner else set()
            require_place(desk, remote, target_of(config))  # nor would one that went away meanwhile
    new = [i for key, i in found.items() if desk.store.insights.get(key) is None]
    reworded = list(_reworded(desk, found, versions)) if desk.store.setting(UNSURE) else []
    with desk.store.transaction():
        for insight in new:
            _record(desk, _heeding_withdrawal(desk, insight))
        for known, said in reworded:
            edit(desk, known, said.record, None, "", REPAIR_WHO)
    asked = [i.id for i in new if not desk.store.decisions.of(i.id)] + [known.id for known, _said in reworded]
    return [i.id for i in (*new, *(known for known, _said in reworded))], [k for k in asked if k not in own]


def _reworded(
    desk: Desk, found: Mapping[str, Insight], versions: Mapping[str, str]
) -> Iterator[tuple[Insight, Insight]]:
    """Learnings of commits that lie there in other words: a person's edit, of which the trail is lost."""
    for key, said in found.items():
        known = desk.store.insights.get(key)
        if known is None or known.state != "active" or known.detector == "person":
            continue
        edited = any(d.action == "edit" for d in desk.store.decisions.of(key))
        if versions[key] not in ("", known.version) and not edited:
            yield known, said


def unexplained(desk: Desk) -> list[str]:
    """Keys of what lies on a remote while no insight or offer here says why. It stays as it is."""
    rows = (row for place in desk.store.outbox.places() for row in desk.store.outbox.sent(*place))
    keys = {
        row.key
        for row in rows
        if not row.remote.endswith(Slot.PAGES.value) or row.remote.startswith("global")
    }
    return sorted(
        key for key in keys if desk.store.insights.get(key) is None and desk.store.offers.at(key) is None
    )


def _own_first(place: tuple[str, str | None, Slot, object]) -> bool:
    return place[1] is None


def _ours(desk: Desk, remote: object) -> Iterator[SharedRow]:
    """The rows of a memory that are this company's learnings."""
    if not isinstance(remote, Memory):
        return
    try:
        rows = list(remote.rows(shared_only=False))
    except AbsentError:
        return  # nobody has written anything there yet
    for row in rows:
        ours = row.company == desk.company and row.kind in KINDS and row.key.startswith("i1-")
        if ours and not row.fault:
            yield row


def _insight(desk: Desk, row: SharedRow, label: str) -> Insight:
    """A row as the insight that it was: the title stands in the metadata and begins the content."""
    title = str(row.metadata.get("title") or row.content.partition("\n")[0])
    content = row.content.removeprefix(f"{title}\n\n") or title
    technologies = tuple(map(str, row.metadata.get("technologies") or ()))
    gain, component = (str(row.metadata.get(name) or "") for name in ("gain", "component"))
    return Insight(
        id=row.key,
        company=desk.company,
        record=Record(Kind(row.kind), title, content, technologies, gain, component),
        score=1.0,
        reasons=(_("taken back from {remote}").format(remote=label),),
        evidence=(),
        anchor=digest("restored", row.key, size=16),
        detector="person",
        created_at=row.created_at or now(),
        updated_at=now(),
        share="ask",  # it lay there by an answer that the trail has, or by none: the policy gives no new one
    )
