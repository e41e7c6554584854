"""Whether a document is valid Atlassian Document Format, by Atlassian's own JSON Schema."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache
from typing import Any
from xml.etree import ElementTree

from tests.rig.contract import DATA

_ENTITIES = '<!DOCTYPE body [<!ENTITY nbsp "&#160;"><!ENTITY ndash "&#8211;"><!ENTITY mdash "&#8212;">]>'
_SPACES = 'xmlns:ac="urn:ac" xmlns:ri="urn:ri" xmlns:at="urn:at"'


@cache
def _check() -> Callable[[Any], Any]:
    import fastjsonschema

    schema = json.loads((DATA / "adf-schema-full.json").read_text(encoding="utf-8"))
    return fastjsonschema.compile(schema, use_default=False)  # type: ignore[no-any-return]  # untyped library


def adf_faults(document: Any) -> list[str]:
    """What Atlassian's schema finds wrong with a document; empty when it is valid."""
    import fastjsonschema

    try:
        _check()(document)
    except fastjsonschema.JsonSchemaException as error:
        return [f"ADF: {error.message[:300]}"]
    return []


def storage_faults(xhtml: str) -> list[str]:
    """Whether Confluence's storage format parses as the XML it has to be."""
    try:
        ElementTree.fromstring(f"{_ENTITIES}<body {_SPACES}>{xhtml}</body>")
    except ElementTree.ParseError as error:
        return [f"storage: {error}"]
    return []


def text_of(node: Any) -> str:
    """The text inside a document, blocks on lines of their own."""
    if isinstance(node, list):
        return "".join(text_of(part) for part in node)
    if not isinstance(node, dict):
        return ""
    if node.get("type") == "text":
        return str(node.get("text", ""))
    inner = text_of(node.get("content", []))
    return inner + "\n" if node.get("type") in ("paragraph", "heading", "codeBlock", "tableRow") else inner
