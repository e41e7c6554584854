"""A row of the group's memory as an offer, or why it is none: the border to other people's data."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from typing import Any

from orchestrator.config.company import ID_PATTERN
from orchestrator.i18n import _
from orchestrator.model import VECTOR_DIMENSIONS, Kind, digest
from orchestrator.remote_memory import SharedRow
from orchestrator.store.offers import Offer

KEYS = re.compile(r"i1-[0-9a-f]{16}|row-[0-9]{1,19}")  # an insight of orch's, or a row that has no key
KINDS = frozenset(k.value for k in Kind if k is not Kind.DOCUMENT)
TITLE_CHARS, CONTENT_CHARS = 300, 200_000
TECHNOLOGIES = 50
LENGTH_TOLERANCE = 5e-4  # of a vector's length, below what the search index refuses


def refusal(row: SharedRow) -> str:
    """Why a row cannot be an offer; '' when it can. Raises nothing, whatever the row holds."""
    if row.fault:
        return row.fault
    if not isinstance(row.key, str) or not KEYS.fullmatch(row.key):
        return _("its key is not one of orch's")
    if not isinstance(row.company, str) or not re.fullmatch(ID_PATTERN, row.company):
        return _("it names no company")
    if row.kind not in KINDS:
        return _("its category is unknown")
    if not isinstance(row.content, str) or not row.content.strip():
        return _("it says nothing")
    if len(row.content) > CONTENT_CHARS:
        return _("it is too long")
    return ""


def as_offer(row: SharedRow, at: str) -> Offer:
    """A row that was not refused, with only such metadata as orch knows, in the types it expects."""
    held: Mapping[str, Any] = row.metadata if isinstance(row.metadata, Mapping) else {}
    metadata = {name: _words(held.get(name)) for name in ("gain", "component")}
    technologies = _technologies(held)
    first = " ".join((_words(held.get("title")) or row.content.strip().partition("\n")[0]).split())
    title = first[:TITLE_CHARS] or row.key
    return Offer(
        key=row.key,
        company=row.company,
        kind=row.kind,
        title=title,
        content=row.content,
        metadata={**metadata, "technologies": list(technologies)},
        hash=digest(row.kind, title, row.content, *metadata.values(), *technologies, size=32),
        offered_at=at,
    )


def usable_vector(row: SharedRow, model: str) -> Sequence[float] | None:
    """The row's vector where it is one of this model; else None: the text is embedded here."""
    vector = row.vector
    if not model or row.model != model or vector is None or len(vector) != VECTOR_DIMENSIONS:
        return None
    length = math.sqrt(sum(x * x for x in vector))
    return vector if abs(length - 1) <= LENGTH_TOLERANCE else None  # false for NaN too


def _words(value: object) -> str:
    return value[:TITLE_CHARS] if isinstance(value, str) else ""


def _technologies(held: Mapping[str, Any]) -> tuple[str, ...]:
    named = held.get("technologies") or held.get("technology") or ()
    listed = [named] if isinstance(named, str) else named if isinstance(named, list | tuple) else []
    return tuple(_words(t) for t in listed[:TECHNOLOGIES] if _words(t).strip())
