"""What a question names rather than describes: a commit, an insight's id, a path of the company's tree."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from orchestrator.i18n import _
from orchestrator.lexical import words
from orchestrator.memory.snippet import snippet

if TYPE_CHECKING:
    from orchestrator.lexical import Filters
    from orchestrator.store.search_index import SearchIndex

_SHORT = re.compile(r"[0-9a-f]{7,64}")  # fewer may be a word, such as "cafe"
_ID = re.compile(r"i1-[0-9a-f]+")
_PATH = re.compile(r"[^\s/]+(?:/[^\s/]+)*/?")
ABOVE = 100.0  # a score that no likeness reaches


@dataclass(frozen=True, slots=True)
class Named:
    """A hit that was named; what it has in common with `memory.search.Hit`."""

    ref: str
    score: float
    why: tuple[str, ...]
    snippet: str
    matched_terms: tuple[str, ...] = ()
    holds_all: bool = True


def named(
    index: SearchIndex,
    question: str,
    filters: Filters,
    limit: int,
    authored: Sequence[str] = (),
    companies: Sequence[str] = (),
) -> list[Named]:
    """The insights that the question names, the newest first; [] for any other question.

    A commit by its hash, full or at least 7 figures, as `git log` prints it (`commit 1a2b3c4`) too; an
    insight by its id or the beginning of it, as `orch search` shows it; a file or folder that stands in the
    evidence, or lies there now; the author of the commits `authored`; the id of one of `companies`; signs
    without a word, such as an emoji.
    """
    text = question.strip().removeprefix("commit ").strip()
    found: dict[str, str] = {}
    short = text.casefold()
    if _SHORT.fullmatch(short):
        found |= dict.fromkeys(
            index.taught_by(short, limit, filters), _("learnt from commit {commit}").format(commit=short)
        )
    if _SHORT.fullmatch(short) or _ID.fullmatch(short):
        found |= dict.fromkeys(index.with_id(short, limit, filters), _("its id"))
    if ("/" in text or "." in text) and _PATH.fullmatch(text):
        found |= dict.fromkeys(index.about_path(text, limit, filters), _("concerns {path}").format(path=text))
    if authored:
        found |= dict.fromkeys(
            index.taught_by_any(authored, limit, filters), _("written by {who}").format(who=text)
        )
    for company in (c for c in companies if c.casefold() == short):
        found |= dict.fromkeys(
            index.of_company(company, limit, filters), _("taught by {company}").format(company=company)
        )
    if text and not words(text):
        found |= dict.fromkeys(
            index.containing(text, limit, filters), _("contains {identifiers}").format(identifiers=text)
        )
    rows = index.rows(found)
    newest = sorted(rows, key=lambda ref: rows[ref].created_at, reverse=True)[:limit]
    return [Named(r, ABOVE, (found[r],), snippet(rows[r].title, rows[r].text, ())) for r in newest]
