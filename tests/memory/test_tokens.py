"""Tokens from a few pieces are those of the whole vocabulary, whatever the text."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer

from orchestrator.memory.opened_model import ensure_opened
from orchestrator.memory.tokens import FEW, PIECES, SHORT, Few, Tokens, is_plain
from orchestrator.memory.windows import tidy

# What texts of ours are made of, and what is odd: marks, spaces and letters that the normaliser changes.
WORDS = st.sampled_from(
    [
        *("cache", "fila", "çã", "São", "lento", "", "commit\t\n", "x86_64", "1a2b3c4", "->", "日本語"),
        *("ﷺ", "ﬁ", "①", "é", "e\u0301", "ａｂｃ", "\u200b", "\xa0", "🙂", "👨\u200d👩", "▁", "▁▁a", "ɗ"),
        *("<s", "<s>", "</s>", "<unk>"),
    ]
)
PLAIN = [chr(n) for n in range(0x2200) if is_plain(chr(n))]
TEXTS = st.one_of(
    st.text(max_size=60), st.lists(WORDS, max_size=12).map(" ".join), st.lists(WORDS).map("".join)
)
# Of one sign, often: many ways through such a word are equally good.
RUNS = st.builds(
    lambda first, sign, n: first + sign * n,
    st.text(PLAIN, max_size=1),
    st.sampled_from(PLAIN),
    st.integers(2, 30),
)


@pytest.fixture(scope="session")
def both(model_path: Path) -> tuple[Any, Few]:
    opened = ensure_opened(model_path)
    assert opened is not None
    return Tokenizer.from_file(str(model_path / "tokenizer.json")), Few(opened / PIECES)


@given(text=st.one_of(st.text(PLAIN, max_size=60), RUNS, TEXTS))
@settings(max_examples=600, deadline=None)
def test_the_same_tokens(both: tuple[Any, Few], model_path: Path, text: str) -> None:
    whole, few = both
    tokens = Tokens(model_path, few_opened(model_path))
    vars(tokens).update(_few=few, whole=whole)  # opened once for all examples
    assert tokens.ids(text) == whole.encode(text).ids


@given(text=st.one_of(st.text(max_size=200), TEXTS))
@settings(max_examples=200, deadline=None)
def test_no_token_has_less_than_a_byte(both: tuple[Any, Few], text: str) -> None:
    """So that a short text needs no count to be one window."""
    tidied, _cut = tidy(text)
    assert len(both[0].encode(tidied, add_special_tokens=False).ids) <= len(tidied.encode()) + 1


def few_opened(model_path: Path) -> Path:
    opened = ensure_opened(model_path)
    assert opened is not None
    return opened


def test_plain_characters_stay_as_they_are_whatever_stands_beside_them(both: tuple[Any, Few]) -> None:
    """So that no normalisation is needed: each alone, and each pair of them."""
    whole, _few = both
    for first in PLAIN:
        text = "".join(first + second for second in PLAIN if first + second != "  ")
        assert "  " not in text and whole.normalizer.normalize_str(text) == text


def test_most_questions_are_plain_and_need_no_tokenizers(model_path: Path) -> None:
    questions = ["cache lento na fila", "São João: índice composto (#42) não é usado?", "fix: x86_64 -> arm"]
    for question in questions:
        tokens = Tokens(model_path, ensure_opened(model_path))
        tokens.ids(f"query: {question}")
        assert "whole" not in vars(tokens), question


@pytest.mark.parametrize(
    "text", ["a <s> b", "</s>", "a  b", "日本", "é́", "x" * (SHORT + 1), "fila lenta " * 200]
)
def test_special_and_long_texts_are_the_whole_tokenizers(
    model_path: Path, both: tuple[Any, Few], text: str
) -> None:
    assert Tokens(model_path, ensure_opened(model_path)).ids(text) == both[0].encode(text).ids


def test_after_some_texts_the_whole_is_read_and_says_the_same(model_path: Path) -> None:
    tokens = Tokens(model_path, ensure_opened(model_path))
    found = [tokens.ids("São Paulo, fila lenta") for _ in range(FEW + 2)]
    assert "whole" in vars(tokens)
    assert all(one == found[0] for one in found)


def test_a_short_text_does_not_read_the_whole(model_path: Path) -> None:
    tokens = Tokens(model_path, ensure_opened(model_path))
    tokens.ids("fila lenta")
    assert "whole" not in vars(tokens)
