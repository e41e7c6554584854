"""One object of a folder remote: a Markdown file with front matter that people may edit.

    ---
    orch: 1
    id: "ORCH-12"
    key: "i1-0123456789abcdef"
    hash: "…"            what orch wrote (Entry.hash)
    text: "…"            hash of title and body as orch left them
    title: "…"
    status: "open"       people change this one
    ---
    the body, as it is

Every value of ours is one line of JSON, which YAML reads too; so no text can end the front
matter early or add a line to it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from orchestrator.model import digest
from orchestrator.reconcile.answer import sendable
from orchestrator.reconcile.remotes.folder import one_line, visible
from orchestrator.reconcile.remotes.plain_file import read_plain
from orchestrator.remote import Content, Entry, Observed

LARGEST = 10 * 1024 * 1024  # bytes; a larger file is not ours


@dataclass(frozen=True, slots=True)
class ObjectFile:
    """A parsed file. `seal` is the hash of title and body as orch left them."""

    path: Path
    id: str
    key: str
    hash: str
    title: str
    body: str
    status: str
    seal: str
    revision: int
    version: str
    head: Mapping[str, Any]

    @property
    def edited(self) -> bool:
        """True when title or body are no longer what orch wrote."""
        return seal(self.title, self.body) != self.seal

    def observed(self) -> Observed:
        """The file as the remote's answer."""
        return Observed(
            self.key,
            self.id,
            self.hash,
            self.version,
            self.path.as_uri(),
            self.status,
            self.edited,
            words=seal(self.title, self.body),
            resolution=str(self.head.get("resolution") or ""),
        )

    def content(self) -> Content:
        """What people read in the file."""
        labels = self.head.get("labels")
        return Content(
            self.title,
            self.body,
            tuple(map(str, labels)) if isinstance(labels, list) else (),
            _texts(self.head),
        )


def seal(title: str, body: str) -> str:
    """Hash of title and body that blanks at the end (editors change them) leave alone."""
    return digest(title.rstrip(), body.rstrip(), size=16)


def rendered(entry: Entry, object_id: str, *, status: str, revision: int, further: Mapping[str, Any]) -> str:
    """The file's whole text for an entry."""
    title, body = one_line(entry.title), visible(entry.body)
    head = {
        "orch": 1,
        "id": object_id,
        "key": entry.key,
        "hash": entry.hash,
        "text": seal(title, body),
        "title": title,
        "status": status,
        "version": revision,
        "kind": entry.kind,
        "company": entry.company,
        "labels": list(entry.labels),
        "parent": entry.parent,
        "metadata": dict(entry.metadata),
        **further,
    }
    lines = [f"{name}: {_json_line(value)}" for name, value in head.items()]
    return "\n".join(["---", *lines, "---", body]) + "\n"


def preview(entry: Entry) -> Content:
    """What people would read in the entry's file."""
    title, body = one_line(entry.title), visible(entry.body)
    return Content(title, body, entry.labels, _texts({"metadata": dict(entry.metadata)}))


def with_link(text: str, link: str) -> str:
    """The file's text with that `link:` line in its front matter ('': none), all else byte for byte."""
    opening, end, body = text.partition("\n---\n")
    lines = [line for line in opening.split("\n") if not line.startswith("link:")]
    return "\n".join([*lines, *([f"link: {_json_line(link)}"] if link else [])]) + end + body


def read(path: Path) -> ObjectFile | None:
    """Parse a file; None where it is not ours (or a person broke its front matter)."""
    raw = read_plain(path, LARGEST)
    if raw is None:
        return None
    raw = raw.removeprefix(b"\xef\xbb\xbf").replace(b"\r\n", b"\n")  # Windows editors
    if not raw.startswith(b"---\norch: 1\n"):
        return None
    opening, end, body = raw.decode("utf-8", "replace").partition("\n---\n")
    head = dict(_pairs(opening.splitlines()[1:]))
    if not end or not head.get("key") or not head.get("id"):
        return None
    return ObjectFile(
        path=path,
        id=str(head["id"]),
        key=str(head["key"]),
        hash=str(head.get("hash", "")),
        title=str(head.get("title", "")),
        body=body.removesuffix("\n"),
        status=str(head.get("status", "")),
        seal=str(head.get("text", "")),
        revision=_whole(head.get("version")),
        version=digest(raw.decode("utf-8", "replace"), size=16),
        head=head,
    )


def _json_line(value: Any) -> str:
    """JSON in one line that every editor shows as one line."""
    text = json.dumps(value, ensure_ascii=False)
    return text if visible(text) == text else json.dumps(value)


def _pairs(lines: list[str]) -> list[tuple[str, Any]]:
    return [(name.strip(), _value(text.strip())) for name, _colon, text in (x.partition(":") for x in lines)]


def _value(text: str) -> Any:
    """JSON as we write it, or plain words as a person does (`status: done`)."""
    try:
        return sendable(json.loads(text))
    except (ValueError, RecursionError):
        return text


def _texts(head: Mapping[str, Any]) -> Mapping[str, Any]:
    found = head.get("metadata")
    return found if isinstance(found, dict) else {}


def _whole(value: Any) -> int:
    return value if isinstance(value, int) else 0
