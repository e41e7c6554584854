"""Detector: architecture decisions (ADR, RFC) and guides (playbooks, runbooks, conventions).

An ADR becomes an `insight`: it records what one team decided in its own context, which others may
weigh but need not follow. A guide tells how to work, so it becomes a `best_practice`.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass

from orchestrator.detect import technologies
from orchestrator.detect.manifest_paths import is_decision, is_guide
from orchestrator.detect.message import is_bot
from orchestrator.detect.prose import blocks, cut, fold, printable, words
from orchestrator.detect.scoring import Score
from orchestrator.model import Candidate, Change, FileChange, Kind, Record, TextPair, normalise

NAME = "decisions"
TEXT_LIMIT = 60_000  # characters of a document that are read
EXTRACT_LIMIT = 1_500  # characters taken of it: a decision fits, a whole document does not
_MANY = 5  # more documents at once are an import or a reformatting
_STUB = 8  # words: less is a template or a placeholder

_HEADING = re.compile(r"^(#{1,6})\s+(.*?)\s*#*\s*$")
_FRONT_MATTER = re.compile(r"\A---\s*\n(.{0,2000}?)\n---\s*\n", re.DOTALL)
_FRONT_TITLE = re.compile(r"^title:\s*[\"']?(.+?)[\"']?\s*$", re.MULTILINE)
_NUMBER = re.compile(
    r"^(?:(?:adr|rfc|decision|decisao)\b[-\s:#]*)?(?:\d{1,5}(?:\.\d+)*\s*[-.:–—)]*\s+)?[-:–—]?\s*",
    re.IGNORECASE,
)
_DECISION = re.compile(
    r"^(?:\d+[.)]\s*)?(?:decision|decisao|resultado da decisao|proposta|proposal|the decision|solucao"
    r"|solution)\b"
)
_DEAD = re.compile(
    r"^\W{0,9}(?:status\W{1,9})?(?:rejected|rejeitad[oa]|deprecated|superseded|substituid[oa]|obsolet[oa]|withdrawn"
    r"|draft|rascunho)\b",
    re.MULTILINE,
)
_SUPERSEDED = re.compile(
    r"^\W{0,9}(?:status\W{1,9})?(?:superseded|substituid[oa]|superad[oa]|deprecated|obsolet[oa])\b",
    re.MULTILINE,
)
_TARGET = re.compile(r"\]\(([^()\s#]{1,300}\.[a-z]{2,10})(?:#[^()\s]*)?\)")
_STATUS_WITHIN = 2  # sections from the beginning that may hold the status without naming it
_LINK = re.compile(r"!?\[([^\[\]\n]{0,200})\]\([^()\s]{0,500}\)")
_MARKUP = re.compile(r"<!--.{0,1000}?-->|</?[a-zA-Z][^<>\n]{0,200}>|\*{2,3}", re.DOTALL)
_HEADING_LIMIT = 300  # characters; a longer line is no heading


@dataclass(frozen=True, slots=True)
class _Document:
    title: str
    extract: str
    has_decision: bool
    dead: bool


def find(change: Change, language: str) -> Iterator[Candidate]:
    """One candidate a document that is new or says something new; none for bots and mass changes."""
    if is_bot(change.commit) or change.commit.is_merge:
        return
    files = [f for f in change.files if f.status != "D" and (is_decision(f.path) or is_guide(f.path))]
    if len(files) > _MANY:
        return
    for slot, file in enumerate(files):
        pair = change.texts.get(file.path)
        candidate = _candidate(file, pair, language, slot) if pair and pair.after else None
        if candidate is not None:
            yield candidate


def _candidate(file: FileChange, pair: TextPair, language: str, slot: int) -> Candidate | None:
    now = _read(pair.after or "", file.path)
    before = _read(pair.before, file.path) if pair.before else None
    if now is None or now == before or file.status == "R":
        return None
    kind = Kind.INSIGHT if is_decision(file.path) else Kind.BEST_PRACTICE
    content = f"{now.title}\n\n{now.extract}"
    record = Record(kind, now.title, content, technologies.mentioned(content))
    score = _score(kind, now, before is None, Score(language))
    topic = topic_of(file.path)
    return Candidate(NAME, topic, record, score.total, tuple(score.reasons), (file.path,), slot)


def topic_of(path: str) -> str:
    """What the learning of a document is about: the document."""
    return "document " + normalise(path)


def superseded(text: str, path: str) -> str | None:
    """Of a record whose status says that it is superseded: the path of the record in its place.

    '' when none is linked; None for a record that stands. Draft and rejected records never stood.
    """
    front, sections = _parts(printable(text[:TEXT_LIMIT]))
    status = [b for i, (h, b) in enumerate(sections) if i < _STATUS_WITHIN or _is_status(h)]
    for part in (front, *status):
        if said := _SUPERSEDED.search(fold(part)):
            link = _TARGET.search(part, said.start())
            return posixpath.normpath(posixpath.join(posixpath.dirname(path), link[1])) if link else ""
    return None


def _score(kind: Kind, document: _Document, is_new: bool, score: Score) -> Score:
    if kind is Kind.INSIGHT:
        score.add(0.5, "a record of an architecture decision")
        if document.has_decision:
            score.add(0.15, "it states the decision in a section of its own")
    else:
        score.add(0.5, "a guide that tells how to work")
    if is_new:
        score.add(0.1, "the document is new")
    if document.dead:
        score.add(-0.4, "it is a draft, rejected or superseded")
    return score


def _read(text: str, path: str) -> _Document | None:
    """Title from the first heading (or the front matter), extract from the decision or the start."""
    front, sections = _parts(printable(text[:TEXT_LIMIT]))
    named = _FRONT_TITLE.search(front)
    title = _plain(named[1] if named else next((h for h, _ in sections if h), ""))
    if is_decision(path):
        title = _NUMBER.sub("", title, count=1)
    title = title.replace("`", "")
    decision = next((b for h, b in sections if _DECISION.match(fold(h)) and _prose(b)), "")
    opening = next((p for _, b in sections if words(p := _prose(b)) >= _STUB), "")
    extract = _prose(decision) or opening.partition("\n\n")[0]
    if not normalise(title) or words(extract) < _STUB:
        return None
    status = [b for i, (h, b) in enumerate(sections) if i < _STATUS_WITHIN or _is_status(h)]
    dead = any(_DEAD.search(fold(part)) for part in (front, *status))
    return _Document(title, cut(extract, EXTRACT_LIMIT), bool(decision), dead)


def _parts(text: str) -> tuple[str, list[tuple[str, str]]]:
    """The front matter, '' without one, and the sections of what follows."""
    front = _FRONT_MATTER.match(text)
    return (front[1], _sections(text[front.end() :])) if front else ("", _sections(text))


def _sections(text: str) -> list[tuple[str, str]]:
    """(heading, body) in order; the body before the first heading stands under ''."""
    sections: list[tuple[str, list[str]]] = [("", [])]
    fenced = False
    for line in text.split("\n"):
        fenced ^= line.lstrip().startswith(("```", "~~~"))
        heading = _HEADING.match(line) if not fenced and len(line) <= _HEADING_LIMIT else None
        if heading:
            sections.append((heading[2], []))
        else:
            sections[-1][1].append(line)
    return [(h, "\n".join(b)) for h, b in sections]


def _prose(body: str) -> str:
    return "\n\n".join(blocks(_plain(body)))


def _plain(markdown: str) -> str:
    """Text without links' addresses, emphasis and HTML tags."""
    return _MARKUP.sub("", _LINK.sub(r"\1", markdown)).strip()


def _is_status(heading: str) -> bool:
    return fold(heading).startswith(("status", "estado", "situacao"))
