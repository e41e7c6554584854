"""ADF back to Markdown: a person's page or issue as text that `to_adf` renders to the same words.

Written here because the one library that does it (marklas 0.8.6) lost or changed words in 93 of 600
documents of our own renderer: quotes in lists, hard breaks, entities.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import groupby, pairwise

from orchestrator.markup.adf import to_adf
from orchestrator.markup.fit import BOX
from orchestrator.markup.nodes import Node, paragraph, text
from orchestrator.markup.plain import expand_title, inline_text, plain_text

_DELIMITERS = {"strong": "**", "em": "*", "strike": "~~"}
_ORDER = ("link", "strong", "em", "strike", "code")
_LISTS = {"bulletList": "-*", "taskList": "-*", "orderedList": ".)"}
_SYNTAX = re.compile(
    r"\\(?=[!-/:-@\[-`{-~\n]|$)|[*`]|~(?=~)|(?<![^\W_])_|_(?![^\W_])|\](?=[(\[])|<(?=[A-Za-z][^\s<>]*[:@])|&(?=#?\w+;)"
)
_AT_START = re.compile(
    r"(?:#{1,6}|[-+])(?=\s|$)|>|\[(?=[ xX]\]\s|[^\]]+\]:)|[-=:|](?=[-=:|\s]*$)|~(?=~~)"
    r"|(?P<number>\d{1,9})(?=[.)](?:\s|$))"
)


def to_markdown(adf: Node | None) -> str:
    """The document as Markdown; what ADF has and Markdown has not (panels, cards) keeps its words."""
    return _joined((adf or {}).get("content") or ())


def _joined(nodes: Sequence[Node]) -> str:
    """Blocks with an empty line between; lists that follow each other take turns in their markers."""
    parts: list[str] = []
    turn = 0
    nothing: Node = {}
    for before, node in pairwise([nothing, *nodes]):
        turn = 1 - turn if _family(node) and _family(before) == _family(node) else 0
        parts.append(_block(node, turn))
    return "\n\n".join(part for part in parts if part)


def _family(node: Node) -> str:
    return _LISTS.get(node.get("type", ""), "")


def _block(node: Node, turn: int) -> str:
    kind, content = node.get("type"), node.get("content") or ()
    if kind in ("paragraph", "decisionItem"):
        return _inline(content)
    if kind == "heading":
        level = min(6, max(1, int((node.get("attrs") or {}).get("level") or 1)))
        return "#" * level + " " + _inline(content, " ").replace("#", "\\#")
    if kind == "codeBlock":
        return _code_block(node)
    if kind == "blockquote":
        return "\n".join(f"> {line}".rstrip() for line in _joined(content).split("\n"))
    if kind == "rule":
        return "---"
    if kind == "table":
        return "\n".join(_table(content))
    if kind in _LISTS:
        return "\n".join(_items(node, turn))
    if title := expand_title(node):
        return "\n\n".join(filter(None, [_inline([text(title)]), _joined(content)]))
    return _joined(content) if content else _inline([node])


def _code_block(node: Node) -> str:
    value = "".join(str(child.get("text", "")) for child in node.get("content") or ())
    fence = _longer_than(value, 3)
    return f"{fence}{(node.get('attrs') or {}).get('language') or ''}\n{value}\n{fence}"


def _longer_than(value: str, least: int) -> str:
    return "`" * max([least, *(len(run) + 1 for run in re.findall("`+", value))])


def _items(node: Node, turn: int) -> Iterator[str]:
    """The items' lines, each below its marker; a nested list stands right under its item's words."""
    number = int((node.get("attrs") or {}).get("order") or 1)
    for position, item in enumerate(node.get("content") or ()):
        sign = _LISTS[node["type"]][turn]
        marker = f"{number + position}{sign} " if node["type"] == "orderedList" else f"{sign} "
        if item.get("type") == "taskList":  # in ADF a sibling of the task that it belongs to
            yield _indented("\n".join(_items(item, 0)), "  ", "  ")
        elif item.get("type") == "taskItem":
            box = BOX.get((item.get("attrs") or {}).get("state", ""), "")
            yield _indented(box + _inline(item.get("content") or ()), marker, "  ")
        else:
            yield _indented(_item(item), marker, " " * len(marker))


def _item(item: Node) -> str:
    """An item's blocks; a list of bullets needs no empty line above it."""
    if item.get("type") != "listItem":
        return _block(item, 0)
    first, *rest = item.get("content") or [paragraph()]
    close = bool(rest) and rest[0].get("type") == "bulletList" and first.get("type") == "paragraph"
    parts = (_joined([first]), _joined(rest))
    return ("\n" if close else "\n\n").join(filter(None, parts))


