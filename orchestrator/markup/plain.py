"""ADF back to plain text: what a person reads, whatever the vendor changed in the node tree."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from orchestrator.markup.fit import BOX
from orchestrator.markup.nodes import Node

EXPANDS = frozenset({"expand", "nestedExpand"})
_LEAVES = {"hardBreak": "\n", "rule": "———"}
_INLINE_BLOCKS = frozenset({"paragraph", "heading", "codeBlock", "taskItem", "decisionItem"})


def plain_text(adf: Node | None) -> str:
    """The words of an ADF document, a line a block; links as `text (url)`, tasks as `[x] text`.

    Nodes that orch never writes (mentions, emoji, cards, dates, the titles of what unfolds) give their words,
    so that what a person added is seen; `beside` tells what has none.
    """
    return "\n".join(_lines(adf)) if adf else ""


def as_read(markdown: str) -> str:
    """The words of Markdown as people read them on an issue or a page."""
    from orchestrator.markup.adf import to_adf

    return plain_text(to_adf(markdown))


def _lines(node: Node) -> Iterator[str]:
    kind = node.get("type")
    if kind in _INLINE_BLOCKS:
        box = BOX.get(node.get("attrs", {}).get("state", ""), "")
        yield box + "".join(inline_text(child) for child in node.get("content") or ())
    elif kind == "tableRow":
        cells = (" ".join(_lines(cell)) for cell in node.get("content") or ())
        yield " | ".join(cells)
    elif node.get("content") or kind in EXPANDS:
        yield from filter(None, [expand_title(node)])
        for child in node.get("content") or ():
            yield from _lines(child)
    else:
        yield inline_text(node)


def inline_text(node: Node) -> str:
    """The words of one inline node."""
    if node.get("type") == "text":
        return str(node.get("text", "")) + _target(node)
    if node.get("type") in _LEAVES:
        return _LEAVES[node["type"]]
    attrs = node.get("attrs") or {}
    if node.get("type") == "date":
        return _day(attrs.get("timestamp"))
    return str(attrs.get("text") or attrs.get("url") or attrs.get("shortName") or "")


def expand_title(node: Node) -> str:
    """The line under which something unfolds, '' for every other node."""
    return str((node.get("attrs") or {}).get("title") or "") if node.get("type") in EXPANDS else ""


def _day(milliseconds: object) -> str:
    """ADF keeps a date as milliseconds since 1970, in digits."""
    try:
        return datetime.fromtimestamp(int(str(milliseconds)) / 1000, UTC).date().isoformat()
    except (ValueError, OverflowError, OSError):
        return str(milliseconds)


def _target(node: Node) -> str:
    for mark in node.get("marks") or ():
        if mark.get("type") == "link":
            href = str((mark.get("attrs") or {}).get("href", ""))
            return "" if href == node.get("text") else f" ({href})"
    return ""
