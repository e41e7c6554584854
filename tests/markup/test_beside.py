"""What stands beside the words of a document: images, macros, tables without a word."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.markup.adf import to_adf
from orchestrator.markup.beside import beside, seals
from orchestrator.markup.markdown import to_markdown
from orchestrator.markup.plain import plain_text


def document(*nodes: Any) -> Any:
    return {"type": "doc", "version": 1, "content": list(nodes)}


def image(**attrs: str) -> Any:
    return {"type": "mediaSingle", "content": [{"type": "media", "attrs": {"type": "file", **attrs}}]}


CELL = {"type": "tableCell", "content": [{"type": "paragraph"}]}
TOC = {
    "type": "extension",
    "attrs": {"extensionType": "x", "extensionKey": "toc", "localId": "1"},
}


@pytest.mark.parametrize(
    ("node", "name"),
    [
        (image(id="a1"), "media a1"),
        (image(id="a1", alt="planta.png"), "media planta.png"),
        (TOC, "extension toc"),
        ({**TOC, "type": "bodiedExtension", "content": [{"type": "paragraph"}]}, "bodiedExtension toc"),
        ({"type": "table", "content": [{"type": "tableRow", "content": [CELL, CELL]}]}, "table"),
        ({"type": "novidade"}, "novidade"),
    ],
)
def test_what_has_no_words_is_named_and_seals(node: Any, name: str) -> None:
    words = to_adf("Um texto.")["content"]
    assert beside(document(*words, node)) == (name,)
    assert len(list(seals(document(*words, node)))) == 1
    assert list(seals(document(node))) != list(seals(document(node, node)))


def test_an_id_that_the_vendor_gives_changes_no_seal() -> None:
    other = {**TOC, "attrs": {**TOC["attrs"], "localId": "2"}}
    assert list(seals(document(TOC))) == list(seals(document(other)))


@given(st.text(alphabet="ab *_~`[]()#>-|!\n", max_size=60))
def test_what_orch_writes_has_nothing_beside_its_words(text: str) -> None:
    adf = to_adf(text)
    assert [name for name in beside(adf) if name != "table"] == []
    assert [line for line in seals(adf) if not line.startswith(("strike ", '["table"'))] == []


def test_struck_words_seal() -> None:
    assert list(seals(to_adf("um ~~dois~~ três"))) == ["strike dois"]
    assert not list(seals(to_adf("um dois três")))


def test_a_date_and_the_title_of_what_unfolds_are_words() -> None:
    date = {"type": "paragraph", "content": [{"type": "date", "attrs": {"timestamp": "1764201600000"}}]}
    expand = {"type": "expand", "attrs": {"title": "Detalhes"}, "content": to_adf("dentro")["content"]}
    found = document(date, expand)
    assert plain_text(found) == "2025-11-27\nDetalhes\ndentro"
    assert to_markdown(found) == "2025-11-27\n\nDetalhes\n\ndentro"
    assert plain_text(document({"type": "date", "attrs": {"timestamp": "logo"}})) == "logo"
