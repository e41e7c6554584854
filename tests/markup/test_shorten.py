from __future__ import annotations

from orchestrator.markup.adf import to_adf, to_json
from orchestrator.markup.plain import plain_text
from orchestrator.markup.shorten import (
    MAX_DESCRIPTION_JSON,
    MAX_DESCRIPTION_TEXT,
    shorten,
    shorten_description,
)

NOTE = "*(cortado: o texto inteiro está na página)*"


def test_what_fits_is_untouched():
    assert shorten("curto", 5, NOTE) == "curto"
    assert shorten_description("curto", NOTE) == "curto"


def test_it_is_cut_at_a_line_and_says_so():
    text = "\n".join(f"linha {n}" for n in range(100))
    short = shorten(text, 100, NOTE)
    assert short.endswith("\n\n" + NOTE)
    assert all(line in text.split("\n") for line in short.split("\n")[:-2])


def test_an_open_fence_is_closed_so_that_the_note_is_no_code():
    short = shorten("````py\n```\n" + "x = 1\n" * 100, 100, NOTE)
    assert "\n````\n" in short
    assert to_adf(short)["content"][-1]["type"] == "paragraph"
    assert plain_text(to_adf(short)).endswith("(cortado: o texto inteiro está na página)")


def test_a_closed_fence_is_left_closed():
    short = shorten("```\na\n```\n" + "texto\n" * 100, 100, NOTE)
    assert short.count("```") == 2


def test_text_and_json_are_both_within_budget():
    plain = "palavra " * 10_000
    assert len(shorten_description(plain, NOTE)) <= MAX_DESCRIPTION_TEXT + len(NOTE) + 4
    rich = "- **a** `b`\n" * 2_000
    short = shorten_description(rich, NOTE)
    assert len(to_json(to_adf(short))) <= MAX_DESCRIPTION_JSON
    assert len(short) > 500
    assert short.endswith(NOTE)


def test_a_single_endless_line_is_cut_too():
    assert len(shorten("x" * 50_000, 100, NOTE)) < 200
