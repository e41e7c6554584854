"""The gate of words. Sentences of our own; figures on real commits: benchmarks/twins.py."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

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


CONTRARY = [
    (
        "aumentar o pool de conexões de 10 para 20 eliminou os timeouts",
        "aumentar o pool de conexões de 20 para 10 eliminou os timeouts",
    ),
    (
        "migrar do MySQL para o Postgres resolveu a trava na fila",
        "migrar do Postgres para o MySQL resolveu a trava na fila",
    ),
    (
        "trocar Kafka por RabbitMQ reduziu a espera da fila",
        "trocar RabbitMQ por Kafka reduziu a espera da fila",
    ),
    (
        "trocar kafka por rabbitmq reduziu a espera da fila",
        "trocar rabbitmq por kafka reduziu a espera da fila",
    ),
    (
        "gravar no banco antes da fila evita a perda",
        "gravar na fila antes do banco evita a perda",
    ),
    (
        "o serviço A chama o serviço B pela fila",
        "o serviço B chama o serviço A pela fila",
    ),
    (
        "índice em (cliente, data) acelera a consulta de pedidos",
        "índice em (data, cliente) acelera a consulta de pedidos",
    ),
    (
        "cache no cliente em vez do servidor deixou a tela leve",
        "cache no servidor em vez do cliente deixou a tela leve",
    ),
    (
        "aumentar o pool de conexões eliminou os timeouts no checkout",
        "SEM aumentar o pool de conexões eliminou os timeouts no checkout",
    ),
    (
        "indexar a coluna data deixou a consulta rápida",
        "sem indexar a coluna data deixou a consulta rápida",
    ),
    (
        "retry the export with backoff after a lost connection",
        "retry the export, not with backoff, after a lost connection",
    ),
    (
        "emissão de notas do estado de SP ficou rápida com lotes",
        "emissão de notas do estado de RJ ficou rápida com lotes",
    ),
    (
        "reescrever o serviço de cobrança em Go reduziu a memória",
        "reescrever o serviço de cobrança em C reduziu a memória",
    ),
    (
        "encerrar o TLS no DB deixou a rede mais leve",
        "encerrar o TLS no UI deixou a rede mais leve",
    ),
    (
        "validar o XML da NF antes do envio evita rejeição",
        "validar o XML da CT antes do envio evita rejeição",
    ),
    (
        "o job de RH roda de madrugada e alivia a fila",
        "o job de TI roda de madrugada e alivia a fila",
    ),
    (
        "encerrar o TLS no LB deixou a rede mais leve",
        "encerrar o TLS no DB deixou a rede mais leve",
    ),
    (
        "usar cache na tela de saldo evita valor errado",
        "não usar cache na tela de saldo evita valor errado",
    ),
    (
        "usar cache na tela de saldo evita valor errado",
        "NÃO usar cache na tela de saldo evita valor errado",
    ),
    (
        "a fila resolve a perda de pedidos do faturamento",
        "nem sempre a fila resolve a perda de pedidos do faturamento",
    ),
    (
        "usar a fila de pedidos no faturamento noturno",
        "deixar de usar a fila de pedidos no faturamento noturno",
    ),
    (
        "retries on the export avoid lost orders at night",
        "without retries on the export avoid lost orders at night",
    ),
    (
        "lote de 100 pedidos foi melhor que 500 na carga noturna",
        "lote de 500 pedidos foi melhor que 100 na carga noturna",
    ),
    (
        "Postgres mais rápido que MySQL na consulta de pedidos",
        "MySQL mais rápido que Postgres na consulta de pedidos",
    ),
    (
        "a leitura vem da réplica e a escrita do primário na fila",
        "a escrita vem da réplica e a leitura do primário na fila",
    ),
    (
        "There is no cache on the balance screen of orders",
        "There is cache on the balance screen of orders",
    ),
    (
        "subir o gateway antes do banco principal evita a queda dos pedidos da loja",
        "subir o banco principal antes do gateway evita a queda dos pedidos da loja",
    ),
]


@pytest.mark.parametrize(("one", "other"), CONTRARY)
def test_what_is_contrary_is_not_the_same(one: str, other: str) -> None:
    """Numbers, names, places exchanged; a denial; another short name. Each pair has the same stems."""
    a, b = told(one, one), told(other, other)
    assert not same_words(a, b) and not same_words(b, a)
    assert same_words(a, told(one.upper(), one)) and same_words(b, told(other, f"{other}, e mais nada"))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (
            "usar COPY em vez de INSERT deixou a carga leve",
            "Usar copy em vez de insert deixou a carga leve!!",
        ),
        (f"Fila leve: {SAID}", f"{SAID}. Fila leve, sem a espera de antes"),
        (f"{SAID}\n\nNão usava índice.", f"{SAID}\n\nA tabela não usava índice parcial algum."),
        (f"{SAID} de 30 s para 2 s", f"{SAID} noturno de 30 s para 2 s, e de 2 para 1 aos domingos"),
    ],
)
def test_a_denial_or_an_order_elsewhere_makes_no_contrary(one: str, other: str) -> None:
    assert same_words(told(one.partition("\n")[0], one), told(other.partition("\n")[0], other))


@given(st.lists(st.sampled_from([*SAID.split(), "10", "sem", "Kafka"]) | st.text(max_size=4), max_size=20))
@example(["fila", "\uff9e", "\uff9f", "1\uff9e", "sem", "\uff9e", *SAID.split()])
def test_any_text_can_be_compared(said: list[str]) -> None:
    """What can be committed is compared: a text that cannot would stop the company for good."""
    text = " ".join(said)
    one = told(text[:40], text)
    for other in (told(text, text), told(text[::-1], text[::-1]), told(SAID, f"{text} e mais nada")):
        assert same_words(one, other) is same_words(other, one)
