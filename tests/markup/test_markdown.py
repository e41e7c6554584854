"""ADF as Markdown: whatever a person wrote there, the words come back as they are."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from orchestrator.markup.adf import to_adf
from orchestrator.markup.markdown import to_markdown
from orchestrator.markup.plain import plain_text
from tests.markup.test_fuzz import documents
from tests.remotes.hostile import HOSTILE

SYNTAX = st.text(alphabet="ab1 *_`[]()<>&#;-+=|~\\!.:/\n\t", min_size=1, max_size=30)


def words(adf: Any) -> list[str]:
    return plain_text(adf).split()


def said(text: str, *marks: str) -> dict[str, Any]:
    node = {"type": "text", "text": text, **({"marks": [{"type": m} for m in marks]} if marks else {})}
    return {"type": "doc", "version": 1, "content": [{"type": "paragraph", "content": [node]}]}


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(documents())
def test_what_we_render_comes_back_with_every_word(drawn: tuple[str, list[str]]) -> None:
    adf = to_adf(drawn[0])
    assert words(to_adf(to_markdown(adf))) == words(adf)


@settings(max_examples=200, deadline=None)
@given(SYNTAX, st.sets(st.sampled_from(["strong", "em", "strike", "code"]), max_size=2))
def test_words_that_look_like_markdown_stay_words(text: str, marks: set[str]) -> None:
    adf = said(text, *sorted(marks))
    assert words(to_adf(to_markdown(adf))) == words(adf)


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_stays_text(text: str) -> None:
    adf = to_adf(text)
    assert words(to_adf(to_markdown(adf))) == words(adf)


def test_structure_comes_back() -> None:
    markdown = (
        "## Título com **forte** e *leve*\n\n- um **dois *três* quatro** `x`\n  - [CPF] em snake_case\n"
        '- [liga](<https://x.y/a(b)> "t")\n\n1. a\n2. b\n\n- [ ] fazer\n- [x] feito\n\n'
        "> cita\n>\n> - item\n\n"
        "| a | b |\n|---|---|\n| 1 | 2 |\n\n```py\nx = 1\n```\n\n---\n\nfim\\\nlinha dois"
    )
    assert to_markdown(to_adf(markdown)) == markdown


def test_what_markdown_has_not_keeps_its_words() -> None:
    panel = {"type": "panel", "attrs": {"panelType": "info"}, "content": said("atenção")["content"]}
    card = {"type": "inlineCard", "attrs": {"url": "https://x.y/z"}}
    tail = {"type": "paragraph", "content": [{"type": "mention", "attrs": {"text": "@maria"}}, card]}
    assert (
        to_markdown({"type": "doc", "version": 1, "content": [panel, tail]})
        == "atenção\n\n@mariahttps://x.y/z"
    )


def test_two_lists_stay_two_lists() -> None:
    two = to_adf("- a\n\n* b")
    assert to_adf(to_markdown(two)) == two and to_markdown(two) == "- a\n\n* b"
