"""Nothing that is shown moves the cursor, hides or turns text around, and JSON stays one document."""

from __future__ import annotations

import io
import json
import sys

import pytest
from hypothesis import given

from orchestrator.cli.output import Output, forgiving_streams
from orchestrator.git.text import visible as from_git
from orchestrator.reconcile.remotes.forge import _body, quiet
from orchestrator.remote import Entry
from orchestrator.terminal import Style, table, visible
from tests.sinks.conftest import FUZZ, placed
from tests.sinks.naughty import NAUGHTY, harmless_shown


@FUZZ
@given(placed)
def test_a_line_is_a_line(text: str) -> None:
    assert harmless_shown(visible(text)) and "\n" not in visible(text)
    shown = Style(True).red(text)
    assert shown.startswith("\x1b[31m") or not text
    assert harmless_shown(shown.plain)
    assert shown.count("\x1b") == (2 if shown.plain else 0)


@FUZZ
@given(placed, placed)
def test_a_table_keeps_its_rows(one: str, other: str) -> None:
    laid = table([(one, other, 1), ("a", "b", 2)], ("x", "y", "n"), width=60)
    assert harmless_shown(laid)
    assert len(laid.split("\n")) == 3


@FUZZ
@given(placed)
def test_what_comes_from_git_is_plain(text: str) -> None:
    assert not any(c in from_git(text) for c in "\x1b\x9b\x07\x08\r\x00\u202e\u2066\u2028")


@pytest.mark.parametrize("unicode", [True, False])
@pytest.mark.parametrize("as_json", [True, False])
def test_all_of_them_through_the_one_printer(
    monkeypatch: pytest.MonkeyPatch, unicode: bool, as_json: bool
) -> None:
    stream = io.TextIOWrapper(io.BytesIO(), encoding="utf-8" if unicode else "ascii", errors="strict")
    monkeypatch.setattr(sys, "stdout", stream)
    forgiving_streams()
    output = Output.of(as_json)
    data = {"texts": list(NAUGHTY), **{text: text for text in NAUGHTY}}
    output.data(data, lambda: output.each(NAUGHTY))
    stream.flush()
    said = stream.buffer.getvalue().decode("utf-8" if unicode else "ascii")  # type: ignore[attr-defined]  # BytesIO
    assert harmless_shown(said)
    if as_json:
        document = json.loads(said)
        assert sorted(document) == ["data", "schema_version"]
        assert [_paired(text) for text in document["data"]["texts"]] == [_paired(text) for text in NAUGHTY]
    else:
        assert len(said.splitlines()) == len(NAUGHTY)


def _paired(text: str) -> str:
    """Two halves that stand side by side are one character, whether JSON wrote them so or not."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


@FUZZ
@given(placed)
def test_a_pull_request_calls_nobody_and_is_marked_once(text: str) -> None:
    from orchestrator.reconcile.remotes.forge import _read

    entry = Entry("i1-0123456789abcdef", "component", "empresa-a", text, text, "h")
    body = _body(entry)
    assert body.splitlines()[-1].startswith("<!-- orch key=i1-0123456789abcdef hash=h text=")
    assert _read({"body": body})[:2] == ("i1-0123456789abcdef", "h")
    said = quiet(text)
    for before, sign, after in zip(f" {said}", said, said[1:], strict=False):
        called = sign in "@#" and (after.isalnum() or after == "_")
        assert not called or before.isalnum() or before in "_`"  # the middle of a word calls nobody
