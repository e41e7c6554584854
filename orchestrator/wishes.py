"""What each remote should hold for an insight: routing and rendering, as pure functions.

A wish names a remote and the entry that should be there. `pipeline` writes wishes down when it
learns something, `reconcile` fulfils them; both call this, so that the bytes that were decided on
are the bytes that leave.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace

from orchestrator.config.group import Company, Group, RemoteConfig, Slot
from orchestrator.i18n import say
from orchestrator.model import Insight, Kind, Outcome, Record, Verdict, digest
from orchestrator.remote import Entry
from orchestrator.words import kind_name

RENDERING = "r3"  # part of every hash: raise it when the wording below changes
# Raise it when some hashes change for another reason: wishes are made anew, and only what differs is due.
RECIPE = "w3"

GLOBAL = "global"
COMPANY = "company"

DEFAULT_ROUTES: dict[Kind, frozenset[Slot]] = {
    Kind.SOLUTION: frozenset({Slot.MEMORY, Slot.ISSUES, Slot.PAGES}),
    Kind.INSIGHT: frozenset({Slot.MEMORY, Slot.PAGES}),
    Kind.PATTERN: frozenset({Slot.MEMORY, Slot.ISSUES}),
    Kind.BEST_PRACTICE: frozenset({Slot.MEMORY, Slot.PAGES}),
    Kind.COMPONENT: frozenset({Slot.MEMORY, Slot.ISSUES, Slot.PAGES}),
    Kind.DOCUMENT: frozenset(),
}


@dataclass(frozen=True, slots=True)
class Wish:
    """One entry that one remote should hold; `remote` is `global.memory`, `company.pages` and so on."""

    remote: str
    target: str
    entry: Entry


def remote_name(scope: str, slot: Slot) -> str:
    """The outbox's name of a remote: scope and slot."""
    return f"{scope}.{slot.value}"


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
    routes = group.routes.get(kind, DEFAULT_ROUTES[kind])
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
    routes = group.routes.get(record.kind, DEFAULT_ROUTES[record.kind])
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


def redacted(record: Record, verdict: Verdict) -> Record:
    """The record with its texts as validation lets them leave."""
    texts = verdict.redacted
    technologies = tuple(t for t in texts.get("technologies", "").split(", ") if t)
    return replace(
        record,
        title=texts["title"],
        content=texts["content"],
        gain=texts.get("gain", ""),
        component=texts.get("component", ""),
        technologies=technologies,
    )


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
    language = group.language
    summary = say(language, "Adopt from {company}: {title}").format(company=origin, title=title)
    if taken_back:
        summary = say(language, "Taken back by {company} after it was accepted").format(company=origin)
        content = say(
            language,
            "{company} took this offer back: its words may not stay here. What you made of it is yours; ask "
            "{company} before you go on with it.",
        ).format(company=origin)
    text = say(language, "Origin: {company}").format(company=origin) + f"\n\n{content}"
    line = " ".join(summary.split())
    entry = Entry(key, kind, company_id, line, text, hash="", labels=("orch", "orch-adoption"))
    return Wish(remote_name(COMPANY, Slot.ISSUES), target_of(issues), _hashed(entry))


# --------------------------------------------------------------------------- rendering


def memory_entry(insight: Insight, record: Record, *, shared: bool) -> Entry:
    """The row of a vector memory: title and content as one text, the rest as metadata.

    `version` only beside the very words: a hash of what was hidden would confirm a guess at it.
    """
    metadata = {
        "title": record.title,
        "technologies": list(record.technologies),
        "gain": record.gain,
        "component": record.component,
        "version": insight.version if record == insight.record else "",
    }
    body = record.title if record.content == record.title else f"{record.title}\n\n{_without_title(record)}"
    entry = _entry(insight, record.title, body)
    return _hashed(
        replace(entry, metadata=metadata, shared=shared, passage=_other_words(insight.record, record))
    )


def _other_words(own: Record, leaving: Record) -> tuple[str, str] | None:
    """The words that leave where they are not the insight's own, whose vector would confirm any guess."""
    words = leaving.title, leaving.content
    return None if words == (own.title, own.content) else words


def issue_entry(insight: Insight, record: Record, language: str) -> Entry:
    """The issue: `[empresa-a] Solução: …`, or `Padrão detectado: …` for a pattern."""
    title = f"{kind_name(record.kind, language)}: {record.title}"
    if record.kind is not Kind.PATTERN:
        title = f"[{insight.company}] {title}"
    entry = _entry(
        insight, title, f"{body_text(insight, record, language)}\n\n{footer_line(insight, language)}"
    )
    return _hashed(replace(entry, labels=_labels(record)))


def page_entry(insight: Insight, record: Record, language: str) -> Entry:
    """The page: `Solução: …`, under the configured parent."""
    title = f"{kind_name(record.kind, language)}: {record.title}"
    entry = _entry(insight, title, body_text(insight, record, language))
    return _hashed(replace(entry, labels=_labels(record)))


def document_entry(insight: Insight) -> Entry:
    """A document's page: the file's own text, under its folder's page (`component` holds its key)."""
    record = insight.record
    return _hashed(replace(_entry(insight, record.title, record.content), parent=record.component))


def body_text(insight: Insight, record: Record, language: str) -> str:
    """Markdown of issues and pages: origin first, then what was learnt, then the small facts."""
    told = _without_title(record)
    facts = "\n".join(f"- {fact}" for fact in _facts(record, language))
    return "\n\n".join(part for part in (origin_line(insight, language), told, facts) if part)


def origin_line(insight: Insight, language: str) -> str:
    """The first line of issues and pages."""
    return say(language, "Origin: {company}").format(company=insight.company)


def footer_line(insight: Insight, language: str) -> str:
    """The last line of issues."""
    return say(language, "Registered by orch as `{id}`.").format(id=insight.id)


def fact_lines(language: str) -> dict[str, str]:
    """Field of a record → how issues and pages tell it, with the value in braces at the end."""
    return {
        "gain": say(language, "**Claimed gain** (the author's words, not verified): {gain}"),
        "technologies": say(language, "**Technologies:** {names}"),
        "component": say(language, "**Component:** {name}"),
    }


def _without_title(record: Record) -> str:
    """The content, without the title where that is a line or a sentence of its own at its beginning."""
    rest = record.content.removeprefix(record.title)
    return rest.lstrip() or record.content if rest[:1].isspace() else record.content


def _facts(record: Record, language: str) -> Iterator[str]:
    lines = fact_lines(language)
    if record.gain:
        yield lines["gain"].format(gain=record.gain)
    if record.technologies:
        yield lines["technologies"].format(names=", ".join(record.technologies))
    if record.component:
        yield lines["component"].format(name=record.component)


def _labels(record: Record) -> tuple[str, ...]:
    names = ("orch", record.kind.value.replace("_", "-"), *record.technologies)
    return tuple(dict.fromkeys("-".join(n.lower().split())[:50] for n in names))


def _entry(insight: Insight, title: str, body: str) -> Entry:
    line = " ".join(title.split())
    return Entry(insight.id, insight.record.kind.value, insight.company, line, body, hash="")


def _hashed(entry: Entry) -> Entry:
    """The entry with the hash of everything that is sent, and of which words the vector is.

    The vector itself is left out: it is not bit-equal across machines.
    """
    facts = [entry.kind, entry.company, entry.labels, dict(entry.metadata), entry.parent, entry.shared]
    facts += [entry.passage] if entry.passage else []
    canonical = json.dumps(facts, ensure_ascii=False, sort_keys=True)
    return replace(entry, hash=digest(RENDERING, entry.key, entry.title, entry.body, canonical, size=32))
