"""Decisions and guides."""

from __future__ import annotations

import pytest

from orchestrator.detect import detect, wants_text
from orchestrator.model import Candidate, Kind
from tests.detect.conftest import build

ADR = """# 12. Usar filas para o faturamento

Status: aceito

## Contexto

O faturamento trava quando o banco fica lento, e o cliente espera na tela até o fim de tudo.

## Decisão

O pedido entra em uma **fila** e o faturamento o processa [depois](../x.md), sem que o cliente espere.
"""


def found(path: str, before: str | None, after: str | None, **kwargs: object) -> list[Candidate]:
    return list(detect(build("docs", {path: (before, after)}, **kwargs), "pt-BR"))  # type: ignore[arg-type]


def test_a_decision() -> None:
    (one,) = found("docs/adr/0012-filas.md", None, ADR)
    assert (one.record.kind, one.record.title) == (Kind.INSIGHT, "Usar filas para o faturamento")
    assert one.record.content == (
        "Usar filas para o faturamento\n\n"
        "O pedido entra em uma fila e o faturamento o processa depois, sem que o cliente espere."
    )
    assert one.topic == "document docs adr 0012 filas md"


def test_a_guide_is_a_best_practice() -> None:
    text = "---\ntitle: Guia de testes\n---\n\nCada teste prepara os próprios dados e limpa o que deixou.\n"
    (one,) = found("docs/guia-testes.md", None, text)
    assert (one.record.kind, one.record.title) == (Kind.BEST_PRACTICE, "Guia de testes")


def test_an_edit_counts_when_it_says_something_new() -> None:
    path = "docs/adr/0012-filas.md"
    assert found(path, ADR, ADR.replace("trava", "para")) == []
    (one,) = found(path, ADR, ADR.replace("O pedido entra", "O pedido pago entra"))
    assert "pedido pago" in one.record.content
    assert one.topic == found(path, None, ADR)[0].topic


@pytest.mark.parametrize("status", ["rejeitado", "Superseded by ADR-20", "draft"])
def test_dead_decisions_are_none(status: str) -> None:
    assert found("docs/adr/0012-filas.md", None, ADR.replace("aceito", status)) == []
    assert (
        found("docs/adr/0012-filas.md", None, ADR.replace("Status: aceito", f"## Status\n\n{status}")) == []
    )


def test_stubs_bots_deletions_and_mass_changes_are_none() -> None:
    path = "docs/adr/0012-filas.md"
    assert found(path, None, "# Título\n\n## Decisão\n\nA definir\n") == []
    assert found(path, ADR, None) == []
    assert found(path, None, ADR, author="github-actions[bot]") == []
    assert detect(build("import", {f"docs/adr/000{i}-a.md": (None, ADR) for i in range(6)}), "en") == ()


def test_a_long_guide_is_cut_behind_a_sentence() -> None:
    sentence = "Cada serviço responde pela própria fila e mede o tempo de cada mensagem. "
    (one,) = found("docs/guia-filas.md", None, "# Guia de filas\n\n" + sentence * 60)
    assert len(one.record.content) <= 1_600
    assert one.record.content.endswith("mensagem. …")


@pytest.mark.parametrize(
    ("path", "wanted"),
    [
        ("docs/adr/0001-a.md", True),
        ("doc/architecture/decisions/12-b.md", True),
        ("rfcs/0003-c.md", True),
        ("docs/runbooks/fila.md", True),
        ("docs/times/guia-de-revisao.md", True),
        ("docs/boas-praticas.md", True),
        ("README.md", False),
        ("docs/adr/README.md", False),
        ("docs/adr/template.md", False),
        ("src/guide.py", False),
        ("docs/manual.md", False),
        ("vendor/x/docs/guide.md", False),
        ("a/package.json", True),
        ("a/b.lock", False),
        ("requirements-dev.txt", False),
        ("requirements/base.txt", True),
        ("docker-compose.prod.yml", True),
    ],
)
def test_wants_text(path: str, wanted: bool) -> None:
    assert wants_text(path) is wanted
