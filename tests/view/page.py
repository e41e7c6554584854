"""A page as its elements, read by a parser that is not ours."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser

VOID = {"meta", "br", "hr", "img", "input", "link"}


@dataclass
class Node:
    """One element: its tag, attributes, text of its own and children."""

    tag: str
    attributes: dict[str, str]
    text: str = ""
    children: list[Node] = field(default_factory=list)

    @property
    def shape(self) -> object:
        """What text must not change: tags, names of attributes and classes, all the way down."""
        kind = self.attributes.get("class", "")
        return (self.tag, sorted(self.attributes), kind, [c.shape for c in self.children])

    def every(self, tag: str = "") -> list[Node]:
        """This element and all below it, of one tag or of all."""
        own = [self] if tag in ("", self.tag) else []
        return own + [n for c in self.children for n in c.every(tag)]


class _Parser(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.root = Node("", {})
        self.open = [self.root]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        node = Node(tag, {name: value or "" for name, value in attrs})
        self.open[-1].children.append(node)
        if tag not in VOID:
            self.open.append(node)

    def handle_endtag(self, tag: str) -> None:
        assert self.open[-1].tag == tag, f"</{tag}> in <{self.open[-1].tag}>"
        self.open.pop()

    def handle_data(self, data: str) -> None:
        self.open[-1].text += data

    def handle_comment(self, data: str) -> None:
        raise AssertionError(f"a comment: {data}")

    def handle_pi(self, data: str) -> None:
        raise AssertionError(f"an instruction: {data}")


def parsed(page: bytes) -> Node:
    """The page's elements; fails for one that is not closed where it should be."""
    parser = _Parser()
    parser.feed(page.decode("utf-8"))
    parser.close()
    assert parser.open == [parser.root]
    (html,) = parser.root.children
    return html
