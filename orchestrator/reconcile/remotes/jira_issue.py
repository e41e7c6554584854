"""An entry as a Jira issue, and an issue as what orch left there. Pure.

Identity and hash lie in the entity property `orch`, written in the same step as the fields. It also
holds a fingerprint of the words that we sent: Jira may rewrite the node tree of a description, and
`updated` moves with every comment and transition, but words change only when somebody edits them.
Formatting alone (a word made bold) is therefore not seen as an edit; an image or a macro is.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from orchestrator.i18n import say
from orchestrator.markup.adf import RENDERER_VERSION, to_adf
from orchestrator.markup.beside import beside, seals
from orchestrator.markup.markdown import to_markdown
from orchestrator.markup.nodes import UNREAD, Node, bounded, clean
from orchestrator.markup.plain import plain_text
from orchestrator.markup.shorten import shorten_description
from orchestrator.model import digest
from orchestrator.reconcile.atlassian import one_line
from orchestrator.remote import Content, Entry, Observed

Json = Any
PROPERTY = "orch"
LABEL = "orch"
WITHDRAWN = "orch-withdrawn"
SEAL = 2  # how `fingerprint` reads an issue; an issue keeps the one that it was written with
FIELDS = ("summary", "description", "labels", "status", "resolution", "updated")


@dataclass(frozen=True, slots=True)
class Draft:
    """The words of an issue; `labels` are the entry's, without blanks."""

    summary: str
    description: Node
    labels: tuple[str, ...]

    def fields(self) -> dict[str, Json]:
        """Summary and description as the API takes them."""
        return {"summary": self.summary, "description": self.description}

    def property(self, key: str, content_hash: str, project: str) -> dict[str, Json]:
        """The value of the `orch` property beside these words; people may move it out of its `project`."""
        words = fingerprint(self.summary, self.description)
        return {
            "id": key,
            "hash": content_hash,
            "place": project,
            "words": words,
            "seal": SEAL,
            "renderer": RENDERER_VERSION,
        }


def draft(entry: Entry, language: str) -> Draft:
    """What the issue of an entry says; cut where Jira takes no more."""
    note = say(language, "*(Cut here: Jira takes no longer descriptions.)*")
    body = to_adf(shorten_description(entry.body, note))
    labels = dict.fromkeys((LABEL, *filter(None, map(label, entry.labels))))
    return Draft(one_line(entry.title, entry.key), body, tuple(labels))


def content(raw: Mapping[str, Json]) -> Content:
    """What people read in an issue that was fetched with FIELDS."""
    fields = raw["fields"]
    labels = tuple(map(str, fields.get("labels") or ()))
    title, body = str(fields.get("summary") or ""), _description(fields)
    return Content(title, to_markdown(body), labels, beside=beside(body))


def preview(entry: Entry, language: str) -> Content:
    """What people would read in the entry's issue; not whole where Jira takes no longer text."""
    words = draft(entry, language)
    whole = shorten_description(entry.body, "") == entry.body
    return Content(words.summary, to_markdown(words.description), words.labels, whole=whole)


def withdrawn_draft(key: str, language: str) -> Draft:
    """What remains of a withdrawn issue: nothing of what it said."""
    summary = say(language, "[withdrawn] {key}").format(key=key)
    sentence = say(language, "This content was withdrawn by the company it came from.")
    return Draft(one_line(summary, key), to_adf(sentence), (LABEL, WITHDRAWN))


def label(text: str) -> str:
    """A label as Jira takes it: no blanks, at most 255 characters."""
    return "-".join(clean(text).split())[:255]


def link_id(key: str) -> str:
    """The `globalId` of an issue's link to its page: the same at every push, so that there is one."""
    return f"orch:page:{key}"


def fingerprint(summary: str, description: Node | None, seal: int = SEAL) -> str:
    """A hash of what people read, blind to spacing, Unicode form and markup.

    The first `seal` saw the words only, this one also what has no words, and what is struck.
    """
    further = seals(description) if seal > 1 else ()
    text = unicodedata.normalize("NFC", "\n".join((summary, plain_text(description), *further)))
    return digest(" ".join(text.split()), size=16)


def key_of(raw: Mapping[str, Json]) -> str:
    """The entry key that an issue carries, '' where it is not ours."""
    value = (raw.get("properties") or {}).get(PROPERTY)
    return str(value.get("id") or "") if isinstance(value, Mapping) else ""


def number_of(raw: Mapping[str, Json]) -> int:
    """12 of ORCH-12."""
    return int(str(raw["key"]).rpartition("-")[2])


def is_withdrawn(raw: Mapping[str, Json]) -> bool:
    """True for an issue whose content was taken away."""
    return bool(raw["properties"][PROPERTY].get("withdrawn"))


def _description(fields: Mapping[str, Json]) -> Node | None:
    """What stands in the issue; where it was fetched without, it was too large."""
    found = fields.get("description", UNREAD)
    return bounded(found) if found else None


def observed(raw: Mapping[str, Json], site: str) -> Observed:
    """What an issue of ours (fetched with FIELDS and PROPERTY) holds."""
    fields, ours = raw["fields"], raw["properties"][PROPERTY]
    title, body = fields.get("summary") or "", _description(fields)
    sealed = fingerprint(title, body, int(ours.get("seal") or 1))
    status = "withdrawn" if is_withdrawn(raw) else str((fields.get("status") or {}).get("name", ""))
    return Observed(
        key=key_of(raw),
        ref=str(raw["key"]),
        hash="" if is_withdrawn(raw) else str(ours.get("hash") or ""),
        version=str(fields["updated"]),
        url=f"{site}/browse/{raw['key']}",
        status=status,
        edited=sealed != ours.get("words"),
        words=fingerprint(title, body),
        resolution=str((fields.get("resolution") or {}).get("name", "")),
    )
