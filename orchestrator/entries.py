"""What a remote is to hold of an insight, in words: a memory's row, an issue, a page, a task. Pure.

The ledger notes the hash of what is rendered here, `reconcile` sends it: the bytes that were decided on are
the bytes that leave.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace

from orchestrator.i18n import say
from orchestrator.model import Insight, Kind, Record, Verdict, digest
from orchestrator.remote import Entry
from orchestrator.words import kind_name

RENDERING = "r3"  # part of every hash: raise it when the wording below changes


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


def task_entry(
    key: str,
    origin: str,
    kind: str,
    title: str,
    content: str,
    company: str,
    language: str,
    *,
    taken_back: bool,
) -> Entry:
    """The task of an offer that a company accepted: the origin's words, unless it took them back."""
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
    return _hashed(Entry(key, kind, company, line, text, hash="", labels=("orch", "orch-adoption")))


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


def _other_words(own: Record, leaving: Record) -> tuple[str, str] | None:
    """The words that leave where they are not the insight's own, whose vector would confirm any guess."""
    words = leaving.title, leaving.content
    return None if words == (own.title, own.content) else words


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
