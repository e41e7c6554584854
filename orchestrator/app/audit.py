"""The trail of decisions for people: listing it, and proving that nobody changed it.

Guaranteed: a row that was changed, added in the middle, removed in the middle or moved breaks the chain
of hashes. A trail that was cut off at its end, written anew or thrown away contradicts the head that this
machine keeps beside trust (`config.heads`). Not guaranteed: somebody who may write both the store and the
user's state folder can forge both, and on a machine that never saw the trail there is no head to compare.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from orchestrator.app.orphans import orphan_ids
from orchestrator.app.trail import GROUP
from orchestrator.app.workspace import Workspace
from orchestrator.config import heads
from orchestrator.errors import RefusedError, UserError
from orchestrator.i18n import _
from orchestrator.model import Decision
from orchestrator.store.company import FILE_NAME, CompanyStore
from orchestrator.store.decisions import Decisions, Row
from orchestrator.store.offers import key_of
from orchestrator.words import trail_gone


@dataclass(frozen=True, slots=True)
class Entry:
    """One decision of one company's trail, or of the group's own."""

    company: str
    row: Row

    def as_json(self) -> dict[str, Any]:
        """Plain values; the texts that left are told by their hash (`version`) only."""
        d = self.row.decision
        return {
            "company": self.company,
            "number": self.row.number,
            "at": d.at,
            "who": d.who,
            "insight": d.insight,
            "version": d.version,
            "action": d.action,
            "scope": d.scope,
            "reason": d.reason,
            "policy": d.policy,
            "record": d.record,
            "previous": self.row.previous,
            "hash": self.row.hash,
        }


@dataclass(frozen=True, slots=True)
class Verified:
    """One trail's proof: how many rows it has, and the first thing that is wrong with it ('' for nothing)."""

    company: str
    rows: int
    problem: str
    broken_at: int | None = None
    mend: str = ""

    @property
    def ok(self) -> bool:
        """Whether the trail is whole, as far as this machine can know."""
        return not self.problem

    def as_json(self) -> dict[str, Any]:
        """Plain values."""
        told = {"company": self.company, "ok": self.ok, "rows": self.rows}
        return {**told, "broken_at": self.broken_at, "problem": self.problem}


def decisions(
    workspace: Workspace, chosen: str | None, *, insight: str = "", since: str = "", limit: int | None = None
) -> list[Entry]:
    """Decisions, newest first: of the companies in question and, where those are all, of the group's own.

    `insight` is the beginning of an insight's or offer's id, with or without `i1-`; `since` an ISO 8601 date.
    """
    found: list[Entry] = []
    for owner in trails(workspace, chosen):
        with workspace.store(owner) as store:
            rows = (r for r in store.decisions.rows() if _concerns(r.decision, insight, since))
            found += [Entry(owner, row) for row in rows]
    found.sort(key=lambda e: (e.row.decision.at, e.row.number), reverse=True)
    return found[:limit]


def verify(workspace: Workspace, chosen: str | None) -> list[Verified]:
    """Every trail in question, proved; what is found sound is what later proofs are compared with."""
    return [verify_trail(workspace, owner) for owner in trails(workspace, chosen, lost=True)]


def trails(workspace: Workspace, chosen: str | None, *, lost: bool = False) -> Iterator[str]:
    """Whose trails there are: the companies in question, and the group's own unless one company is.

    One that the configuration no longer has is listed by its name.

    With `lost` also those whose store is gone although this machine saw their trail.
    """
    alone = chosen == GROUP or chosen in orphan_ids(workspace.group)
    companies = (chosen,) if chosen and alone else workspace.companies(chosen)
    everything = len(companies) == len(workspace.group.companies) and chosen is None
    for owner in (*companies, GROUP) if everything else companies:
        gone = lost and any(heads.earlier(owner, workspace.group.clone, ""))
        if (workspace.group.company_folder(owner) / FILE_NAME).exists() or gone:
            yield owner


def verify_trail(workspace: Workspace, owner: str) -> Verified:
    """One trail's proof, without making a store that is not there; `owner` is a company or GROUP."""
    if not (workspace.group.company_folder(owner) / FILE_NAME).exists():
        return _lost(workspace, owner, "", 0) or Verified(owner, 0, "")
    with workspace.store(owner) as store:
        return _verified(workspace, owner, store)


def accept_loss(workspace: Workspace, owner: str) -> int:
    """Miss the trails no more that this clone lost with an earlier store; how many there were.

    Raises UserError when none was lost.
    """
    identity = ""
    if (workspace.group.company_folder(owner) / FILE_NAME).exists():
        with workspace.store(owner) as store:
            identity = store.identity
    n = miss_no_more(workspace, owner, identity)
    if not n:
        raise UserError(_("{company} lost no trail").format(company=owner), "orch audit verify")
    return n


