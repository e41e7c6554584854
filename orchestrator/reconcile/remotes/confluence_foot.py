"""The last lines of a page of ours: a rule, the link to its issue, and the line that says whose it is. Pure.

They are known by where they stand: the vendor may drop an attribute that would tell a link of ours, and
people write below our lines, or quote them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from orchestrator.i18n import say
from orchestrator.markup.nodes import Node, block, paragraph, text

CODE = {"type": "code"}
LINK_TITLE = "orch"  # of our link to the issue: where it was kept it tells it from people's links
_MARK = re.compile(r"orch (\S+) ([0-9a-f]{32,64})")  # with a hash: people write commands of orch as code


@dataclass(frozen=True, slots=True)
class Mark:
    """What the last line of a page of ours says."""

    key: str
    hash: str


@dataclass(frozen=True, slots=True)
class Foot:
    """Our lines, as numbers among the page's nodes; `link` is where the issue is ('': none is linked)."""

    lines: frozenset[int]
    mark: Mark
    link: str


def foot(key: str, content_hash: str, link: str, language: str) -> list[Node]:
    """The lines below a page's text."""
    words = say(language, "This page is kept up to date by orch, which needs this line:")
    mark = text(f"orch {key} {content_hash}", [CODE])
    return [block("rule"), *_issue_line(link, language), paragraph([text(words + " "), mark])]


def foot_of(nodes: Sequence[Node], key: str = "") -> Foot | None:
    """Our lines among a page's nodes: those of `key`, else those below a rule, else the last that look so."""
    found = [_foot(nodes, n, mark) for n, node in enumerate(nodes) for mark in _marks(node)]
    return max(found, key=lambda f: (f.mark.key == key, len(f.lines) > 1, max(f.lines)), default=None)


def _foot(nodes: Sequence[Node], line: int, mark: Mark) -> Foot:
    links = [n for n in range(line) if _link(nodes[n], titled=True)]
    if not links and line > 1 and _is_rule(nodes[line - 2]) and _link(nodes[line - 1]):
        links = [line - 1]
    top = min([*links, line])
    rule = [top - 1] if top and _is_rule(nodes[top - 1]) else []
    return Foot(frozenset({line, *links, *rule}), mark, _link(nodes[links[-1]]) if links else "")


def _issue_line(url: str, language: str) -> Iterator[Node]:
    """The link to the issue, below the rule: what stands there is no part of what people wrote."""
    if url:
        name = url.rstrip("/").rpartition("/")[2]
        link = {"type": "link", "attrs": {"href": url, "title": LINK_TITLE}}
        yield paragraph([text(say(language, "Issue:") + " "), text(name, [link])])


def _marks(node: Node) -> Iterator[Mark]:
    for part in _inline(node):
        if any(mark.get("type") == "code" for mark in part.get("marks") or ()):
            found = _MARK.fullmatch(str(part.get("text", "")))
            if found:
                yield Mark(found[1], found[2])


def _link(node: Node, *, titled: bool = False) -> str:
    """Where a paragraph of a word and one link leads, with `titled` one that says it is ours; else ''."""
    parts = _inline(node)
    links = [
        a for part in parts for mark in part.get("marks") or () if (a := mark.get("attrs") or {}).get("href")
    ]
    ours = [attrs for attrs in links if attrs.get("title") == LINK_TITLE]
    chosen = ours or ([] if titled or len(parts) != 2 else links[:1])
    return str(chosen[0]["href"]) if chosen else ""


def _is_rule(node: Node) -> bool:
    return bool(node.get("type") == "rule")


def _inline(node: Node) -> Sequence[Node]:
    return (node.get("content") or ()) if node.get("type") == "paragraph" else ()
