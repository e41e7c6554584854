"""An entry as a Confluence page, and a page as what orch left there. Pure.

Identity and hash stand as code in the page's last line, `orch <key> <hash>`. Unlike a content property it
is written in the very request that creates the page, so no page of ours is ever without it, and
1,000 pages cost 1,000 requests; unlike a tag in the title it does not disturb the page tree.
Who wrote last is told by the version: the first is ours, later ones carry our message.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from orchestrator.i18n import say
from orchestrator.markup.adf import to_adf
from orchestrator.markup.markdown import to_markdown
from orchestrator.markup.nodes import Node, block, clean, paragraph, text
from orchestrator.model import digest
from orchestrator.reconcile.atlassian import MAX_TITLE, one_line
from orchestrator.remote import Content, Entry, Observed

Json = Any
MESSAGE = "orch hash="
CODE = {"type": "code"}
LINK_TITLE = "orch"  # of our link to the issue: what tells it from people's links
_LASTING = re.compile(r"(/pages/\d+)/.*")  # the rest of an address is the title, which changes
_MARK = re.compile(r"orch (\S+) (\S*)")


@dataclass(frozen=True, slots=True)
class Mark:
    """What the last line of a page of ours says."""

    key: str
    hash: str


def render(entry: Entry, language: str) -> Node:
    """The page's body: the entry's, a rule, its issue, and the line that says whose it is."""
    body = to_adf(entry.body)
    words = say(language, "This page is kept up to date by orch, which needs this line:")
    mark = text(f"orch {entry.key} {entry.hash}", [CODE])
    below = [block("rule"), *_issue_line(entry.link, language), paragraph([text(words + " "), mark])]
    return {**body, "content": [*body["content"], *below]}


def _issue_line(url: str, language: str) -> Iterator[Node]:
    """The link to the issue, below the rule: what stands there is no part of what people wrote."""
    if url:
        name = url.rstrip("/").rpartition("/")[2]
        link = {"type": "link", "attrs": {"href": url, "title": LINK_TITLE}}
        yield paragraph([text(say(language, "Issue:") + " "), text(name, [link])])


def content(page: Mapping[str, Json], key: str) -> Content:
    """What people read in the page, without our own lines below the rule."""
    title = str(page["title"]).removesuffix(_tag(key))
    nodes = [node for node in _nodes(page) if not (_marks(node) or _href(node))]
    ours = next((n for n, node in enumerate(_nodes(page)) if _marks(node) or _href(node)), 0)
    if ours and _nodes(page)[ours - 1].get("type") == "rule":
        del nodes[ours - 1]
    return Content(title, to_markdown({"content": nodes}))


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


def label(name: str) -> str:
    """A label as Confluence takes it: lower case, no blanks."""
    return "-".join(clean(name).lower().split())[:255]


def mark_of(page: Mapping[str, Json]) -> Mark | None:
    """Whose page this is; None for a page that does not say so (or was fetched without its body)."""
    for code in _codes(page):
        found = _MARK.fullmatch(code)
        if found:
            return Mark(found[1], found[2])
    return None


def written_by_us(page: Mapping[str, Json], entry: Entry) -> bool:
    """True where the current version is our own writing of this entry."""
    return str(page["version"].get("message") or "") == message_for(entry)


def observed(page: Mapping[str, Json], key: str) -> Observed:
    """What a page that is known to hold `key` says; archiving it is a person's edit, too."""
    mark, version, links = mark_of(page), page["version"], page.get("_links") or {}
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
        link=_link(page),
    )


def _codes(page: Mapping[str, Json]) -> Iterator[str]:
    """Inline code in top-level paragraphs, the last first: a person may have written below our line."""
    for node in reversed(_nodes(page)):
        for part in reversed(_inline(node)):
            if any(mark.get("type") == "code" for mark in part.get("marks") or ()):
                yield str(part.get("text", ""))


def _nodes(page: Mapping[str, Json]) -> Sequence[Node]:
    value = ((page.get("body") or {}).get("atlas_doc_format") or {}).get("value")
    found: Sequence[Node] = (json.loads(value) if value else {}).get("content") or ()
    return found


def _link(page: Mapping[str, Json]) -> str | None:
    """Where the page links to, None where it was fetched without its body."""
    nodes = _nodes(page)
    return next(filter(None, map(_href, reversed(nodes))), "") if nodes else None


def _inline(node: Node) -> Sequence[Node]:
    return (node.get("content") or ()) if node.get("type") == "paragraph" else ()


def _marks(node: Node) -> bool:
    """Whether it is our line of identity."""
    return any(_MARK.fullmatch(str(part.get("text", ""))) for part in _inline(node))


def _href(node: Node) -> str:
    """Where our own link leads, '' for every other node."""
    marks = (mark.get("attrs") or {} for part in _inline(node) for mark in part.get("marks") or ())
    return next((str(a.get("href", "")) for a in marks if a.get("title") == LINK_TITLE), "")
