"""The line finder agrees with where things were put."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from orchestrator.config.lines import line_of

VALUES = st.sampled_from(
    [
        "1",
        '"x # ]"',
        "'''a\n[not.a.table]\nb = 1'''",
        '"""x\n\n]"""',
        "[\n  1,\n  2, # ]\n]",
        "{ a = 1, b = [2] }",
        "[]",
    ]
)
KEYS = st.sampled_from(["a", "b-c", '"q.r"', "d . e", "f"])
NOISE = st.sampled_from(["", "# [x]", "   ", '# """', "\t# ]"])


@st.composite
def documents(draw: st.DrawFn) -> tuple[str, dict[tuple[str | int, ...], int]]:
    """A TOML text and, by path, the line on which each key and header of it was written."""
    lines: list[str] = []
    where: dict[tuple[str | int, ...], int] = {}

    def keys(prefix: tuple[str | int, ...]) -> None:
        for key in draw(st.lists(KEYS, unique=True, max_size=3)):
            lines.extend(draw(st.lists(NOISE, max_size=2)))
            parts = tuple(
                json.loads(key) if '"' in key else p.strip()
                for p in ([key] if '"' in key else key.split("."))
            )
            where[(*prefix, *parts)] = len(lines) + 1
            lines.extend(f"{key} = {draw(VALUES)}".split("\n"))

    keys(())
    for number in range(draw(st.integers(0, 3))):
        where[("company", number)] = len(lines) + 1
        lines.append(draw(st.sampled_from(["[[company]]", "  [[ company ]] # x", '[["company"]]'])))
        keys(("company", number))
        if draw(st.booleans()):
            where[("company", number, "jira")] = len(lines) + 1
            lines.append("[company.jira]")
            keys(("company", number, "jira"))
    return draw(st.sampled_from(["\n", "\r\n"])).join(lines), where


@given(documents())
def test_every_key_is_found_on_its_line(document: tuple[str, dict[tuple[str | int, ...], int]]) -> None:
    text, where = document
    assert {path: line_of(text, path) for path in where} == where


def test_what_is_missing_has_the_line_of_what_it_is_missing_from() -> None:
    text = "x = 1\n\n[[company]]\n[[company]]\n[company.jira]\nurl = 'x'\n"
    assert line_of(text, ("company", 1, "jira", "project")) == 5
    assert line_of(text, ("company", 0, "id")) == 3
    assert line_of(text, ("nothing",)) == 1
    assert line_of("", ()) == 1


def test_elements_of_long_lists() -> None:
    text = 'paths = [ # ]\n  "a",\n  "b", "c",\n\n  "d"]\nx = ["a", "b"]\n'
    assert [line_of(text, ("paths", i)) for i in range(4)] == [2, 3, 3, 5]
    assert line_of(text, ("x", 1)) == 6
    assert line_of(text, ("paths", 9)) == 1


def test_headers_in_any_order() -> None:
    text = "[a.b]\nx = 1\n[a]\ny = 2\n[[c.d]]\n[[c.d]]\nz = 3\n[c.d.e]\nw = 4\n"
    assert line_of(text, ("a",)) == 1
    assert line_of(text, ("a", "y")) == 4
    assert line_of(text, ("c", "d", 1, "z")) == 7
    assert line_of(text, ("c", "d", 1, "e", "w")) == 9
