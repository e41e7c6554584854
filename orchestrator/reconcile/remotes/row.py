"""A memory's row, the same in the folder's SQLite file and in Supabase's table."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from typing import Any

from orchestrator.i18n import _
from orchestrator.model import VECTOR_DIMENSIONS, digest
from orchestrator.reconcile.answer import sendable
from orchestrator.remote import Content, Entry

READ = ("technologies", "gain", "component")  # of the metadata, what people read
# What orch itself writes into the metadata; other keys are other people's, and stay.
OWN = frozenset((*READ, "title", "labels", "version", "model", "orch_key", "orch_hash", "orch_text"))
SEAL = "2:"  # before it, seals knew nothing of the metadata


def row_seal(texts: Sequence[str], metadata: Mapping[str, Any], like: str = SEAL) -> str:
    """Hash of what people read in a row, as left in its metadata: a difference is a person's edit.

    `texts` are title, content, kind and company; `like` is the seal to compare with: a row keeps the sort
    that it was written with.
    """
    if like and not like.startswith(SEAL):
        return digest(*texts, size=16)
    told = {name: metadata[name] for name in READ if metadata.get(name)}
    return SEAL + digest(*texts, json.dumps(told, sort_keys=True), size=16)


def foreign(metadata: Any) -> dict[str, Any]:
    """What others wrote into a row's metadata."""
    return {k: v for k, v in metadata.items() if k not in OWN} if isinstance(metadata, dict) else {}


def metadata_of(entry: Entry) -> dict[str, Any]:
    """The `metadata` column: the entry's own, its title, and our three marks, which win."""
    clean: dict[str, Any] = sendable(dict(entry.metadata))
    texts = [sendable(text) for text in (entry.title, entry.body, entry.kind, entry.company)]
    labels = {"labels": list(entry.labels)} if entry.labels else {}
    return clean | {
        "title": texts[0],
        **labels,
        "orch_key": entry.key,
        "orch_hash": entry.hash,
        "orch_text": row_seal(texts, clean),
    }


def row_content(content: str, kind: str, company: str, metadata: Mapping[str, Any]) -> Content:
    """What people read in a row; kind and company among the metadata, since they may be changed there."""
    labels = metadata.get("labels")
    told = {name: metadata[name] for name in READ if metadata.get(name)}
    return Content(
        str(metadata.get("title") or ""),
        content,
        tuple(map(str, labels)) if isinstance(labels, list) else (),
        {"kind": kind, "company": company, **told},
    )


def row_preview(entry: Entry) -> Content:
    """What people would read in the entry's row."""
    kind, company = str(sendable(entry.kind)), str(sendable(entry.company))
    return row_content(str(sendable(entry.body)), kind, company, metadata_of(entry))


def vector_refusal(entry: Entry) -> str:
    """Why a row cannot be stored: its vector is missing or is not one; '' when it can."""
    if entry.vector is None:
        return _("it has no vector")
    if len(entry.vector) != VECTOR_DIMENSIONS:
        words = _("its vector has {found} dimensions, not {wanted}")
        return words.format(found=len(entry.vector), wanted=VECTOR_DIMENSIONS)
    if not all(map(math.isfinite, entry.vector)):
        return _("its vector holds a number that is not finite")
    return ""
