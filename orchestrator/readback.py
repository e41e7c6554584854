"""A person's text on a remote, read back into a record: the inverse of the rendering in `wishes`. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from orchestrator.config.group import Slot
from orchestrator.entries import fact_lines, footer_line, origin_line
from orchestrator.markup.adf import to_adf
from orchestrator.markup.plain import plain_text
from orchestrator.model import Insight, Kind, Record
from orchestrator.remote import Content
from orchestrator.words import kind_name

TITLE_CHARS = 200
_FENCE = re.compile(r"\s*(`{3,}|~{3,})")


@dataclass(frozen=True, slots=True)
class Parts:
    """What a rendering is made of, without its frame."""

    title: str
    told: str
    gain: str = ""
    technologies: tuple[str, ...] = ()
    component: str = ""


def read_back(insight: Insight, slot: Slot, held: Content, sent: Content, language: str) -> Record:
    """The insight's record with what a person changed in it.

    `held` is what the remote says, `sent` what orch would write there now, both in the remote's own form.
    Where the two agree the record keeps its own words, also those that validation lets nobody see.
    """
    parts = _row_parts if slot is Slot.MEMORY else _text_parts
    theirs, ours = parts(insight, held, language), parts(insight, sent, language)
    own = insight.record
    title = own.title if theirs.title == ours.title else theirs.title
    told = own.content if theirs.told == ours.told else theirs.told
    if len(title) > TITLE_CHARS:
        title, told = title[:TITLE_CHARS], f"{title}\n\n{told}"
    return replace(
        own,
        title=title or own.title,
        content=told or title,
        gain=own.gain if theirs.gain == ours.gain else theirs.gain,
        technologies=own.technologies if theirs.technologies == ours.technologies else theirs.technologies,
        component=own.component if theirs.component == ours.component else theirs.component,
    )


def _row_parts(insight: Insight, content: Content, _language: str) -> Parts:
    """Of a memory's row: its first line is the title, unless the column of the title was changed."""
    first, _newline, rest = content.body.strip().partition("\n")
    changed = content.title and content.title != " ".join(insight.record.title.split())
    told = content.metadata
    names = told.get("technologies")
    return Parts(
        title=" ".join((content.title if changed else first).split()),
        told=rest.strip(),
        gain=str(told.get("gain") or ""),
        technologies=tuple(map(str, names)) if isinstance(names, list) else (),
        component=str(told.get("component") or ""),
    )


def _text_parts(insight: Insight, content: Content, language: str) -> Parts:
    """Of an issue or a page: without kind and company in the title, origin, facts and footer in the body."""
    kept: list[str] = []
    found: dict[str, str] = {}
    for line, code in _lines(content.body):
        fact = None if code else _fact(line, language)
        if fact:
            found[fact[0]] = fact[1]
        elif code or not _is_frame(line, insight, language):
            kept.append(line)
    names = tuple(n.strip() for n in found.get("technologies", "").split(",") if n.strip())
    return Parts(
        title=_title(insight, content.title, language),
        told=re.sub(r"\n{3,}", "\n\n", "\n".join(kept)).strip(),
        gain=found.get("gain", ""),
        technologies=names,
        component=found.get("component", ""),
    )


def _lines(body: str) -> Iterator[tuple[str, bool]]:
    """(line, whether it stands in a code block)."""
    fence = ""
    for line in body.split("\n"):
        mark = _FENCE.match(line)
        inside = bool(fence)
        if mark and not fence:
            fence = mark[1]
        elif mark and mark[1].startswith(fence) and line.strip() == mark[1]:
            fence = ""
        yield line, inside or bool(mark)


def _is_frame(line: str, insight: Insight, language: str) -> bool:
    return _words(line) in {
        _words(origin_line(insight, language)),
        _words(footer_line(insight, language)),
    }


def _fact(line: str, language: str) -> tuple[str, str] | None:
    """(field, value) of one of the small facts below the text."""
    for name, template in fact_lines(language).items():
        before = re.escape(template.partition("{")[0].rstrip())
        found = re.fullmatch(rf"\s*[-*+] {before}(.*)", line)
        if found:
            return name, _words(found[1])
    return None


def _title(insight: Insight, title: str, language: str) -> str:
    rest = title.strip()
    if insight.record.kind is not Kind.PATTERN:
        rest = rest.removeprefix(f"[{insight.company}]").lstrip()
    return rest.removeprefix(f"{kind_name(insight.record.kind, language)}:").strip()


def _words(markdown: str) -> str:
    return " ".join(plain_text(to_adf(markdown)).split())
