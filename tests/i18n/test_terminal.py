"""No byte of untrusted text may steer the terminal."""

from __future__ import annotations

import io
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.terminal import Painted, Style, clip, clipped, display_width, table, visible

ANY = st.text(st.characters(exclude_categories=()), max_size=80)  # surrogates too
HOSTILE = (
    "\x00\x07\x08\x1b\x7f\x85\x9b\u061c\u200b\u200d\u200e\u202a\u202e\u2028\u2029"
    "\u2066\u2069\ufeff\ud800\U000e0041\U000e0101\u034f\u3164"
)


def steers(text: str) -> list[str]:
    return [c for c in text if unicodedata.category(c) in ("Cc", "Cf", "Cs", "Zl", "Zp", "Cn", "Co")]


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@given(ANY)
def test_nothing_that_steers_a_terminal_survives(text: str) -> None:
    shown = visible(text)
    assert steers(shown) == []
    shown.encode()
    assert visible(shown) == shown


@given(ANY)
def test_newline_keeps_line_feeds_and_nothing_else(text: str) -> None:
    shown = visible(text, newline=True)
    assert shown.count("\n") == text.count("\n")
    assert steers(shown.replace("\n", "")) == []


@given(st.text(st.sampled_from(HOSTILE), min_size=1))
def test_each_hostile_character_is_named(text: str) -> None:
    shown = visible(text)
    assert not set(shown) & set(HOSTILE)
    assert shown.count("\\x") + shown.count("<U+") == len(text)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b]52;c;aGk=\x07", "\\x1b]52;c;aGk=\\x07"),
        ("a\u202eb", "a<U+202E>b"),
        ("a\r\nb\tc", "a\\r\\nb\\tc"),
        ("\u009b31m", "\\x9b31m"),
        ("fim\u2028", "fim<U+2028>"),
        ("zero\u200bwidth", "zero<U+200B>width"),
        ("\ud83d", "<U+D83D>"),
        ("Solução: cachê de 200 ms → 20 ms ⚠️ 日本", "Solução: cachê de 200 ms → 20 ms ⚠️ 日本"),
    ],
)
def test_visible_by_example(text: str, shown: str) -> None:
    assert visible(text) == shown


@pytest.mark.parametrize(
    ("environ", "stream", "colour"),
    [
        ({}, Terminal(), True),
        ({}, io.StringIO(), False),
        ({"TERM": "dumb"}, Terminal(), False),
        ({"NO_COLOR": "1"}, Terminal(), False),
        ({"NO_COLOR": ""}, Terminal(), True),
        ({"FORCE_COLOR": "1"}, io.StringIO(), True),
        ({"FORCE_COLOR": "0"}, io.StringIO(), False),
        ({"FORCE_COLOR": "1", "TERM": "dumb"}, io.StringIO(), True),
        ({"FORCE_COLOR": "1", "NO_COLOR": "1"}, Terminal(), False),
    ],
)
def test_colour_follows_the_conventions(environ: dict[str, str], stream: io.StringIO, colour: bool) -> None:
    assert Style.of(stream, environ).enabled is colour


@given(ANY)
def test_style_makes_text_visible_before_it_paints(text: str) -> None:
    on, off = Style(True).red(text), Style(False).red(text)
    assert off == visible(text)
    assert on.plain == visible(text)
    assert on == (f"\x1b[31m{visible(text)}\x1b[0m" if text else "")


def test_styles_combine() -> None:
    style = Style(True)
    assert style.bold(style.green("ok")) == "\x1b[32;1mok\x1b[0m"


def test_width_counts_columns() -> None:
    assert display_width("日本") == 4
    assert display_width("cafe\u0301") == 4
    assert display_width("Ａ") == 2
    assert display_width(Style(True).red("ok")) == 2


@given(st.lists(st.lists(st.one_of(ANY, st.integers()), max_size=4), max_size=5), st.integers(20, 60))
def test_a_table_is_aligned_and_fits(rows: list[list[object]], width: int) -> None:
    text = table(rows, ("a", "b", "c", "d"), width)
    assert steers(text.replace("\n", "")) == []
    lines = text.split("\n")
    assert len(lines) == len(rows) + 1
    assert all(display_width(line) <= width for line in lines)


def test_columns_start_at_the_same_place() -> None:
    rows = [("empresa-a", 7, "日本"), ("b", 1200, Style(True).green("ok"))]
    assert table(rows, ("empresa", "fila", "estado")) == (
        "empresa    fila  estado\nempresa-a     7  日本\nb          1200  \x1b[32mok\x1b[0m"
    )


@given(st.lists(ANY, max_size=4), st.integers(1, 40))
def test_clipped_parts_fit_and_keep_what_fits(parts: list[str], columns: int) -> None:
    line = "".join(p.plain for p in clipped(parts, columns))
    whole = visible("".join(parts))
    assert display_width(line) <= columns and not steers(line)
    assert line == whole if display_width(whole) <= columns else whole.startswith(line.removesuffix("…"))


def test_clip_marks_what_it_cut() -> None:
    assert clip(Painted("abcdef", ""), 4) == "abc…"
    assert clip(Painted("日本語", ""), 4) == "日…"
    assert clip(Painted("abcdef", "31"), 4) == "\x1b[31mabc…\x1b[0m"
    assert table([]) == ""
    assert table([("x" * 100_000, "y" * 99_000)], width=40).count("…") == 2
