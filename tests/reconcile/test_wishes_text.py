"""The text of issues and pages."""

from __future__ import annotations

import pytest

from orchestrator.entries import body_text
from orchestrator.model import Insight, Kind, Record


def body(title: str, content: str) -> str:
    record = Record(Kind.SOLUTION, title, content)
    insight = Insight("0" * 32, "empresa-a", record, 1.0, (), (), "anchor")
    return body_text(insight, record, "pt-BR").partition("Origem: empresa-a\n\n")[2]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("Índice parcial na fila", "Índice parcial na fila"),
        ("Índice parcial na fila\n\nA espera caiu.", "A espera caiu."),
        ("Índice parcial na fila. Todos os clientes esperam menos.",) * 2,
        ("Índice parcial na filatura",) * 2,
        ("Outro texto",) * 2,
    ],
)
def test_the_title_is_not_said_twice_and_no_sentence_is_cut(content: str, told: str) -> None:
    assert body("Índice parcial na fila", content) == told
