"""Folding and what is printable, beside their definitions a character at a time."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.detect.prose import fold, printable

EVERY = "".join(map(chr, range(0x30000)))
DROPPED = {"Cc", "Cf", "Cs", "Co", "Cn"}


def folded(character: str) -> str:
    """The letter of a character without its marks, in lower case; never more than one."""
    return (unicodedata.normalize("NFD", character)[0].lower() or character)[0]


def stays(character: str) -> bool:
    return character == "\n" or unicodedata.category(character) not in DROPPED


@pytest.mark.parametrize("plane", range(0, 0x30000, 0x10000))
def test_every_character_is_folded_to_one(plane: int) -> None:
    text = EVERY[plane : plane + 0x10000]
    assert fold(text) == "".join(map(folded, text))


@given(st.text())
def test_folding_keeps_offsets(text: str) -> None:
    assert fold(text) == "".join(map(folded, text))
    assert len(fold(text)) == len(text)


@given(st.text(st.characters(codec=None)))
def test_what_is_printable_is_what_a_reader_sees(text: str) -> None:
    seen = "".join(filter(stays, text.replace("\r\n", "\n").expandtabs(4)))
    assert printable(text) == unicodedata.normalize("NFC", seen)
