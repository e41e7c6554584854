"""Render what is due for one remote, and validate the very bytes that would leave."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from orchestrator.config.group import Slot
from orchestrator.desk import Desk
from orchestrator.ledger import agreed
from orchestrator.markup.plain import as_read
from orchestrator.model import Kind, Outcome, Verdict
from orchestrator.remote import Entry
from orchestrator.scanning import judge
from orchestrator.store.outbox import Row
from orchestrator.tasks import task_of
from orchestrator.wishes import (
    COMPANY,
    FORGE,
    GLOBAL,
    Wish,
    remote_name,
    target_of,
    wishes,
)

# An issue of the group links to the page, the page to the issue. Never from one scope into the other.
SISTERS = {f"{GLOBAL}.issues": Slot.PAGES, f"{GLOBAL}.pages": Slot.ISSUES}
MACHINE_MADE = ("version", "model")  # a hash and a model's id: no words that anybody could leak


@dataclass(frozen=True, slots=True)
class Due:
    """One due row with the entry to be there (None: absence), or the reason why it may not leave.

    `decided`: a person decided on the absence. `kept`: what lies there stays as it is, since nobody
    has decided on a newer text yet. `borrowed`: another command writes it, and a push may adopt it.
    """

    row: Row
    entry: Entry | None
    refused: str = ""
    decided: bool = False
    kept: bool = False
    borrowed: bool = False


def render(desk: Desk, row: Row) -> Due:
    """The entry of a row as it would be sent now, after the second gate."""
    if row.remote == FORGE:
        return _request(desk, row)
    entry, offer = wished(desk, row), desk.store.offers.at(row.key)
    insight = None if offer else desk.store.insights.get(row.key)
    if entry is not None:
        verdict = desk.store.verdicts.of(insight) if insight else None
        return _gate(desk, row, linked(desk, row.remote, entry), verdict)
    if offer is not None:
        return Due(row, None, decided=offer.state == "declined", kept=offer.changed_since)
    kept = insight is not None and bool(row.wanted_hash) and row.wanted_hash == row.sent_hash
    return replace(_absence(desk, row), kept=kept)


def _request(desk: Desk, row: Row) -> Due:
    """A pull request, which a withdrawal alone takes back, and which `orch share` alone writes."""
    if not row.wanted_hash:
        return Due(row, None, decided=True)
    entry = Entry(row.key, Kind.COMPONENT.value, desk.company, "", "", row.wanted_hash)
    return Due(row, entry, borrowed=True)


def wished(desk: Desk, row: Row) -> Entry | None:
    """What is to lie there by the words and the consent of now; None for absence. Cheap: nothing is judged.

    An accepted offer's task is another company's words, already cleared by its origin.
    """
    if not row.wanted_hash:
        return None
    offer = desk.store.offers.at(row.key)
    found = filter(None, [task_of(desk, offer)]) if offer else _wishes(desk, row.key)
    here = (row.remote, row.target)
    return next((wish.entry for wish in found if (wish.remote, wish.target) == here), None)


def _wishes(desk: Desk, key: str) -> list[Wish]:
    """What is wished for an insight; nothing for a twin, for which another one speaks."""
    insight = desk.store.insights.get(key)
    if insight is None or desk.store.twins.canonical(key):
        return []
    verdict = desk.store.verdicts.of(insight)
    return wishes(insight, verdict, agreed(desk.store, insight, verdict), desk.group)


def sister_of(desk: Desk, remote: str) -> tuple[str, str] | None:
    """(remote, target) of the group's other place where the same learning may lie; None for all others.

    A file's address is one of this machine, with its person's name in it: it leads to no other vendor.
    """
    slot = SISTERS.get(remote)
    here = desk.group.remotes.get(Slot(remote.partition(".")[2])) if slot else None
    there = desk.group.remotes.get(slot) if slot else None
    if slot is None or here is None or there is None or (there.kind == "folder" != here.kind):
        return None
    return remote_name(GLOBAL, slot), target_of(there)


def linked(desk: Desk, remote: str, entry: Entry) -> Entry:
    """The entry with the address of its sister, as far as that is known."""
    sister = sister_of(desk, remote)
    return replace(entry, link=desk.store.links.wanted(entry.key, sister)) if sister else entry


def _absence(desk: Desk, row: Row) -> Due:
    """Absence, and whether a person's decision is behind it or only what became of the commits.

    A refusal is about sharing: it says nothing of the company's own remotes.
    """
    said = [d.action for d in desk.store.decisions.of(row.key) if d.action != "edit"]
    own = row.remote.startswith(COMPANY + ".")
    against = ("withdraw",) if own else ("withdraw", "refuse")
    return Due(row, None, decided=bool(said) and said[-1] in against)


def with_vector(desk: Desk, due: Due, model: str) -> Due:
    """The same with the insight's vector, for a memory; other words get theirs when they leave."""
    if due.entry is None:
        return due
    vector = None if due.entry.passage else desk.store.index.vector(due.row.key, model)
    metadata = {**due.entry.metadata, "model": model}
    return replace(due, entry=replace(due.entry, vector=vector, metadata=metadata))


def _gate(desk: Desk, row: Row, entry: Entry, verdict: Verdict | None) -> Due:
    """Second gate: what leaves the company must be clean as rendered; review needs a yes that is there."""
    memory = row.remote.endswith(f".{Slot.MEMORY.value}")
    found = judge(_texts(entry, memory=memory), desk.policy.of(entry.kind))
    if row.remote.startswith(COMPANY + "."):
        refused = found.outcome is Outcome.BLOCK
    else:
        reviewed = verdict is not None and verdict.outcome is Outcome.REVIEW
        allowed = {Outcome.ALLOW, Outcome.REVIEW} if reviewed else {Outcome.ALLOW}
        refused = found.outcome not in allowed
    if not refused:
        return Due(row, entry)
    return Due(row, entry, refused=", ".join(sorted({f.rule for f in found.findings})))


def _texts(entry: Entry, *, memory: bool) -> dict[str, str]:
    """Everything textual that would be sent, and what people read of the Markdown that no memory renders.

    Our own id is masked, so that its digits alarm nobody.
    """
    texts = {
        "title": entry.title,
        "content": entry.body,  # by this name quality knows what is said
        "shown": "" if memory else as_read(entry.body),
        "labels": " ".join(entry.labels),
        "metadata": "\n".join(_leaves({k: v for k, v in entry.metadata.items() if k not in MACHINE_MADE})),
    }
    return {name: text.replace(entry.key, "orch-id") for name, text in texts.items()}


def _leaves(value: object) -> Iterator[str]:
    """Every text in a JSON value, each judged as it reads, without JSON's punctuation around it."""
    if isinstance(value, Mapping):
        for name, inner in value.items():
            yield str(name)
            yield from _leaves(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _leaves(inner)
    elif value:
        yield str(value)
