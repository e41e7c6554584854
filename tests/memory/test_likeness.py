"""The gate of words. Sentences of our own; figures on real commits: benchmarks/twins.py."""

from __future__ import annotations

import pytest

from orchestrator.memory.likeness import same_words, told

SAID = "Índice parcial na tabela de pedidos esvaziou a fila lenta do faturamento"


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (SAID, "O índice parcial na tabela de pedidos esvaziou a fila lenta do faturamento noturno", True),
        (SAID, "INDICE PARCIAL na tabela de pedidos: esvaziou a fila lenta do faturamento (#412)", True),
        (SAID, "Cache guarda a lista de filiais por dez minutos", False),
        (f"{SAID} de 200 para 20", f"{SAID} de 300 para 20", False),  # another figure, another learning
        (f"{SAID} 3", f"{SAID} 4", False),
        ("Emite o atestado com os pais da ficha", "Emite o boletim com os pais da ficha", False),
        ("Fix timeout", "Fix timeout", False),  # says nothing
        (
            "Retry the export after a lost connection",
            "Retry the export after a lost connection, and log it",
            True,
        ),
        ("Trace otelsql queries with their comments", "Trace psycopg2 queries with their comments", False),
    ],
)
def test_same_words(one: str, other: str, same: bool) -> None:
    a, b = told(one, one), told(other, other)
    assert same_words(a, b) is same_words(b, a) is same


def test_the_longer_text_may_say_more() -> None:
    long = f"{SAID}.\n\nA consulta lia a tabela inteira a cada minuto, e o banco parava às seis da tarde."
    assert same_words(told(SAID, SAID), told("Fila do faturamento", long))


def test_numbers_of_issues_and_addresses_say_nothing() -> None:
    a, b = f"{SAID} grupo/loja#12", f"{SAID} https://exemplo.test/13"
    assert same_words(told(a, a), told(b, b))
