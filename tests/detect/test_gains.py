"""Gains: which commit of a squash tells one, and that its sentence stands where it is reviewed."""

from __future__ import annotations

import pytest

from orchestrator.detect import detect
from orchestrator.model import Candidate
from tests.detect.conftest import build


def gains(message: str) -> list[Candidate]:
    return [c for c in detect(build(message), "pt-BR", minimum=0.0) if c.detector == "gains"]


def test_a_squashed_commit_is_judged_and_told_by_its_own_title() -> None:
    message = (
        "[Data] Cadastro Ambiental (#1820)\n\n* feat: cria as tabelas do cadastro\n\nNove tabelas.\n\n"
        "* perf: um processo por faixa na limpeza\n\nA limpeza cai de 40 min para 5 min por estado."
    )
    (found,) = gains(message)
    assert found.record.title == "Um processo por faixa na limpeza"
    assert found.record.content == f"{found.record.title}\n\nA limpeza cai de 40 min para 5 min por estado."


def test_the_type_of_the_squash_is_not_that_of_a_commit_which_has_its_own() -> None:
    squash = "perf: leitura\n\n* {kind}: troca a faixa\n\nABC vai de 20 ms para 5 ms.\n\n* docs: explica"
    assert gains(squash.format(kind="feat")) == []
    assert len(gains(squash.format(kind="perf"))) == 1


def test_a_changed_budget_is_no_gain() -> None:
    budget = "fix: drop the per-chunk byte budget 256->96 MB so the working set of memory stays bounded"
    assert gains(budget) == gains(f"Cadastro\n\n* feat: x\n\ny\n\n* {budget}") == []


def test_the_sentence_of_the_claim_is_in_the_content_of_a_long_message() -> None:
    claim = "A busca ficou 40% mais rápida."
    (found,) = gains("perf: índice parcial na busca\n\n" + "Palavras antes. \n" * 5 + "x" * 1_900 + "\n\n"
                     + "y" * 1_900 + "\n\n" + "z" * 900 + "\n\n" + claim)  # fmt: skip
    assert claim in found.record.content
    assert len(found.record.content) <= 4_000


@pytest.mark.parametrize(
    ("message", "gain"),
    [
        ("Reduz o tamanho da imagem em 300 MB", "Reduz o tamanho da imagem em 300 MB"),
        ("docker: fewer layers cut down image size by ~300mb", "cut down image size by ~300mb"),
        ("Perfil lê tudo de uma vez\n\nThis increases performance by ~30% on profiles.", "30%"),
    ],
)
def test_bytes_that_went_and_performance_that_rose_are_gains(message: str, gain: str) -> None:
    (found,) = gains(message)
    assert gain in found.record.gain


def test_an_amount_of_bytes_that_is_set_is_no_gain() -> None:
    for message in (
        "Reduz o limite de upload em 300 MB",
        "Aumenta a memória do worker em 300 MB",
        "Lê em 2 GB",
    ):
        assert gains(message) == []


@pytest.mark.parametrize(
    "message",
    [
        "feat: pools\n\nExpected improvements:\n- write latency: 60-80% reduction\n- queries 3-5x faster",
        "feat: discos\n\nSpeedup esperado nas queries: 4-7x mais rápido com o cache do host.",
        "Reduz tamanho dos batches enviados ao índice em 50%\n\nReduz query size de 100 para 50 em consultas",
        "feat: agenda\n\nexecution_timeout reduzido de 15 para 10 min, sempre por tarefa agendada na grade.",
        "chore: regras\n\nReduz o texto sempre lido de ~5KB para ~1KB, com as regras em dois arquivos.",
        "feat: filtro\n\nAltera step do slider de duração da busca por radar de 5 para 1 min.",
    ],
)
def test_what_is_expected_or_set_is_no_gain(message: str) -> None:
    assert gains(message) == []


def test_below_the_next_heading_gains_are_told_and_a_range_is_quoted_whole() -> None:
    plan = (
        "feat: pools\n\nExpected:\n- fewer errors\n\nMeasured on staging:\n- write latency: 60-80% less time"
    )
    (found,) = gains(plan)
    assert "60-80%" in found.record.gain
