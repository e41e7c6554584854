"""People that the repository knows, as they are written about."""

from __future__ import annotations

import pytest

from orchestrator.model import Outcome
from orchestrator.validate import Policy

from .conftest import only, rules

POLICY = Policy(
    people=("Bruno Carvalho", "Diego Rabatone Oliveira", "Rosa Maria Lima", "Maria das Dores Silva", "Clara")
)


@pytest.mark.parametrize(
    "text",
    [
        "a pedido de Bruno Carvalho a fila mudou",
        "a pedido do Bruno a fila mudou",
        "Bruno found that gzip helps",
        "sugestão de @bruno.carvalho",
        "revisto por Diego Rabatone",
        "revisto por diego_oliveira",
        "revisto por Diego R. Oliveira",
        "revisto pelo D. Oliveira",
        "revisto pelo D. R. Oliveira",
        "Rosa mediu a fila",
        "a Maria Dores pediu",
        "a Clara revisou",
    ],
)
def test_known_people_are_redacted(text: str) -> None:
    assert rules(text, POLICY) == {"personal.name"}
    told = only(text, POLICY).redacted["gain"].lower()
    assert not any(
        name in told for name in ("bruno", "carvalho", "diego", "oliveira", "rosa", "maria", "clara")
    )


@pytest.mark.parametrize(
    "text",
    [
        "Rosa dos ventos: o gráfico carrega em 200 ms",
        "o rosa do botão e a clara separação",
        "Bruno e Rosa como palavras",
        "a lima e o carvalho do teste",
        "o D. Souza e a M. Lima",
    ],
)
def test_words_that_are_also_names_pass(text: str) -> None:
    assert only(text, POLICY).outcome is Outcome.ALLOW
