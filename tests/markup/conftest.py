"""The vendor's own schema as judge of every document."""

from __future__ import annotations

import json
import re
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

SCHEMA = Path(__file__).parents[1] / "rig" / "data" / "adf-schema-full.json"
Judge = Callable[[dict[str, Any]], None]


@pytest.fixture(scope="session")
def judge() -> Judge:
    """Raises for a document that ADF's schema, or a rule that the schema cannot say, forbids."""
    import fastjsonschema

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        valid = fastjsonschema.compile(json.loads(SCHEMA.read_text()))

    def check(adf: dict[str, Any]) -> None:
        valid(adf)
        for node in walk(adf):
            _check_node(node)

    return check


def walk(node: dict[str, Any]):
    """The node and every node below it."""
    yield node
    for child in node.get("content", ()):
        yield from walk(child)


def _check_node(node: dict[str, Any]) -> None:
    if node["type"] == "listItem":
        assert node["content"][0]["type"] in {"paragraph", "codeBlock", "mediaSingle"}
    for mark in node.get("marks", ()):
        if mark["type"] == "link":
            assert re.match(r"(https?://|mailto:)", mark["attrs"]["href"], re.I)
    kinds = [mark["type"] for mark in node.get("marks", ())]
    assert len(kinds) == len(set(kinds))
    assert "code" not in kinds or set(kinds) <= {"code", "link"}
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\ud800-\udfff]", node.get("text", ""))
