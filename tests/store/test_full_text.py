"""What a question reads of the full-text index is bounded; below the bound it is plain BM25."""

from __future__ import annotations

from collections.abc import Iterator

import apsw
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestrator.lexical import Phrase
from orchestrator.store import full_text
from orchestrator.store.search_index import Item, SearchIndex
from tests.store.test_search_index import open_index

VOCABULARY = ("cache", "fila", "banco", "login", "termo", "raro")


@pytest.fixture(autouse=True)
def few(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(full_text, "EXACT", 20)
    monkeypatch.setattr(full_text, "READ", 20)
    yield


def filled(texts: list[str]) -> tuple[apsw.Connection, SearchIndex]:
    connection, index = open_index()
    index.put(
        Item(f"r{n:03}", "own", "e", ("insight", "solution")[n % 2], "", text) for n, text in enumerate(texts)
    )
    return connection, index


def plain(connection: apsw.Connection, phrases: list[Phrase], k: int) -> list[tuple[str, float]]:
    """FTS5's own BM25 over every row."""
    sql = (
        "select ref, -bm25(memory_fts, 1.0, 0.25) as score from memory_fts"
        " join memory_item on memory_item.rowid = memory_fts.rowid"
        " where memory_fts match ? order by score desc, ref limit ?"
    )
    stems = " OR ".join(f'"{p.text}"' for p in phrases if p.column == "stems")
    words = " OR ".join(f'"{p.text}"' for p in phrases if p.column == "words")
    match = " OR ".join(f"{c} : ({w})" for c, w in (("stems", stems), ("words", words)) if w)
    return [(str(ref), float(str(score))) for ref, score in connection.execute(sql, (match, k))]


PHRASES = st.lists(
    st.builds(Phrase, st.just("stems"), st.sampled_from(["cach", "fil", "banc", "login", "rar"]))
    | st.builds(Phrase, st.just("words"), st.sampled_from(VOCABULARY)),
    min_size=1,
    max_size=5,
    unique=True,
)
TEXTS = st.lists(
    st.lists(st.sampled_from(VOCABULARY), min_size=1, max_size=6).map(" ".join), min_size=1, max_size=60
)


@settings(deadline=None, max_examples=60)
@given(texts=TEXTS, phrases=PHRASES)
def test_up_to_the_bound_nothing_differs_from_plain_bm25(texts: list[str], phrases: list[Phrase]) -> None:
    connection, index = filled(texts)
    total = len(texts)
    counts = [index._text.count(phrase, total, most=total) for phrase in phrases]
    if total <= full_text.EXACT or sum(counts) <= full_text.EXACT:
        by_column = sorted(phrases, key=lambda phrase: phrase.column)
        assert index.lexical(by_column, 10) == plain(connection, by_column, 10)
    connection.close()


@settings(deadline=None, max_examples=60)
@given(texts=TEXTS, phrases=PHRASES)
def test_beyond_the_bound_everything_found_holds_a_phrase(texts: list[str], phrases: list[Phrase]) -> None:
    connection, index = filled(texts)
    everything = dict(plain(connection, phrases, 99))
    found = index.lexical(phrases, 10)
    assert set(dict(found)) <= set(everything)
    assert len(found) == len(dict(found)) == min(10, len(everything))
    assert [score for _ref, score in found] == sorted((s for _r, s in found), reverse=True)
    connection.close()


def test_the_rare_word_leads_and_the_common_one_decides() -> None:
    texts = [f"cache fila {n}" for n in range(100)]
    texts[3], texts[7] = "raro termo", "raro cache"  # old, and the rare word's only ones
    _connection, index = filled(texts)
    phrases = [Phrase("stems", "cach"), Phrase("stems", "rar"), Phrase("words", "cache")]
    found = [ref for ref, _score in index.lexical(phrases, 10)]
    assert found[:2] == ["r007", "r003"]
    assert found[2:] == [f"r{n:03}" for n in range(99, 91, -1)]  # then the newest


def test_words_that_are_all_common_find_what_holds_them_all() -> None:
    texts = ["cache" if n % 2 else "fila" for n in range(100)]
    texts[90] = texts[96] = "cache fila"
    _connection, index = filled(texts)
    found = [ref for ref, _score in index.lexical([Phrase("stems", "cach"), Phrase("stems", "fil")], 5)]
    assert found[:2] == ["r096", "r090"]


def test_a_filter_that_leaves_too_few_is_given_more() -> None:
    texts = ["cache" for _n in range(150)]
    connection, index = filled(texts)
    connection.execute("update memory_item set kind = 'pattern' where ref in ('r060', 'r100')")
    found = index.lexical([Phrase("stems", "cach")], 5, kind="pattern")
    assert {ref for ref, _score in found} == {"r060", "r100"}  # neither among the newest 20


def test_counts_beyond_the_bound_are_estimated_and_holders_are_exact() -> None:
    texts = ["cache" if n % 2 else "fila raro" if n == 40 else "fila" for n in range(400)]
    _connection, index = filled(texts)
    total, held = index.holders(["cach", "rar", "nada"], ["r001", "r002", "r040", "r399"])
    assert total == 400
    assert held["cach"][0] == pytest.approx(200, rel=0.1)
    assert held["cach"][1] == {"r001", "r399"}
    assert held["rar"] == (1, {"r040"})
    assert held["nada"] == (0, set())
