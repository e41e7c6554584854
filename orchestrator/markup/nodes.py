"""Atlassian Document Format nodes: the few shapes that orch writes, and clean text for them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

Node = dict[str, Any]
Mark = dict[str, Any]

# Control characters, line-reordering bidi controls, non-characters and lone surrogates: the first are
# refused or stored wrongly by the vendor, the second make a text read other than it is.
UNPRINTABLE = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]"
)
SAFE_URL = re.compile(r"(?:https?://|mailto:)[^\s<>\"\x00-\x1f\x7f]+", re.IGNORECASE)
STRONG: Mark = {"type": "strong"}

DEEPEST = 100  # levels of a document that are read; people write a dozen
# In the place of what is not read: no text, so that the document counts as changed and is not taken over.
UNREAD: Node = {"type": "extension", "attrs": {"extensionKey": "too large, or nested too deep, to be read"}}


def bounded(node: Node, depth: int = DEEPEST) -> Node:
    """The document without what lies deeper than `depth` levels, which would end whoever walks through it."""
    content = node.get("content")
    if not content:
        return node
    return {**node, "content": [bounded(child, depth - 1) for child in content]} if depth else UNREAD


def clean(value: str) -> str:
    """Replace by U+FFFD every character that must not be sent."""
    return UNPRINTABLE.sub("\ufffd", value.replace("\r\n", "\n").replace("\r", "\n"))


def text(value: str, marks: Sequence[Mark] = ()) -> Node:
    """A text node; `value` must not be empty (ADF has no empty text)."""
    node: Node = {"type": "text", "text": clean(value)}
    return {**node, "marks": list(marks)} if marks else node


def block(kind: str, content: Sequence[Node] = (), **attrs: Any) -> Node:
    """A node with `content` and `attrs`, both left out when empty."""
    node: Node = {"type": kind}
    if attrs:
        node["attrs"] = attrs
    if content:
        node["content"] = list(content)
    return node


def paragraph(content: Sequence[Node] = ()) -> Node:
    """A paragraph of inline nodes."""
    return block("paragraph", content)


def code_block(value: str, language: str = "") -> Node:
    """A code block; its text carries no marks."""
    content = [text(value)] if value else []
    return block("codeBlock", content, language=language) if language else block("codeBlock", content)


def document(content: Sequence[Node]) -> Node:
    """The root node; a document without content holds one empty paragraph."""
    return {"type": "doc", "version": 1, "content": list(content) or [paragraph()]}


def append_inline(out: list[Node], node: Node) -> None:
    """Add an inline node, merging text of equal marks: the same source gives the same bytes."""
    last = out[-1] if out else {}
    if node["type"] == last.get("type") == "text" and node.get("marks") == last.get("marks"):
        out[-1] = {**last, "text": last["text"] + node["text"]}
    else:
        out.append(node)


def inline_content(node: Node) -> list[Node]:
    """All inline nodes below `node`, with a hard break where one block ended and another began."""
    if node["type"] in ("text", "hardBreak"):
        return [node]
    out: list[Node] = []
    for child in node.get("content", ()):
        found = inline_content(child)
        if out and found and child["type"] not in ("text", "hardBreak"):
            out.append(block("hardBreak"))
        out += found
    return [_as_code(n) for n in out] if node["type"] == "codeBlock" else out


def bold(nodes: Iterable[Node]) -> list[Node]:
    """The same inline nodes in bold, except inline code, which ADF does not let be bold."""
    return [_bold(node) for node in nodes]


def _bold(node: Node) -> Node:
    marks = node.get("marks", [])
    kinds = {mark["type"] for mark in marks}
    if node["type"] != "text" or kinds & {"code", "strong"}:
        return node
    return {**node, "marks": [*marks, STRONG]}


def _as_code(node: Node) -> Node:
    return {**node, "marks": [{"type": "code"}]} if node["type"] == "text" else node
