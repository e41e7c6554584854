"""Degrade, never drop: what ADF forbids in a list item or a quote becomes something it allows.

Source of the rules: the content models of `listItem` and `blockquote` in Atlassian's ADF schema.
"""

from __future__ import annotations

from orchestrator.markup.nodes import Node, append_inline, block, bold, inline_content, paragraph, text

_LISTS = frozenset({"paragraph", "bulletList", "orderedList", "codeBlock"})
ALLOWED = {"listItem": _LISTS | {"taskList"}, "blockquote": _LISTS}
FIRST_IN_ITEM = frozenset({"paragraph", "codeBlock"})
BOX = {"TODO": "[ ] ", "DONE": "[x] "}


def fit(node: Node, parent: str) -> list[Node]:
    """The nodes that stand for `node` inside `parent` ('doc' takes everything that orch writes)."""
    if parent not in ALLOWED or node["type"] in ALLOWED[parent]:
        return [node]
    if node["type"] == "heading":
        return [paragraph(bold(node.get("content", ())))]
    if node["type"] == "rule":
        return [paragraph([text("———")])]
    if node["type"] == "table":
        return [_row(row) for row in node["content"]]
    if node["type"] == "taskList":
        return _boxes(node)
    return [fitted for child in node.get("content", ()) for fitted in fit(child, parent)]


def list_item(content: list[Node]) -> Node:
    """A list item; ADF wants a paragraph or code before anything else in it."""
    if not content or content[0]["type"] not in FIRST_IN_ITEM:
        content = [paragraph(), *content]
    return block("listItem", content)


def _row(row: Node) -> Node:
    """A table row as one line: `a | b | c`."""
    line: list[Node] = []
    for position, cell in enumerate(row["content"]):
        if position:
            append_inline(line, text(" | "))
        for node in inline_content(cell):
            append_inline(line, node)
    return paragraph(line)


def _boxes(tasks: Node) -> list[Node]:
    """A task list as paragraphs that begin with `[ ]` or `[x]`."""
    out: list[Node] = []
    for item in tasks["content"]:
        if item["type"] == "taskList":
            out += _boxes(item)
        else:
            out.append(paragraph([text(BOX[item["attrs"]["state"]]), *item.get("content", ())]))
    return out
