"""The ways in which people tell a cause and a cure in Portuguese, and what only looks like one."""

from __future__ import annotations

import pytest

from orchestrator.detect import detect
from tests.detect.conftest import build

CURE = "Agora o laço lê o total antes de montar as páginas e guarda o resultado no fim de cada uma delas."


@pytest.mark.parametrize(
    "cause",
    [
        "A paginação não saía em função da condição do laço.",
        "A paginação não saía em razão do laço.",
        "A paginação sumiu por falta de um total.",
        "A paginação não saía pois o total vinha vazio.",
        "A paginação sumiu devido ao total vazio.",
        "O motivo foi o total vazio.",
        "Faltava o total na resposta.",
        "A tela travava na segunda página.",
        "A segunda página dava erro.",
        "Regressão introduzida por uma mudança do laço.",
    ],
)
def test_a_cause_and_a_cure(cause: str) -> None:
    (found,) = detect(build(f"fix: paginação do relatório some\n\n{cause} {CURE}"), "pt-BR")
    assert found.detector == "fixes"


def test_a_cure_in_the_first_person() -> None:
    body = (
        "O total vinha vazio e por falta de um limite o laço não acabava. Troquei o laço por uma consulta, "
        "e o relatório inteiro sai em uma página."
    )
    (found,) = detect(build(f"fix: paginação do relatório some\n\n{body}"), "pt-BR")
    assert found.detector == "fixes"


@pytest.mark.parametrize(
    "body",
    [
        CURE,  # a cure without its cause
        "O relatório está em função do mês e o total vem depois, em razão da ordem das linhas lidas.",
    ],
)
def test_half_of_an_explanation_is_none(body: str) -> None:
    assert detect(build(f"fix: paginação do relatório some\n\n{body}"), "pt-BR") == ()
