"""Where documents can lie is never told too narrowly: checked against the globs themselves."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.capture.watch_globs import fixed_beginnings, leads_to
from orchestrator.config.match import compile_globs

WORDS = st.sampled_from(["a", "b", "docs", "*", "**", "?", "a*", "[ab]", "x.md", "*.md", "a\\*"])
GLOBS = st.builds(
    lambda start, words, end: start + "/".join(words) + end,
    st.sampled_from(["", "/", "!"]),
    st.lists(WORDS, min_size=1, max_size=4),
    st.sampled_from(["", "/", "/**", " "]),
)
NAMES = st.lists(st.sampled_from(["a", "b", "docs", "a*", "x.md", "b.md"]), min_size=1, max_size=5)


@given(st.lists(GLOBS, max_size=4), NAMES)
def test_every_folder_above_a_document_is_watched(globs: list[str], names: list[str]) -> None:
    if compile_globs(tuple(globs)).match_file("/".join(names)):
        beginnings = fixed_beginnings(globs)
        for n in range(1, len(names)):
            assert leads_to("/".join(names[:n]), beginnings), (globs, names[:n])


@pytest.mark.parametrize(
    ("glob", "beginning"),
    [
        ("docs/**/*.md", "docs"),
        ("empresas/a/docs/*.md", "empresas/a/docs"),
        ("/README.md", "README.md"),
        ("*.md", ""),
        ("docs/", ""),
        ("**/docs/x.md", ""),
        ("a/[bc]/d", "a"),
        ("a\\*/b", ""),
    ],
)
def test_where_matches_begin(glob: str, beginning: str) -> None:
    assert fixed_beginnings([glob]) == (beginning,)


def test_what_only_takes_away_is_no_place() -> None:
    assert fixed_beginnings(["!docs/**", "# remark", "", " "]) == ()
    assert not leads_to("docs", ())
    assert leads_to("docs", ("docs/guides",)) and leads_to("docs/guides/x", ("docs/guides",))
    assert not leads_to("docsier", ("docs",)) and not leads_to("src", ("docs",))
