"""Measured claims: what counts, and what only looks like one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.detect.claims import QUOTE_LIMIT, find_claim


@pytest.mark.parametrize(
    ("sentence", "quote"),
    [
        ("O painel abre de 3,5 s para 900 ms, mais rápido", "de 3,5 s para 900 ms"),
        ("Memory of the worker drops from 1.5 GB to 900 MB", "from 1.5 GB to 900 MB"),
        ("cuts walltime by 2.5x and CPU by 2x", "cuts walltime by 2.5x"),
        ("Requests are two times faster now", "two times faster"),
        ("vazão sobe de 100 rps para 250 rps", "de 100 rps para 250 rps"),
        ("Tempo de resposta caiu um terço", "caiu um terço"),
        ("3.93 ± 0.05 times faster than git-receive-pack", "3.93 ± 0.05 times faster"),
        ("A geração do boletim levava 2 horas, agora leva 5 minutos", "levava 2 horas, agora leva 5 minutos"),
        ("The import took 2 hours and now takes 5 minutes", "took 2 hours and now takes 5 minutes"),
        ("A busca foi de 900 ms a 120 ms", "de 900 ms a 120 ms"),
        ("O boletim abre em 1 segundo em vez de 8", "em 1 segundo em vez de 8"),
        ("Uso de CPU de 80% para 20%", "de 80% para 20%"),
        ("Cálculo do ICMS 40% mais rápido", "40% mais rápido"),
        ("1,40±0,02 vezes mais rápido que antes", "1,40±0,02 vezes mais rápido"),
    ],
)
def test_quoted_as_written(sentence: str, quote: str) -> None:
    claim = find_claim(sentence)
    assert claim is not None
    assert claim.quote == quote


@pytest.mark.parametrize(
    "sentence",
    [
        "Reduce the retry delay of the cache from 500ms to 100ms",
        "Response time got worse, from 20ms to 200ms",
        "Throughput fell from 900 rps to 100 rps",
        "Cut the memory limit by 50%",
        "Melhora a cobertura de testes em 20% do tempo",
        "Reduz o desconto em 10% no tempo da promoção",
        "Build time from 30s to 200 MB",
        "Improves the latency by 0%",
        "A 4x increase in batch size, decided at build time",
        "This would make requests 50% faster",
        "Não deixou a busca 50% mais rápida",
        "50% of the requests come from the cache",
        "Page size from 10 to 20",
        "1.00 ± 0.02 times faster than HEAD~",  # hyperfine: no difference
        "1.03 ± 0.04 times faster than HEAD~",
    ],
)
def test_no_claim(sentence: str) -> None:
    assert find_claim(sentence) is None


@pytest.mark.parametrize("performance", [False, True])
@pytest.mark.parametrize(
    "sentence",
    [
        "ICMS reduz de 18% para 12%",
        "PIS reduz 10% na carga",
        "Carga horária reduzida de 4 horas para 2 horas",
        "Duração da aula de 50 minutos para 45 minutos",
        "Memória de cálculo: de 10% para 8%",
        "Tamanho do campo de 255 para 100 bytes",
        "Memory: range budget 256->96 MB",
        "Reduce chunk size by 50% to lower memory",
        "Tenta de novo em 5 segundos em vez de 30",
    ],
)
def test_laws_timetables_and_settings_are_no_gain(sentence: str, performance: bool) -> None:
    assert find_claim(sentence, performance=performance) is None


def test_two_measures_need_a_word_of_performance_or_the_type() -> None:
    assert find_claim("ABC moves from 20 ms to 5 ms") is None
    assert find_claim("ABC moves from 20 ms to 5 ms", performance=True) is not None


@given(st.text(max_size=80), st.text(max_size=80))
def test_a_quote_is_part_of_the_sentence(before: str, after: str) -> None:
    sentence = f"{before} 50% mais rápido {after}"
    claim = find_claim(sentence)
    assert claim is None or (claim.quote in sentence and len(claim.quote) <= QUOTE_LIMIT)