def _indented(text: str, first: str, rest: str) -> str:
    lines = text.strip("\n").split("\n")
    return "\n".join([(first + lines[0]).rstrip(), *((rest + line).rstrip() for line in lines[1:])])


def _table(rows: Sequence[Node]) -> Iterator[str]:
    """Lines of a table; its first row is the heading, since Markdown has no table without one."""
    for number, row in enumerate(rows):
        cells = [_cell(cell) for cell in row.get("content") or ()]
        yield f"| {' | '.join(cells)} |"
        if number == 0:
            yield "|" + "---|" * len(cells)


def _cell(cell: Node) -> str:
    blocks = cell.get("content") or ()
    return " ".join(_inline(b.get("content") or (b,), " ") for b in blocks).replace("|", "\\|")


# --------------------------------------------------------------------------- inline


def _inline(nodes: Sequence[Node], line_break: str = "\\\n") -> str:
    """Inline nodes as Markdown that is read back as the same words; emphasis gives way where it is not."""
    nodes = [n for n in nodes if n.get("type") != "text" or n.get("text")]
    while nodes and nodes[-1].get("type") == "hardBreak":
        nodes = nodes[:-1]
    wanted = plain_text(paragraph(nodes)).split()
    for marks in (_ORDER, ("link", "code"), ()):
        text = _at_starts("".join(_marked(nodes, marks, line_break)))
        if plain_text(to_adf(text)).split() == wanted:
            return text
    return text


def _marked(nodes: Sequence[Node], marks: Sequence[str], line_break: str) -> Iterator[str]:
    """The nodes under the first of `marks`, group by group, and so on down to their words."""
    if not marks:
        yield from (_words(node, line_break) for node in nodes)
        return
    for mark, group in groupby(nodes, key=lambda n: _mark(n, marks[0])):
        inside = list(group)
        if mark is None:
            yield from _marked(inside, marks[1:], line_break)
        elif marks[0] == "code":
            yield _code("".join(str(n.get("text", "")) for n in inside))
        else:
            yield _wrapped("".join(_marked(inside, marks[1:], line_break)), mark)


def _mark(node: Node, kind: str) -> Node | None:
    return next((m for m in node.get("marks") or () if m.get("type") == kind), None)


def _wrapped(text: str, mark: Node) -> str:
    """The text within a mark, blanks at its ends outside: Markdown wants words beside its delimiters."""
    words = text.strip()
    before, after = text[: len(text) - len(text.lstrip())], text[len(text.rstrip()) :] if words else ""
    if not words:
        return text
    if mark["type"] != "link":
        sign = _DELIMITERS[mark["type"]]
        return f"{before}{sign}{words}{sign}{after}"
    return f"{before}[{words}]({_target(mark.get('attrs') or {})}){after}"


def _target(attrs: Node) -> str:
    href = re.sub(r"[\s<>]", lambda found: "%" + found[0].encode().hex().upper(), str(attrs.get("href", "")))
    title = re.sub(r'[\\"]', r"\\\g<0>", str(attrs.get("title") or ""))
    return (f"<{href}>" if set("()") & set(href) else href) + (f' "{title}"' if title else "")


def _code(value: str) -> str:
    fence = _longer_than(value, 1)
    pad = (
        " "
        if value[:1] == "`" or value[-1:] == "`" or (value[:1] == value[-1:] == " " and value.strip())
        else ""
    )
    return f"{fence}{pad}{value}{pad}{fence}"


def _words(node: Node, line_break: str) -> str:
    if node.get("type") == "hardBreak":
        return line_break
    words = str(node.get("text", "")) if node.get("type") == "text" else inline_text(node)
    return _SYNTAX.sub(r"\\\g<0>", words.replace("\n", " "))


def _at_starts(text: str) -> str:
    """What would begin a heading, a list, a quote or a rule at the beginning of a line is escaped."""
    return "\n".join(map(_at_start, (line.strip() for line in text.strip().split("\n"))))


def _at_start(line: str) -> str:
    found = _AT_START.match(line)
    if found is None:
        return line
    number = found["number"]
    return f"{number}\\{line[len(number) :]}" if number else f"\\{line}"
