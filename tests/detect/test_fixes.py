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


TITLE = "fix: paginação do relatório some"
LISTED = "- A fila travava na madrugada por causa do lock que ninguém soltava no fim de cada rodada\n"
CHANGES = f"{LISTED}- Cria a coluna de origem, agora usada pela tela de saldo, pela busca e pela exportação\n"


@pytest.mark.parametrize(
    "message",
    [
        f"{TITLE}\n\n{CHANGES}",  # the cause of one change and the cure of another
        f"{TITLE} (#12)\n\n* fix: fila\n\n{LISTED[2:]}\n\n* feat: saldo\n\n{CURE}",
        f"Corrige várias telas do relatório\n\nA paginação sumia por falta de um total. {CURE}",
        f"Correções diversas na paginação do relatório\n\nA paginação sumia por falta de um total. {CURE}",
    ],
)
def test_a_list_of_changes_is_no_fix_that_explains_itself(message: str) -> None:
    assert detect(build(message), "pt-BR") == ()


@pytest.mark.parametrize(
    "message",
    [
        f"{TITLE}\n\n- A paginação sumia por falta de um total; {CURE}\n- Ajusta o rodapé",
        f"{TITLE} (#12)\n\n* fix: relatório\n\nA paginação sumia por falta de um total. {CURE}\n\n* test: a",
        f"{TITLE}\n\nAs telas passaram a pedir o total; sem essa leitura a página travava. {CURE}",
        f"{TITLE}\n\nO processo quebra com OOM porque estoura o limite. {CURE}",
    ],
)
def test_an_item_or_a_commit_may_explain_itself(message: str) -> None:
    assert [c.detector for c in detect(build(message), "pt-BR")] == ["fixes"]


@pytest.mark.parametrize(
    ("first", "title"),
    [
        ("Fix/br relatorio paginas (#12)", "A paginação sumia por falta de um total"),
        ("Correção do issue https://forja.test/a/b/issues/125;", "A paginação sumia por falta de um total"),
        (
            "Corrige a paginação do relatório https://forja.test/a/b/issues/125",
            "Corrige a paginação do relatório",
        ),
    ],
)
def test_a_branch_or_an_address_is_no_title(first: str, title: str) -> None:
    (found,) = detect(
        build(f"{first}\n\nFixes #12: a página volta.\n\nA paginação sumia por falta de um total. {CURE}"),
        "pt-BR",
    )
    assert found.record.title.rstrip(".") == title


@pytest.mark.parametrize(
    "body",
    [
        CURE,  # a cure without its cause
        "O relatório está em função do mês e o total vem depois, em razão da ordem das linhas lidas.",
    ],
)
def test_half_of_an_explanation_is_none(body: str) -> None:
    assert detect(build(f"fix: paginação do relatório some\n\n{body}"), "pt-BR") == ()
