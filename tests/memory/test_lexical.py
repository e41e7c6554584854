"""Words: accents optional, plural and singular one, two languages, and no text breaks FTS5."""

from __future__ import annotations

import unicodedata

import apsw
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestrator.lexical import STOP_WORDS, fold, parts, stem, stems, words
from orchestrator.memory.lexical import also, parse
from orchestrator.store.migrations import migrate


def plain(text: str) -> str:
    decomposed = unicodedata.normalize("NFD", text)
    return "".join(c for c in decomposed if not unicodedata.combining(c))


@pytest.mark.parametrize(
    "same",
    [
        ["solução", "soluções", "solucao", "SOLUÇÕES"],
        ["rápido", "rápida", "rapidas", "RAPIDOS"],
        ["latência", "latencias"],
        ["cache", "caches", "cached", "caching"],
        ["configuração", "configurar", "configurado", "configured"],
        ["otimização", "otimizações", "otimizado"],
    ],
)
def test_one_stem(same: list[str]) -> None:
    assert len({tuple(stems(word)) for word in same}) == 1


def test_different_words_keep_different_stems() -> None:
    assert len({tuple(stems(w)) for w in ("cache", "banco", "fila", "token", "senha", "rede")}) == 6


@given(st.text(alphabet="abcdeghilmnoprstuvçãõáéíóúâêôà ", max_size=60))
def test_accents_are_optional(text: str) -> None:
    assert stems(text) == stems(plain(text)) == stems(text.upper())


def test_identifiers_are_taken_apart_and_kept_whole() -> None:
    assert parts("RedisCache getHTTPResponse") == ["redis", "cache", "get", "httpresponse"]
    assert words("RedisCache src/auth_login.py") == ["rediscache", "src", "auth", "login", "py"]


@given(st.text(st.characters()))
def test_any_text_folds_to_storable_words(text: str) -> None:
    for word in (*words(text), *stems(text)):
        word.encode()
    fold(text).encode()


@pytest.fixture(scope="module")
def fts() -> apsw.Connection:
    connection = apsw.Connection(":memory:")
    migrate(connection)
    connection.execute("insert into memory_fts(rowid, stems, words) values (1, 'cach rap', 'cache rapido')")
    return connection


SYNTAX = st.sampled_from(
    ['"', "'", "(", ")", "*", "^", ":", "-", "+", "{", "}", ",", ";", "--", "\0", "\ud800"]
)
WORDS = st.sampled_from(
    ["AND", "OR", "NOT", "NEAR", "NEAR(", "stems", "words:", "rowid", "cache", "a.b/c_d", "deadbeef1"]
)


@settings(max_examples=400, deadline=None)
@given(text=st.one_of(st.text(st.characters()), st.lists(st.one_of(SYNTAX, WORDS)).map(" ".join)))
def test_no_question_breaks_the_syntax(fts: apsw.Connection, text: str) -> None:
    question = parse(text)
    for phrase in question.phrases:
        fts.execute("select rowid from memory_fts where memory_fts match ?", (phrase.match,)).fetchall()


def test_common_words_are_left_out_unless_there_are_no_others() -> None:
    assert list(parse("o cache que mais rápido").terms.values()) == ["cache", "rápido"]
    assert list(parse("quais são as filas em que podemos confiar, e onde estão?").terms.values()) == [
        "filas",
        "confiar",
    ]
    assert list(parse("de para").terms.values()) == ["de", "para"]
    assert all(word == fold(word) for word in STOP_WORDS)


@pytest.mark.parametrize(
    ("asked", "also_sought"),
    [
        ("filas", "kafka"),
        ("cópias", "backup"),
        ("cartões", "pix"),
        ("otimizei", "latência"),
        ("login", "jwt"),
    ],
)
def test_words_of_the_same_field_are_sought_too(asked: str, also_sought: str) -> None:
    assert stem(fold(also_sought)) in parse(asked).related


@pytest.mark.parametrize("other", ["a Copa do Brasil", "a rede da escola", "uma carta do cliente"])
def test_a_word_that_shares_a_short_stem_is_of_no_field(other: str) -> None:
    """They have the stems of cópia, Redis and cartão."""
    assert parse(other).related == {}


@pytest.mark.parametrize("text", ["", "   ", "?!…", '""', "\0", "()"])
def test_nothing_to_look_for(text: str) -> None:
    assert parse(text).phrases == ()


@pytest.mark.parametrize(
    ("text", "literals"),
    [
        ("veja src/auth/login.py por favor", ("src/auth/login.py",)),
        ("quebrou em deadbeef1", ("deadbeef1",)),
        ("ORCH-12 e i1-0a1b2c3d4e5f6071", ("orch-12", "i1-0a1b2c3d4e5f6071")),
        ("campo zona_localizacao da RedisCache", ("zona_localizacao", "rediscache")),
        ("pré-matrícula facade", ()),
    ],
)
def test_identifiers_are_recognised(text: str, literals: tuple[str, ...]) -> None:
    assert parse(text).literals == literals


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("Como evitar duplicidade na fila", True),
        ("fila parada, o que fazer?", True),
        ("Por que a nota foi rejeitada", True),
        ("QUAIS serviços usam Redis", True),
        ("how do we retry payments", True),
        ("evita duplicidade na fila", False),
        ("quando a nota é rejeitada a fila para", False),
        ("GET /pedidos?pagina=2", False),
        ("comodato de equipamentos", False),
        ("", False),
    ],
)
def test_a_question_is_told_from_words_that_name_something(text: str, asked: bool) -> None:
    assert parse(text).asked is asked


def test_a_very_long_question_is_bounded() -> None:
    question = parse(" ".join(f"termo{n}" for n in range(100_000)))
    assert len(question.terms) <= 64
    assert sum(len(phrase.match) for phrase in question.phrases) < 4_000


def test_a_related_word_is_named_once_however_it_is_written() -> None:
    assert also(parse("cache"), "Redis na frente\nredis, REDIS e memcached") == ("Redis", "memcached")
