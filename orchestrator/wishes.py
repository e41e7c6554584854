"""What each remote should hold for an insight: which entry goes where, as pure functions.

A wish names a remote and the entry that should be there. `pipeline` writes wishes down when it
learns something, `reconcile` fulfils them; both call this.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from orchestrator.config.group import Company, Group, RemoteConfig, Slot
from orchestrator.entries import document_entry, issue_entry, memory_entry, page_entry, redacted, task_entry
from orchestrator.model import Insight, Kind, Outcome, Verdict
from orchestrator.remote import Entry

# Raise it when some hashes change for another reason: wishes are made anew, and only what differs is due.
RECIPE = "w3"

GLOBAL = "global"
COMPANY = "company"


@dataclass(frozen=True, slots=True)
class Wish:
    """One entry that one remote should hold; `remote` is `global.memory`, `company.pages` and so on."""

    remote: str
    target: str
    entry: Entry


def remote_name(scope: str, slot: Slot) -> str:
    """The outbox's name of a remote: scope and slot."""
    return f"{scope}.{slot.value}"


FORGE = remote_name(GLOBAL, Slot.FORGE)
GLOBAL_MEMORY = remote_name(GLOBAL, Slot.MEMORY)


def target_of(config: RemoteConfig) -> str:
    """Where a remote's objects live, without credentials: a change makes every wish due again."""
    return f"{config.kind}:{config.url}#{config.where}"


def place_at(target: str) -> RemoteConfig:
    """The configuration, without options, that `target_of` made this target from."""
    kind, _colon, rest = target.partition(":")
    url, _hash, where = rest.rpartition("#")
    return RemoteConfig(kind, url, where)


def place_shown(target: str) -> str:
    """A target as people read it: the folder, or the address and the vendor's name of the place."""
    place = place_at(target)
    return f"{place.url} {place.where}".strip()


def wishes(insight: Insight, verdict: Verdict | None, consent: str, group: Group) -> list[Wish]:
    """Every wish for an insight, none when it must not be anywhere.

    `consent` is '' or the last decision's action. The company's own remotes get what validation
    did not block, as it was written; the group's get only what was approved, redacted.
    """
    if insight.state != "active" or verdict is None or verdict.outcome is Outcome.BLOCK:
        return []
    company = group.company(insight.company)
    result = list(_own(insight, company))
    if consent == "approve" and insight.record.kind is not Kind.DOCUMENT:
        result += _global(insight, verdict, group)
    return result


def targets_of(company: Company, group: Group) -> dict[str, str]:
    """{remote: target} of every remote of the group and the company, as they are configured now."""
    scopes = ((GLOBAL, group.remotes), (COMPANY, company.remotes))
    return {remote_name(s, slot): target_of(c) for s, remotes in scopes for slot, c in remotes.items()}


def places(kind: Kind, company: Company, group: Group) -> list[tuple[str, str]]:
    """(remote, target) of every place where an insight of that kind may lie."""
    routes = group.routes[kind]
    found = [(remote_name(GLOBAL, s), target_of(c)) for s, c in group.remotes.items() if s in routes]
    memory = company.remotes.get(Slot.MEMORY)
    return found + ([(remote_name(COMPANY, Slot.MEMORY), target_of(memory))] if memory else [])


def wanted_hashes(found: list[Wish]) -> dict[tuple[str, str], str]:
    """The form in which the outbox takes wishes: {(remote, target): hash}."""
    return {(w.remote, w.target): w.entry.hash for w in found}


def _own(insight: Insight, company: Company) -> Iterator[Wish]:
    """What the company's own remotes hold is never marked as shared: it is as it was written."""
    memory = company.remotes.get(Slot.MEMORY)
    if memory and insight.detector != "folder":
        entry = memory_entry(insight, insight.record, shared=False)
        yield Wish(remote_name(COMPANY, Slot.MEMORY), target_of(memory), entry)
    pages = company.remotes.get(Slot.PAGES)
    if pages and insight.record.kind is Kind.DOCUMENT:
        yield Wish(remote_name(COMPANY, Slot.PAGES), target_of(pages), document_entry(insight))


def _global(insight: Insight, verdict: Verdict, group: Group) -> Iterator[Wish]:
    record = redacted(insight.record, verdict)
    routes = group.routes[record.kind]
    for slot, config in group.remotes.items():
        if slot not in routes:
            continue
        if slot is Slot.MEMORY:
            entry = memory_entry(insight, record, shared=True)
        elif slot is Slot.ISSUES:
            entry = issue_entry(insight, record, group.language)
        elif slot is Slot.PAGES:
            entry = page_entry(insight, record, group.language)
        else:
            continue
        yield Wish(remote_name(GLOBAL, slot), target_of(config), entry)


def adoption(
    key: str,
    origin: str,
    kind: str,
    title: str,
    content: str,
    company_id: str,
    group: Group,
    *,
    taken_back: bool = False,
) -> Wish | None:
    """The task in a company's own issues for an offer it accepted; None where it keeps no issues.

    Of an offer that its origin took back the task stays, since people work on it, without the origin's words.
    """
    issues = group.company(company_id).remotes.get(Slot.ISSUES)
    if issues is None:
        return None
    entry = task_entry(key, origin, kind, title, content, company_id, group.language, taken_back=taken_back)
    return Wish(remote_name(COMPANY, Slot.ISSUES), target_of(issues), entry)
