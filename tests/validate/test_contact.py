from __future__ import annotations

import time

import pytest

from orchestrator.model import Outcome
from orchestrator.validate import Policy, streets

from .conftest import kinds, only


@pytest.mark.parametrize(
    "text",
    [
        "fale com joana.prado@acme.com.br hoje",
        "<mailto:joana+loja@acme.io>",
        "joão.álvares@acme.com.br",
        "1234+joana@users.noreply.github.com",
        "joana@acme.com-Financeiro",
        "joana@acme.com_antigo",
        "joana (arroba) acme (ponto) com",
        "joana [at] acme.com.br",
    ],
)
def test_addresses_are_redacted(text: str) -> None:
    verdict = only(text)
    assert verdict.outcome is Outcome.REDACT
    assert "joana" not in verdict.redacted["gain"]


@pytest.mark.parametrize(
    "text",
    [
        "git@github.com:org/repo.git",
        "noreply@github.com",
        "user@example.com e alguem@exemplo.com.br",
        "icone@2x.png",
        "getty@tty1.service",
        "actions/checkout@v4.1.2",
        "@app.route e @media",
        "react@18.2.0 e lodash@4.17.x",
    ],
)
def test_what_only_looks_like_an_address_passes(text: str) -> None:
    assert only(text).outcome is Outcome.ALLOW


@pytest.mark.parametrize(
    "text",
    [
        "(11) 98765-4321",
        "ligue +55 11 98765-4321 agora",
        "+5511987654321",
        "11 98765-4321",
        "(021) 3456-7890",
        "telefone: 3456-7890",
        "whatsapp 11987654321",
        "call +1 415 555 2671",
    ],
)
def test_telephones_are_redacted(text: str) -> None:
    verdict = only(text)
    assert "phone" in {f.kind for f in verdict.findings}
    assert "[telefone]" in verdict.redacted["gain"]


@pytest.mark.parametrize(
    "text",
    [
        "2019-2020 e 2021-2022",
        "porta 8080 e 5432",
        "-12345 +67890",
        "10 20000-3000",
        "+0300",
        "(00) 98765-4321",
    ],
)
def test_other_numbers_are_no_telephones(text: str) -> None:
    assert only(text).outcome is Outcome.ALLOW


def test_letters_behind_a_street_take_no_more_time_than_their_number() -> None:
    start = time.process_time()
    assert list(streets.check(("RUA " + "D" * 70 + "\n") * 3, Policy())) == []
    assert time.process_time() - start < 0.5


def test_streets_with_a_number_or_a_postal_code() -> None:
    assert kinds("mora na Rua das Flores, 123") == {"address"}
    assert kinds("Av. Paulista, 1578, Bela Vista, São Paulo, 01310-200") == {"address"}
    assert kinds("o CEP 01310-200 não abre na rua de cima") == set()
    assert kinds("a rua sem saída do algoritmo, passo 3") == set()


PEOPLE = ("Joana Prado de Souza", "joana@example.com", "Rosa", "dependabot[bot]", "root", "Li Wu", "clara")


@pytest.mark.parametrize(
    "text",
    [
        "a Joana Prado de Souza pediu",
        "JOANA SOUZA pediu",
        "joana.souza fez",
        "obrigado, Rosa!",
        "escreva a joana@example.com",
        "Li Wu revisou",
        "a Clara sugeriu",
    ],
)
def test_known_people_are_redacted(text: str) -> None:
    verdict = only(text, Policy(people=PEOPLE))
    assert verdict.outcome is Outcome.REDACT


@pytest.mark.parametrize(
    "text",
    [
        "Joana veio",
        "uma rosa vermelha",
        "a mensagem ficou clara",
        "dependabot atualizou",
        "o root do sistema",
        "Joana Pradosa de Souza",
    ],
)
def test_other_words_are_no_people(text: str) -> None:
    assert only(text, Policy(people=PEOPLE)).outcome is Outcome.ALLOW
