"""A text in a query is a value, never a part of the query."""

from __future__ import annotations

from urllib.parse import unquote

import pytest
from hypothesis import example, given

from orchestrator.app import jql
from orchestrator.errors import UsageError
from orchestrator.lexical import Filters, Phrase, stem, words
from orchestrator.memory import lexical
from orchestrator.reconcile.postgrest import any_of, key_slices
from orchestrator.store.search_index import Item, SearchIndex
from tests.sinks.conftest import FUZZ, naughty, placed
from tests.sinks.naughty import NAUGHTY
from tests.store.test_search_index import open_index

KEPT = Item(
    "i1-kept", "own", "empresa-a", "solution", "cache de pedidos", "o texto que fica", ("redis",), False
)


def rows(index: SearchIndex) -> set[str]:
    return set(index.rows(["i1-kept", "i1-new"]))


@FUZZ
@given(placed)
@example("-oProxyCommand=x")
@example("A:")
def test_a_question_to_the_full_text_index(text: str) -> None:
    """It parses, whatever it holds, and finds by its words alone: nothing but the operators of ours."""
    connection, index = open_index()
    with connection:
        index.put([KEPT])
    phrases = lexical.parse(text).phrases
    if phrases:
        found = [ref for ref, _score in index.lexical(phrases, 5)]
        # A reader searches by id and company too: of "empresa-a" an "a" that stands alone is a word.
        kept = {stem(word) for word in words(f"{KEPT.title} {KEPT.text} redis {KEPT.ref} {KEPT.company}")}
        shared = kept.intersection(lexical.parse(text).terms)
        assert not found or shared or lexical.parse(text).literals
    assert rows(index) == {"i1-kept"}
    connection.close()


@FUZZ
@given(placed)
def test_what_is_stored_is_what_was_said(text: str) -> None:
    connection, index = open_index()
    with connection:
        index.put([KEPT, Item("i1-new", "own", "empresa-a", "solution", text, text, (text,), False)])
    stored = index.rows(["i1-new"])["i1-new"]
    assert stored.title == text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    assert connection.execute("select count(*) from memory_item").fetchall() == [(2,)]
    connection.close()


@FUZZ
@given(naughty)
def test_filters_are_values(text: str) -> None:
    connection, index = open_index()
    with connection:
        index.put([KEPT])
    for name in ("kind", "scope", "company", "technology", "since"):
        filters: Filters = {name: text}  # type: ignore[misc]  # the name is one of its keys
        found = list(index.lexical([Phrase("stems", "cach")], 5, **filters))
        stands = not text.strip()
        assert not found or stands or name == "since"
    assert rows(index) == {"i1-kept"}
    connection.close()


@pytest.mark.parametrize("text", NAUGHTY)
def test_a_quoted_value_of_jql_is_one_value(text: str) -> None:
    """Quoted as Atlassian says (backslash before quote and backslash), it stays one clause's value."""
    quoted = '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
    query = f"project = {quoted} AND summary ~ {quoted} AND status != done"
    clauses = jql.parse(query)
    assert [(c.field, c.operator) for c in clauses] == [("project", "="), ("summary", "~"), ("status", "!=")]
    assert [c.values for c in clauses[:2]] == [(text,), (text,)]
    assert jql.projects(query) == (text,)


@FUZZ
@given(placed)
def test_an_unquoted_text_is_understood_or_refused(text: str) -> None:
    """The folder's own reading of JQL: never another error, never a project that was not named."""
    try:
        clauses = jql.parse(text)
    except UsageError:
        return
    assert all(
        c.field in ("project", "status", "labels", "key", "summary", "description", "text", "updated")
        for c in clauses
    )


encodable = naughty.filter(lambda text: not any("\ud800" <= c <= "\udfff" for c in text))


@FUZZ
@given(encodable, encodable)
def test_keys_in_a_filter_of_postgrest(one: str, other: str) -> None:
    """PostgREST reads `in.("…","…")` back as the very values: quote and backslash are escaped."""
    assert _read(any_of([one, other])) == [one, other]
    assert [key for part in key_slices([one, other]) for key in part] == list(dict.fromkeys([one, other]))
    assert unquote(any_of([one])) is not None


def _read(filter_: str) -> list[str]:
    """A reader of PostgREST's list syntax, after its documentation of reserved characters."""
    assert filter_.startswith("in.(") and filter_.endswith(")")
    text, values, at = filter_[4:-1], [], 0
    while at <= len(text):
        value = ""
        if text[at : at + 1] == '"':
            at += 1
            while text[at] != '"':
                at += text[at] == "\\"
                value += text[at]
                at += 1
            at += 1
        else:
            while at < len(text) and text[at] not in ',"()':
                value += text[at]
                at += 1
        values.append(value)
        assert at == len(text) or text[at] == ","
        at += 1
    return values