def miss_no_more(workspace: Workspace, owner: str, identity: str) -> int:
    """Miss no trail but that of the store with this identity; how many there were."""
    lost = [name for name, _head in heads.earlier(owner, workspace.group.clone, identity)]
    for name in lost:
        heads.give_up(name, workspace.group.clone)
    return len(lost)


def _verified(workspace: Workspace, owner: str, store: CompanyStore) -> Verified:
    home, identity = workspace.group.clone, store.identity
    found = walk(workspace, owner, store)
    lost = _lost(workspace, owner, identity, found.rows)
    head = store.decisions.head()
    if head and found.ok and not lost:
        heads.keep(identity, owner, home, *head)
        heads.prove(identity, owner, home, *head)
    return found if lost is None or not found.ok else lost


def walk(workspace: Workspace, owner: str, store: CompanyStore) -> Verified:
    """A store's own trail from its first row to its last, and against what this machine saw of it."""
    kept, previous, count, seen = heads.kept(store.identity, workspace.group.clone), "", 0, ""
    mend = _repair_hint()
    for row in store.decisions.rows():
        problem = _break(row, count + 1, previous)
        if problem:
            return Verified(owner, count, problem, row.number, mend)
        previous, count = row.hash, count + 1
        seen = row.hash if kept and row.number == kept.number else seen
    if kept and kept.hash != seen:
        return Verified(owner, count, _contradiction(kept, store.decisions), kept.number, mend)
    return Verified(owner, count, "")


def _repair_hint() -> str:
    return _(
        "see who could write to it, or which backup it came from; then `orch doctor --repair`: every yes is "
        "asked again, a no stays"
    )


def require_sound(workspace: Workspace, owner: str, store: CompanyStore) -> None:
    """Raise RefusedError when a trail cannot be relied on for what is due to leave.

    Costs what is new and what is due: hashed are the rows since the last proof and every row on what the
    outbox is to bring somewhere, compared the links of the whole chain and the heads that this machine keeps.
    A changed row on something that leaves nowhere now is left to `verify`, which hashes all.
    """
    home, identity = workspace.group.clone, store.identity
    lost = _lost(workspace, owner, identity, 0)
    problem = lost.problem if lost else _unsound(home, identity, store.decisions)
    if problem:
        raise RefusedError(
            _("the audit trail of {company} cannot be relied on, so nothing leaves: {problem}").format(
                company=owner, problem=problem
            ),
            lost.mend if lost else f"orch audit verify --company {owner}; {_repair_hint()}",
        )
    head = store.decisions.head()
    if head:
        heads.prove(identity, owner, home, *head)


def _unsound(home: Path, identity: str, decisions: Decisions) -> str:
    for known in filter(None, (heads.kept(identity, home), heads.proven(identity, home))):
        if decisions.hash_at(known.number) != known.hash:
            return _contradiction(known, decisions)
    proof = heads.proven(identity, home)
    broken = next((r.number for r in decisions.rows(proof.number if proof else 0) if not r.follows), None)
    broken = broken or next((r.number for r in decisions.rows_of_due() if not r.follows), None)
    if broken:
        return _changed(broken)
    unlinked = decisions.unlinked()
    return _removed(unlinked) if unlinked else ""


def _break(row: Row, number: int, previous: str) -> str:
    if (row.number, row.previous) != (number, previous):
        return _removed(row.number)
    return "" if row.follows else _changed(row.number)


def _removed(number: int) -> str:
    text = _("decision {n} does not follow the one before it: a row was removed, added or moved")
    return text.format(n=number)


def _changed(number: int) -> str:
    return _("decision {n} was changed after it was written").format(n=number)


def _contradiction(kept: heads.Head, decisions: Decisions) -> str:
    last = decisions.head()
    if last is None or last[0] < kept.number:
        text = _("the trail ends at decision {n}, and this machine saw decision {seen}: its end was cut off")
        return text.format(n=last[0] if last else 0, seen=kept.number)
    return _("decision {n} is not the one that this machine saw: the trail was written anew").format(
        n=kept.number
    )


def _lost(workspace: Workspace, owner: str, identity: str, count: int) -> Verified | None:
    """What says that an earlier store of this clone is gone with its trail; None when none is."""
    found = [head for _name, head in heads.earlier(owner, workspace.group.clone, identity)]
    if not found:
        return None
    n = max(h.number for h in found)
    mend = _(
        "was the clone moved? Run `orch status` in it first. Was it put away (`git stash -a`)? Delete "
        ".orch/companies, then `git stash pop`. Else `orch doctor --repair` brings back what git and the "
        "memories have; without that: orch audit verify --accept-loss {company}"
    )
    return Verified(owner, count, trail_gone(n), mend=mend.format(company=owner))


def _concerns(decision: Decision, insight: str, since: str) -> bool:
    key = key_of(decision.insight)
    named = key.startswith(insight) or key.removeprefix("i1-").startswith(insight.removeprefix("i1-"))
    return named and decision.at >= since
