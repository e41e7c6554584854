"""Issue keys: what is one, what only looks like one, and where it was said."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.store.issue_keys import KEY, NUMBER, issue_keys

CASES = {
    "ABC-12 fix": ["ABC-12"],
    "fix (ABC-12, XY1-3) and ABC-12 again": ["ABC-12", "XY1-3"],
    "ABC-12: subject\n\nSee https://jira.example.com/browse/DEF-7.": ["ABC-12", "DEF-7"],
    "read UTF-8, ISO-8859-1, SHA-256, RFC-2822 and CVE-2021-44228": [],
    "abc-12 A-1 ABC-0 ABC-012 XABC- ABC-12345678": [],
    "v1.ABC-12 ABC-12.5 ABC-12-3 ABC-12x ABC_DEF-1 not-ABC-1": [],
    "LONGESTKEY-1 TOOLONGAKEY1-2": ["LONGESTKEY-1"],
    "": [],
}
MERGES = {
    "Merge branch 'feature/ABC-12-fila' into 'main'": [("ABC-12", "branch")],
    "Merge branch 'main' into 'feature/ABC-12'": [("ABC-12", "message")],
    "Merge remote-tracking branch 'origin/ABC-3'": [("ABC-3", "branch")],
    "Merge branches 'ABC-1' and 'ABC-2' into x": [("ABC-1", "branch"), ("ABC-2", "branch")],
    "Merge pull request #12 from org/abc-9-fila\n\nDEF-1 too": [("ABC-9", "branch"), ("DEF-1", "message")],
    "Merge pull request #3 in PROJ/repo from feature/ABC-4 to main": [("ABC-4", "branch")],
    "Merged in ABC-5-fila (pull request #7)": [("ABC-5", "branch")],
    "Merge branch 'item-12' of somewhere": [],
    "Merge pull request #1 from dependabot/npm/abc-4.17.21": [],
}


@pytest.mark.parametrize("message", CASES)
def test_in_a_message(message: str) -> None:
    assert list(issue_keys(message, merge=False)) == [(key, "message") for key in CASES[message]]


@pytest.mark.parametrize("message", MERGES)
def test_in_a_merge(message: str) -> None:
    assert list(issue_keys(message, merge=True, projects={"ABC"})) == MERGES[message]


def test_small_letters_count_only_for_known_projects() -> None:
    assert list(issue_keys("Merge branch 'abc-1'", merge=True)) == []


@given(st.text(st.sampled_from("AB1c-. \n_")) | st.text(), st.booleans())
def test_whatever_the_text_a_key_has_its_form_once_and_the_glance_misses_none(text: str, merge: bool) -> None:
    found = list(issue_keys(text, merge=merge, projects={"ABC"}))
    assert len({key for key, _source in found}) == len(found)
    assert all(re.fullmatch(r"[A-Z][A-Z0-9]{1,9}-[1-9][0-9]{0,6}", key) for key, _source in found)
    assert not found or re.search(NUMBER, text)
    assert not found or merge or re.search(KEY, text)
