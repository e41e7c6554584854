"""A stricter redaction is covered by an earlier yes; anything more is not."""

from __future__ import annotations

import json
import re

from hypothesis import given
from hypothesis import strategies as st

from orchestrator.leaving import covers

MARKS = {"[CPF]", "[termo]"}
WORDS = st.lists(
    st.sampled_from(["fila", "a+b", "(x)", "[Ana]", "529", "ção", "\n", "\\d"]), min_size=1, max_size=8
)


@given(WORDS, st.sets(st.integers(0, 7)), st.sets(st.integers(0, 7)))
def test_covers_is_more_redaction_of_the_same_words(
    words: list[str], agreed: set[int], wanted: set[int]
) -> None:
    def told(hidden: set[int]) -> str:
        return " ".join(f"[p{n}]" if n in hidden else word for n, word in enumerate(words))

    marks = {f"[p{n}]" for n in range(8)}
    earlier = json.dumps({"title": told(agreed)})
    assert covers(earlier, {"title": told(agreed | wanted)}, marks)
    shown_again = {n for n in agreed - wanted if n < len(words)}
    if shown_again and not re.search(r"\[p", told(wanted)):
        assert not covers(earlier, {"title": told(wanted)}, marks)


def test_less_redaction_other_words_or_other_fields_are_not_covered() -> None:
    agreed = json.dumps({"title": "fila do [CPF]", "content": "x"})
    assert covers(agreed, {"title": "fila do [CPF]", "content": "x"}, MARKS)
    assert covers(agreed, {"title": "[termo] do [CPF]", "content": "x"}, MARKS)
    assert not covers(agreed, {"title": "fila do 529", "content": "x"}, MARKS)
    assert not covers(agreed, {"title": "fila nova do [CPF]", "content": "x"}, MARKS)
    assert not covers(agreed, {"title": "fila do [CPF]"}, MARKS)
    assert not covers("", {"title": "fila do [CPF]"}, MARKS)


def test_what_an_author_put_in_brackets_is_no_placeholder() -> None:
    """A link's text, a list's mark: what was hidden in it would be taken for hidden again."""
    agreed = json.dumps({"title": "carga do [[CPF]](https://x.example) e [ ] mais"})
    assert not covers(agreed, {"title": "carga do [Banco Aurora](https://x.example) e [ ] mais"}, MARKS)
    assert not covers(agreed, {"title": "carga do [529.982.247-25](https://x.example) e [ ] mais"}, MARKS)
    assert covers(agreed, {"title": "[termo] do [[CPF]](https://x.example) e [ ] mais"}, MARKS)
    assert not covers(agreed, {"title": "carga do [[CPF]](https://x.example) e [x] mais"}, MARKS)


@given(
    st.lists(st.sampled_from(["a", "ab", "[x]", "[y]", " ", ""]), max_size=8),
    st.lists(st.sampled_from(["a", "ab", "b", "[x]", " ", ""]), max_size=8),
)
def test_covers_says_what_the_pattern_says(wanted: list[str], agreed: list[str]) -> None:
    text, earlier = "".join(wanted), "".join(agreed)
    pattern = ".*?".join(map(re.escape, re.split(r"\[x\]|\[y\]", text)))
    said = covers(json.dumps({"title": earlier}), {"title": text}, {"[x]", "[y]"})
    assert said == bool(re.fullmatch(pattern, earlier))


def test_a_long_list_of_marks_does_not_hang() -> None:
    """As a pattern, this one would be tried in more ways than there are atoms."""
    agreed = json.dumps({"content": "[termo] " * 3_000 + "[CPF]"})
    assert not covers(agreed, {"content": "[termo] " * 1_000 + "529"}, MARKS)
    assert covers(agreed, {"content": "[termo] " * 3_000 + "[termo]"}, MARKS)
