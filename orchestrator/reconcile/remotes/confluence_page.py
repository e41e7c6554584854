"""An entry as a Confluence page, and a page as what orch left there. Pure.

Identity and hash stand as code in the page's last line, `orch <key> <hash>`. Unlike a content property it
is written in the very request that creates the page, so no page of ours is ever without it, and
1,000 pages cost 1,000 requests; unlike a tag in the title it does not disturb the page tree.
Who wrote last is told by the version: the first is ours, later ones carry our message.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from orchestrator.markup.adf import to_adf
from orchestrator.markup.beside import beside
from orchestrator.markup.markdown import to_markdown
from orchestrator.markup.nodes import UNREAD, Node, bounded
from orchestrator.model import digest
from orchestrator.reconcile.atlassian import MAX_TITLE, one_line
from orchestrator.reconcile.remotes.confluence_foot import Mark, foot, foot_of
from orchestrator.remote import Content, Entry, Observed

Json = Any
MESSAGE = "orch hash="
_LASTING = re.compile(r"(/pages/\d+)/.*")  # the rest of an address is the title, which changes


def render(entry: Entry, language: str) -> Node:
    """The page's body: the entry's, a rule, its issue, and the line that says whose it is."""
    body = to_adf(entry.body)
    below = foot(entry.key, entry.hash, entry.link, language)
    return {**body, "content": [*body["content"], *below]}


def content(page: Mapping[str, Json], key: str) -> Content:
    """What people read in the page, without our own lines below the rule."""
    title, nodes = str(page["title"]).removesuffix(_tag(key)), _nodes(page)
    ours = foot_of(nodes, key)
    kept = [node for n, node in enumerate(nodes) if ours is None or n not in ours.lines]
    text = {"content": kept}
    return Content(title, to_markdown(text), beside=beside(text))


def preview(entry: Entry) -> Content:
    """What people would read in the entry's page."""
    return Content(title_of(entry), to_markdown(to_adf(entry.body)))


def title_of(entry: Entry) -> str:
    """The entry's title on one line, at most 255 characters."""
    return one_line(entry.title, entry.key)


def distinct_title(entry: Entry) -> str:
    """The title where another page has the plain one: `Solução: … [1a2b3c4d]`."""
    tag = _tag(entry.key)
    return one_line(entry.title, entry.key, MAX_TITLE - len(tag)) + tag


def _tag(key: str) -> str:
    return f" [{digest(key, size=8)}]"


def message_for(entry: Entry) -> str:
    """The version message that tells our writes from people's."""
    return MESSAGE + entry.hash


def mark_of(page: Mapping[str, Json], key: str = "") -> Mark | None:
    """Whose page this is; None for a page that does not say so (or was fetched without its body).

    Of several lines that say so, as people copy them, the one of `key` counts.
    """
    ours = foot_of(_nodes(page), key)
    return ours.mark if ours else None


def written_by_us(page: Mapping[str, Json], entry: Entry) -> bool:
    """True where the current version is our own writing of this entry."""
    return str(page["version"].get("message") or "") == message_for(entry)


def observed(page: Mapping[str, Json], key: str) -> Observed:
    """What a page that is known to hold `key` says; archiving it is a person's edit, too."""
    mark, version, links = mark_of(page, key), page["version"], page.get("_links") or {}
    ours = version["number"] == 1 or str(version.get("message") or "").startswith(MESSAGE)
    return Observed(
        key=key,
        ref=str(page["id"]),
        hash=mark.hash if mark and mark.key == key else "",
        version=str(version["number"]),
        url=links.get("base", "") + _LASTING.sub(r"\g<1>", str(links.get("webui", ""))),
        status=str(page["status"]),
        edited=not ours or page["status"] == "archived",
        words=f"{page['status']} {version['number']}",
        link=_link(page, key),
    )


def _nodes(page: Mapping[str, Json]) -> Sequence[Node]:
    value = ((page.get("body") or {}).get("atlas_doc_format") or {}).get("value")
    try:
        text: Node = bounded(json.loads(value)) if value else {}
    except RecursionError:  # valid, and somebody nested it to stop whoever reads it
        text = {"content": [UNREAD]}
    return text.get("content") or ()


def _link(page: Mapping[str, Json], key: str) -> str | None:
    """Where the page links to, None where it was fetched without its body."""
    nodes = _nodes(page)
    ours = foot_of(nodes, key)
    return (ours.link if ours else "") if nodes else None
