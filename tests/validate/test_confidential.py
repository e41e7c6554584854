from __future__ import annotations

import pytest

from orchestrator.model import Outcome
from orchestrator.validate import Policy

from .conftest import only, rules

POLICY = Policy(
    company="empresa-a",
    terms=("Projeto Águia", "Águia", "ACME", "Cliente Zeta-9"),
    companies=("empresa-b", "Beta Saúde"),
    foreign_terms=("Operação Lince",),
)


@pytest.mark.parametrize(
    "text",
    [
        "o Projeto Águia atrasou",
        "projeto-aguia",
        "PROJETO_AGUIA",
        "projetoAguia",
        "ProjetoAguiaService",
        "proj-aguia",
        "proj. águia",
        "Pr0j3t0 Águi4",
        "á g u i a",
        "Á\u200bguia",
        "A\u0301guia",
        "Ａｇｕｉａ",
        "аguiа",
        "a.g.u.i.a",
        "acme/api",
        "@cme",
        "cliente zeta 9",
    ],
)
def test_a_term_is_found_however_it_is_written(text: str) -> None:
    verdict = only(text, POLICY)
    assert verdict.outcome is Outcome.REDACT
    assert {f.rule for f in verdict.findings} == {"confidential.term"}
    assert "[confidencial]" in verdict.redacted["gain"]


@pytest.mark.parametrize(
    "text", ["a guia do projeto", "Aguiar", "acmes", "pacme", "águias", "zeta 9", "o projeto"]
)
def test_other_words_pass(text: str) -> None:
    assert only(text, POLICY).outcome is Outcome.ALLOW


def test_own_name_says_the_origin_and_passes() -> None:
    assert only("[empresa-a] Solução: cache", POLICY).outcome is Outcome.ALLOW


def test_other_companies_ask_a_person() -> None:
    for text in ("a empresa-b também usa", "na Beta Saúde", "EMPRESA_B"):
        verdict = only(text, POLICY)
        assert verdict.outcome is Outcome.REVIEW
        assert "[empresa]" in verdict.redacted["gain"]
    assert rules("na operacao lince", POLICY) == {"confidential.other-company-term"}


def test_a_short_term_is_matched_letter_for_letter() -> None:
    policy = Policy(terms=("SI",))
    assert only("o SI caiu", policy).outcome is Outcome.REDACT
    assert only("sl e 51 e s-i", policy).outcome is Outcome.ALLOW


def test_a_term_of_punctuation_only_is_no_term() -> None:
    assert only("a --- b", Policy(terms=("---", "!!"))).outcome is Outcome.ALLOW


def test_digits_border_on_digits() -> None:
    policy = Policy(terms=("4321",))
    assert only("lote 4321 ok", policy).outcome is Outcome.REDACT
    assert only("lote 543219", policy).outcome is Outcome.ALLOW


def test_a_key_of_a_companys_own_issues_leads_nobody_anywhere() -> None:
    policy = Policy(projects=("AUP", "BET"))
    assert only("o ticket AUP-1234 e bet-7 ensinaram", policy).redacted["gain"] == (
        "o ticket [confidencial] e [confidencial] ensinaram"
    )
    assert rules("UTF-8, SHA-256, ORCH-12, XAUP-1, AUP-1x e AUP", policy) == set()
