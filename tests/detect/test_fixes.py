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
        "Causa: o total vinha vazio.",
        "Cause: an empty total.",
        "Motivo: o total vinha vazio.",
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


ALSO_TOLD = {
    # the first line tells the cure
    "fix: decode the secret of the connection": "The address holds encoded signs in the secret key, and the "
    "client sends them as they are, causing a signature mismatch at each request to the queue.",
    "fix(rota): remove o prefixo da coleta": "Todas as outras rotas usam caminhos sem o prefixo, que o proxy "
    "tira antes de encaminhar, então a coleta nunca era alcançada por quem chama de fora.",
    "fix: lê a porta do ambiente": "The cluster injects another port but the server was reading its "
    "own name of it, so that the probes of the pod went nowhere at all.",
    "fix: lê o nome novo da porta": "O cluster injeta outra porta, mas o servidor estava lendo o nome antigo "
    "dela, e as sondas do pod nunca chegavam lá.",
    # the imperfect tells what went wrong
    "Corrige a carga das datas dos artigos": "Ao tentar atribuir as datas, o programa tentava ler um objeto "
    "vazio e por fim lançava um erro. Este commit adiciona uma checagem nos pontos necessários.",
    # no word of a fix, but a failure, its cause and its cure
    "ci: troca a action pelo comando direto": "A action não exportava a imagem para o daemon local, causando "
    "falha 125 no teste. Usando o comando sem a plataforma, a imagem chega nas duas arquiteturas.",
    "Treat rejected webhooks as failures": "The relay answers 422 when it rejects a delivery, which "
    "the handler "
    "did not count, and broken addresses were called for ever. It now counts them instead.",
    # cause and cure stand apart, and the first line tells the cure too
    "fix: trata notas vazias no envio": "- Adiciona verificação no envio de notas\n- Inclui "
    "testes\n\nEste fix "
    "previne o erro de número inválido que ocorria quando notas vazias eram enviadas para a API.",
}


@pytest.mark.parametrize("first", ALSO_TOLD)
def test_what_people_also_tell_is_heard(first: str) -> None:
    (found,) = detect(build(f"{first}\n\n{ALSO_TOLD[first]}"), "pt-BR")
    assert found.detector == "fixes"


PAGES = (
    "A tela travava com erro porque a lista vinha inteira. Agora vem uma página por vez, com o total no fim."
)
NOT_TOLD = {
    "feat: fila de envio": PAGES,
    "Adiciona a fila de envio": PAGES,
    "Muda o aviso da tela": "Quando o envio falha aparece um aviso novo para quem está na tela, com "
    "o botão que "
    "remove o pedido da fila e outro que o mantém.",
    "fix(tests): wait for the table": "The check was failing because the table was read before it "
    "was there. Now "
    "it waits for the table, ten seconds at most.",
    "refact(proc): corrige nomes": "Renomeia os métodos, pois os nomes diziam outra coisa para quem chegava "
    "agora ao projeto, e altera as telas que usam os nomes antigos.",
    "Muda a tela de envio (#12)": f"* ci: fila\n\nRoda a fila em um processo só.\n\n* tela\n\n{PAGES}",
}


@pytest.mark.parametrize("first", NOT_TOLD)
def test_a_feature_a_test_and_a_failure_without_a_cause_are_none(first: str) -> None:
    found = detect(build(f"{first}\n\n{NOT_TOLD[first]}"), "pt-BR")
    assert [c for c in found if c.detector == "fixes"] == []


def test_a_failure_that_is_explained_is_a_fix() -> None:
    (found,) = detect(build(f"Muda a tela de envio\n\n{PAGES}"), "pt-BR")
    assert found.detector == "fixes"
