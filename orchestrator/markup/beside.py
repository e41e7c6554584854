"""What an ADF document holds beside its words and no Markdown can: images, macros, empty tables. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterator

from orchestrator.markup.nodes import Node
from orchestrator.markup.plain import plain_text

# Without words these are nothing: what orch itself writes, and the frames of people's text.
_TEXT = {"doc", "paragraph", "text", "hardBreak", "rule", "heading", "codeBlock", "blockquote"}
_LISTS = {"bulletList", "orderedList", "listItem", "taskList", "taskItem", "decisionList", "decisionItem"}
_CELLS = {"tableRow", "tableCell", "tableHeader"}
_BOXES = {"panel", "expand", "nestedExpand", "layoutSection", "layoutColumn"}
_FRAMES = _TEXT | _LISTS | _CELLS | _BOXES | {"mediaSingle", "mediaGroup", "caption"}
_NAMES = ("extensionKey", "alt", "url", "id")


def beside(adf: Node | None) -> tuple[str, ...]:
    """A short name of each such thing in the order of the text: `extension toc`, `media plano.png`."""
    return tuple(_named(node) for node in _nodes(adf or {}) if _is_beside(node))


def seals(adf: Node | None) -> Iterator[str]:
    """Lines that change with every such thing, and with what is struck; none for a text without them.

    `localId` is left out: the vendor gives it.
    """
    for node in _nodes(adf or {}):
        if _is_beside(node):
            attrs = {name: value for name, value in (node.get("attrs") or {}).items() if name != "localId"}
            shape = [len(row.get("content") or ()) for row in node.get("content") or ()]
            yield json.dumps([node.get("type"), attrs, shape], ensure_ascii=False, sort_keys=True)
    struck = "".join(str(n.get("text", "")) for n in _nodes(adf or {}) if _is_struck(n))
    if struck.strip():
        yield "strike " + struck


def _nodes(node: Node) -> Iterator[Node]:
    yield node
    for child in node.get("content") or ():
        yield from _nodes(child)


def _is_beside(node: Node) -> bool:
    kind = str(node.get("type", ""))
    if "xtension" in kind:  # a macro, also one that holds text
        return True
    return kind not in _FRAMES and not plain_text(node).strip(" |\n")


def _named(node: Node) -> str:
    attrs = node.get("attrs") or {}
    name = next((str(attrs[n]) for n in _NAMES if attrs.get(n)), "")
    return f"{node.get('type')} {name}".strip()


def _is_struck(node: Node) -> bool:
    return any(mark.get("type") == "strike" for mark in node.get("marks") or ())
