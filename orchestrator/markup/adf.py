"""Markdown to ADF, the one body format that Jira v3 and Confluence v2 both take.

CommonMark with tables and strikethrough, raw HTML off (it stays visible text). The same source
gives the same bytes on every machine, so that a hash of source and `RENDERER_VERSION` says whether
a body changed.
"""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Callable, Sequence
from functools import cache

from markdown_it import MarkdownIt
from markdown_it.token import Token
from markdown_it.tree import SyntaxTreeNode

from orchestrator.markup.fit import fit, list_item
from orchestrator.markup.inline import Resolve, render_inline
from orchestrator.markup.nodes import Node, block, clean, code_block, document, inline_content, paragraph

RENDERER_VERSION = "adf-1"
MAX_NESTING = 40  # deeper blocks are shown as plain text: the parser would drop them

_BOX = re.compile(r"\[([ xX])\][ \t]+")
_LANGUAGE = re.compile(r"[\w+#.-]{1,40}")
_LOCAL_IDS = uuid.UUID("6f726368-0000-4000-8000-0000adf00001")


def to_adf(markdown: str, resolve: Resolve = lambda _href: None) -> Node:
    """Render Markdown as an ADF document.

    `resolve` turns a relative link or image source into an absolute http(s) or mailto URL; where it
    returns None (or anything else) the text stays, followed by the target in parentheses.
    """
    source = clean(markdown)
    tokens = _parser().parse(source)
    if _too_deep(tokens):
        return document([paragraph([line]) for line in _plain_lines(source)])
    return document(_Blocks(resolve).render(SyntaxTreeNode(tokens).children, "doc"))


def to_json(adf: Node) -> str:
    """The compact JSON that is sent."""
    return json.dumps(adf, ensure_ascii=False, separators=(",", ":"))


@cache
def _parser() -> MarkdownIt:
    """The parser, used once before anybody gets it.

    At its first text it fills its tables of rules in place; another thread that met them half-filled
    found no rules, and made an empty page of a whole text.
    """
    options = {"html": False, "linkify": False, "maxNesting": MAX_NESTING}
    parser = MarkdownIt("commonmark", options).enable(["table", "strikethrough"])
    parser.parse("*a*")
    return parser


def _too_deep(tokens: Sequence[Token]) -> bool:
    return any(token.nesting == 1 and token.level >= MAX_NESTING - 1 for token in tokens)


def _plain_lines(source: str) -> list[Node]:
    return [{"type": "text", "text": line} for line in source.splitlines() if line]


class _Blocks:
    def __init__(self, resolve: Resolve) -> None:
        self.resolve = resolve
        self.tasks = 0
        self.makers: dict[str, Callable[[SyntaxTreeNode], Node]] = {
            "paragraph": self.paragraph,
            "heading": self.heading,
            "blockquote": self.blockquote,
            "bullet_list": self.bullets,
            "ordered_list": self.numbers,
            "table": self.table,
            "fence": self.code,
            "code_block": self.code,
            "hr": lambda _node: block("rule"),
        }

    def render(self, nodes: Sequence[SyntaxTreeNode], parent: str) -> list[Node]:
        return [fitted for node in nodes for fitted in fit(self.makers[node.type](node), parent)]

    def inline(self, node: SyntaxTreeNode) -> list[Node]:
        return render_inline(node.children[0] if node.children else None, self.resolve)

    def paragraph(self, node: SyntaxTreeNode) -> Node:
        return paragraph(self.inline(node))

    def heading(self, node: SyntaxTreeNode) -> Node:
        return block("heading", self.inline(node), level=int(node.tag[1]))

    def blockquote(self, node: SyntaxTreeNode) -> Node:
        return block("blockquote", self.render(node.children, "blockquote") or [paragraph()])

    def code(self, node: SyntaxTreeNode) -> Node:
        language = _LANGUAGE.match(node.info.strip()) if node.type == "fence" else None
        return code_block(node.content.rstrip("\n"), language[0] if language else "")

    def numbers(self, node: SyntaxTreeNode) -> Node:
        start = int(node.attrs.get("start", 1))
        items = [list_item(self.render(item.children, "listItem")) for item in node.children]
        return block("orderedList", items, order=start) if start != 1 else block("orderedList", items)

    def bullets(self, node: SyntaxTreeNode) -> Node:
        if all(_box(item) for item in node.children):
            return self.task_list(node)
        return block(
            "bulletList", [list_item(self.render(item.children, "listItem")) for item in node.children]
        )

    def task_list(self, node: SyntaxTreeNode) -> Node:
        attrs = {"localId": self.local_id()}
        return block("taskList", [part for item in node.children for part in self.task(item)], **attrs)

    def task(self, item: SyntaxTreeNode) -> list[Node]:
        """A task and the task lists nested in it: in ADF those are its siblings."""
        state = "TODO" if _box(item) == " " else "DONE"
        local_id = self.local_id()
        content = _without_box(self.inline(item.children[0]))
        nested: list[Node] = []
        for below in self.render(item.children[1:], "doc"):
            if below["type"] == "taskList":
                nested.append(below)
            else:
                content += [block("hardBreak"), *inline_content(below)]
        return [block("taskItem", content, localId=local_id, state=state), *nested]

    def table(self, node: SyntaxTreeNode) -> Node:
        return block("table", [self.row(row) for section in node.children for row in section.children])

    def row(self, node: SyntaxTreeNode) -> Node:
        kinds = {"th": "tableHeader", "td": "tableCell"}
        cells = [block(kinds[cell.type], [paragraph(self.inline(cell))]) for cell in node.children]
        return block("tableRow", cells)

    def local_id(self) -> str:
        """An id by position: random ones would change the bytes at every run."""
        self.tasks += 1
        return str(uuid.uuid5(_LOCAL_IDS, str(self.tasks)))


def _box(item: SyntaxTreeNode) -> str:
    """The character in a list item's leading `[ ]` or `[x]`, '' where it is no task."""
    if not item.children or item.children[0].type != "paragraph":
        return ""
    found = _BOX.match(item.children[0].children[0].content)
    return found[1] if found else ""


def _without_box(content: list[Node]) -> list[Node]:
    rest = _BOX.sub("", content[0]["text"], count=1)
    return [{**content[0], "text": rest}, *content[1:]] if rest else content[1:]
