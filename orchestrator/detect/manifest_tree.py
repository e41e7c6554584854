"""JSON, TOML, YAML, XML and Python literals as plain trees, safely: no code, no entities, no alias expansion.

Each function returns None for malformed text. Hostile input stays cheap: YAML and XML are read
as events without recursion, aliases and merge keys are dropped instead of multiplied.
"""

from __future__ import annotations

import ast
import json
import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

Tree = Any  # dict, list, str and other scalars, nested


_LONG_KEY = re.compile(r"(?<![\w-])(?:[\w-]{1,80}[ \t]?\.[ \t]?){32}")
_DEEPEST = 64  # levels of a YAML document; libyaml's time grows with the square of them


class _RefusedError(Exception):
    """The document holds what is never read: a document type declaration, nesting beyond reason."""


@dataclass(slots=True)
class Element:
    """An XML element: local name, attributes, own text, children."""

    tag: str
    attributes: dict[str, str] = field(default_factory=dict)
    text: str = ""
    children: list[Element] = field(default_factory=list)

    def child_text(self, tag: str) -> str:
        """The text of the first child of that name, or ''."""
        return next((c.text.strip() for c in self.children if c.tag == tag), "")

    def walk(self) -> Iterator[Element]:
        """Yield this element and all below it, without recursion."""
        waiting = [self]
        while waiting:
            element = waiting.pop()
            yield element
            waiting.extend(reversed(element.children))


def string(value: Tree) -> str:
    """A text, or ''."""
    return value.strip() if isinstance(value, str) else ""


def table(value: Tree) -> dict[str, Tree]:
    """A table, or an empty one."""
    return value if isinstance(value, dict) else {}


def compose_services(tree: Tree) -> dict[str, dict[str, Tree]]:
    """The services of a compose file by name; in its first version they are the top of the file."""
    declared = table(tree)
    named = declared.get("services", declared)
    services = {name: table(service) for name, service in table(named).items() if isinstance(name, str)}
    return (
        services
        if "services" in declared
        else {n: s for n, s in services.items() if {"image", "build"} & s.keys()}
    )


def json_tree(text: str) -> Tree | None:
    """A JSON document; None when malformed or nested beyond reason."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def toml_tree(text: str) -> Tree | None:
    """A TOML document; None when malformed or nested beyond reason."""
    if _LONG_KEY.search(text):  # tomllib's time grows with the square of a key's parts
        return None
    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError):  # TOMLDecodeError is a ValueError; so is an endless integer
        return None


def python_tree(text: str) -> Tree | None:
    """A Python literal, read and never run; None for anything else."""
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return None


def xml_tree(text: str) -> Element | None:
    """An XML document; None when malformed, and for any document type declaration (entities)."""
    from xml.parsers import expat

    root = Element("")
    stack = [root]

    def start(tag: str, attributes: dict[str, str]) -> None:
        element = Element(tag.rpartition(" ")[2], attributes)
        stack[-1].children.append(element)
        stack.append(element)

    def data(characters: str) -> None:
        stack[-1].text += characters

    def refuse(*_: object) -> None:
        raise _RefusedError

    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartElementHandler = start
    parser.EndElementHandler = lambda _tag: stack.pop()
    parser.CharacterDataHandler = data
    parser.StartDoctypeDeclHandler = refuse
    parser.EntityDeclHandler = refuse
    try:
        parser.Parse(text.lstrip("\ufeff"), True)
    except (expat.ExpatError, _RefusedError, UnicodeError):
        return None
    return root.children[0] if root.children else None


def yaml_tree(text: str) -> Tree | None:
    """The first YAML document, scalars as strings; None when malformed.

    Read as events: an alias or merge key gives None instead of what it stands for.
    """
    import yaml  # type: ignore[import-untyped]  # PyYAML carries no types of its own

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    builder = _YamlBuilder()
    try:
        for event in yaml.parse(text, Loader=loader):
            builder.feed(event)
            if isinstance(event, yaml.DocumentEndEvent):
                break
    except (yaml.YAMLError, UnicodeError, _RefusedError):
        return None
    return builder.root


class _YamlBuilder:
    """Builds a tree from YAML events with a stack of (container, pending key)."""

    def __init__(self) -> None:
        self.root: Tree | None = None
        self._stack: list[list[Any]] = []  # [container, waiting key or _NO_KEY]

    def feed(self, event: Any) -> None:
        name = type(event).__name__
        if name == "ScalarEvent":
            self._put(event.value)
        elif name == "AliasEvent":
            self._put(None)
        elif name in ("MappingStartEvent", "SequenceStartEvent"):
            container: Tree = {} if name.startswith("Mapping") else []
            self._put(container)
            if len(self._stack) >= _DEEPEST:
                raise _RefusedError
            self._stack.append([container, _NO_KEY])
        elif name in ("MappingEndEvent", "SequenceEndEvent"):
            self._stack.pop()

    def _put(self, value: Tree) -> None:
        if not self._stack:
            self.root = value
            return
        container, key = self._stack[-1]
        if isinstance(container, list):
            container.append(value)
        elif key is _NO_KEY:
            self._stack[-1][1] = value if isinstance(value, str) else ""
        else:
            container[key] = value
            self._stack[-1][1] = _NO_KEY


_NO_KEY = object()
