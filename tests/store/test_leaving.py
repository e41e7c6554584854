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
