"""What was withdrawn, superseded or refused is told as that, and is not what was never shared."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.flow.group import GroupRepository
from tests.flow.test_documents_blocked import place_for_documents

SAID = "fix: {n}\n\nSolução: o índice parcial na fila {n} derrubou a espera do fechamento"


def titled(group: GroupRepository, word: str) -> str:
    (found,) = [i["id"] for i in group.insights("empresa-a", "--all") if word in i["record"]["title"]]
    return str(found)


@pytest.fixture
def own(group: GroupRepository) -> GroupRepository:
    """Of three learnings one is shared, one refused, one waits; all lie in the company's own memory."""
    place_for_documents(group)
    for n in ("noturna", "manual", "fiscal"):
        group.commit(SAID.format(n=n), {f"empresas/a/{n}.py": n})
    group.orch("review", "--approve", titled(group, "noturna"))
    group.orch("review", "--refuse", titled(group, "manual"))
    group.orch("push")
    return group


def test_all_is_what_was_shared_and_says_what_is_the_companys_own(own: GroupRepository) -> None:
    done = own.orch("withdraw", "--company", "empresa-a", "--all")
    assert done.out.startswith("1 aprendizado retirado; o próximo `orch push` recolhe 4 objetos, 1 deles")
    assert {i["record"]["title"].split()[5] for i in own.insights()} == {"manual", "fiscal"}
    pushed = {r["remote"]: r for r in own.orch("push", "-c", "empresa-a", "--json").data["empresa-a"]}
    assert pushed["company.memory"]["counts"]["retract"] == 1


def test_where_all_was_withdrawn_nobody_says_that_nothing_was_learnt(group: GroupRepository) -> None:
    group.commit(SAID.format(n="noturna"))
    group.orch("review", "--approve-all")
    group.orch("withdraw", "--company", "empresa-a", "--all")
    status, log = group.orch("status", "--company", "empresa-a"), group.orch("log", "--company", "empresa-a")
    for said in (status.out, log.err):
        assert "1 retirado ou substituído" in said
        assert "nenhum conta" not in said and "não conta" not in said and "nada aprendido" not in said
    assert log.err.count("orch log --all") == 1


def test_a_log_of_everything_says_what_each_is(own: GroupRepository) -> None:
    other = own.commit(SAID.format(n="semanal"), {"empresas/a/s.py": "s"})
    own.orch("drain")
    own.commit(f"fix: outra\n\nSolução: a réplica de leitura atende o fechamento\nSupersedes: {other}")
    own.orch("withdraw", titled(own, "noturna"))
    lines = {line.split("fila ")[-1].split()[0]: line for line in own.orch("log", "--all").out.splitlines()}
    assert lines["noturna"].startswith("✗") and lines["noturna"].endswith("(retirado)")
    assert lines["manual"].startswith("✗") and lines["manual"].endswith("(recusado)")
    assert lines["semanal"].startswith("–") and lines["semanal"].endswith("(substituído)")
    assert lines["fiscal"].startswith("·")
    legend = own.orch("log", "--help").out
    assert all(sign in legend for sign in "✓·✗!–≈")


def test_a_report_counts_as_shared_what_lies_with_the_group(own: GroupRepository, tmp_path: Path) -> None:
    path = tmp_path / "painel.html"
    told = own.orch("report", "-c", "empresa-a", "-o", str(path), "--json").data["report"]
    assert {x["title"] for x in told["shared"]} == {
        "o índice parcial na fila noturna derrubou a espera do fechamento"
    }
    assert len(told["shared"]) == 3
