"""Inline Markdown (one paragraph's tokens) to ADF text nodes with marks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from urllib.parse import unquote

from markdown_it.tree import SyntaxTreeNode

from orchestrator.markup.nodes import SAFE_URL, Mark, Node, append_inline, block, clean, text

Resolve = Callable[[str], str | None]
Marks = tuple[Mark, ...]

_MARKS = {"strong": "strong", "em": "em", "s": "strike"}


def render_inline(node: SyntaxTreeNode | None, resolve: Resolve) -> list[Node]:
    """The text nodes of an `inline` token; `resolve` turns a relative link into a URL, or None."""
    out: list[Node] = []
    if node is not None:
        _Inline(resolve, out).walk(node.children, ())
    return out


class _Inline:
    def __init__(self, resolve: Resolve, out: list[Node]) -> None:
        self.resolve = resolve
        self.out = out

    def walk(self, nodes: Sequence[SyntaxTreeNode], marks: Marks) -> None:
        for node in nodes:
            self.one(node, marks)

    def one(self, node: SyntaxTreeNode, marks: Marks) -> None:
        if node.type in _MARKS:
            self.walk(node.children, with_mark(marks, {"type": _MARKS[node.type]}))
        elif node.type == "link":
            self.link(node, marks)
        elif node.type == "image":
            self.image(node, marks)
        elif node.type == "code_inline":
            self.text(node.content, with_mark(marks, {"type": "code"}))
        elif node.type == "hardbreak":
            self.out.append(block("hardBreak"))
        else:
            self.text(" " if node.type == "softbreak" else node.content, marks)

    def link(self, node: SyntaxTreeNode, marks: Marks) -> None:
        source, title = _target(node, "href")
        url = self.url(source)
        inner = with_mark(marks, _link(url, title)) if url else marks
        if node.children:
            self.walk(node.children, inner)
        else:
            self.text(unquote(source), inner)
        if not url and node.children:
            self.text(_aside(source, title), marks)

    def image(self, node: SyntaxTreeNode, marks: Marks) -> None:
        """An image becomes a link on its alternative text: orch uploads nothing."""
        source, title = _target(node, "src")
        url, alternative = self.url(source), node.content
        inner = with_mark(marks, _link(url, title)) if url else marks
        self.text(alternative or unquote(source), inner)
        if not url and alternative:
            self.text(_aside(source, title), marks)

    def url(self, source: str) -> str | None:
        found = source if SAFE_URL.fullmatch(source) else self.resolve(source) if source else None
        return found if found and SAFE_URL.fullmatch(found) else None

    def text(self, value: str, marks: Marks) -> None:
        if value:
            append_inline(self.out, text(value, marks))


def with_mark(marks: Marks, new: Mark) -> Marks:
    """Add a mark as ADF permits: each kind once (the outer wins), and beside code only a link."""
    kinds = {mark["type"] for mark in marks}
    if new["type"] == "code":
        return (*(mark for mark in marks if mark["type"] == "link"), new)
    if new["type"] in kinds or ("code" in kinds and new["type"] != "link"):
        return marks
    return (*marks, new)


def _target(node: SyntaxTreeNode, name: str) -> tuple[str, str]:
    return str(node.attrs.get(name) or ""), str(node.attrs.get("title") or "")


def _link(url: str, title: str) -> Mark:
    attrs = {"href": url, "title": clean(title)} if title else {"href": url}
    return {"type": "link", "attrs": attrs}


def _aside(source: str, title: str) -> str:
    """A target that cannot be a link stays readable: ` (docs/guia.md "Guia")`."""
    named = f'{unquote(source)} "{title}"' if title else unquote(source)
    return f" ({named})" if named else ""
