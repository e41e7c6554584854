"""A stricter redaction is covered by an earlier yes; anything more is not."""

from __future__ import annotations

import json
import re

from hypothesis import given
from hypothesis import strategies as st

from orchestrator.leaving import covers

WORDS = st.lists(
    st.sampled_from(["fila", "a+b", "(x)", "Ana", "529", "ção", "\n", "\\d"]), min_size=1, max_size=8
)


@given(WORDS, st.sets(st.integers(0, 7)), st.sets(st.integers(0, 7)))
def test_covers_is_more_redaction_of_the_same_words(
    words: list[str], agreed: set[int], wanted: set[int]
) -> None:
    def told(hidden: set[int]) -> str:
        return " ".join(f"[p{n}]" if n in hidden else word for n, word in enumerate(words))

    earlier = json.dumps({"title": told(agreed)})
    assert covers(earlier, {"title": told(agreed | wanted)})
    shown_again = {n for n in agreed - wanted if n < len(words)}
    if shown_again and not re.search(r"\[", told(wanted)):
        assert not covers(earlier, {"title": told(wanted)})


def test_less_redaction_other_words_or_other_fields_are_not_covered() -> None:
    agreed = json.dumps({"title": "fila do [CPF]", "content": "x"})
    assert covers(agreed, {"title": "fila do [CPF]", "content": "x"})
    assert covers(agreed, {"title": "[termo] do [CPF]", "content": "x"})
    assert not covers(agreed, {"title": "fila do 529", "content": "x"})
    assert not covers(agreed, {"title": "fila nova do [CPF]", "content": "x"})
    assert not covers(agreed, {"title": "fila do [CPF]"})
    assert not covers("", {"title": "fila do [CPF]"})


@given(
    st.lists(st.sampled_from(["a", "ab", "[x]", "[y]", " ", ""]), max_size=8),
    st.lists(st.sampled_from(["a", "ab", "b", "[x]", " ", ""]), max_size=8),
)
def test_covers_says_what_the_pattern_says(wanted: list[str], agreed: list[str]) -> None:
    text, earlier = "".join(wanted), "".join(agreed)
    pattern = ".*?".join(map(re.escape, re.split(r"\[[^\[\]\n]{1,30}\]", text)))
    assert covers(json.dumps({"title": earlier}), {"title": text}) == bool(re.fullmatch(pattern, earlier))


def test_a_long_list_of_marks_does_not_hang() -> None:
    """As a pattern, this one would be tried in more ways than there are atoms."""
    agreed = json.dumps({"content": "[x] " * 3_000 + "[CPF]"})
    assert not covers(agreed, {"content": "[x] " * 1_000 + "529"})
    assert covers(agreed, {"content": "[x] " * 3_000 + "[termo]"})
