"""A configuration that asks less shares what is captured from then on, not what waited for a person."""

from __future__ import annotations

import io
import re

import pytest

from orchestrator.app.workspace import Workspace
from orchestrator.config.modes import MODES
from tests.flow.group import GroupRepository

WAITED = "perf: a\n\nSolução: Redis na frente do catálogo reduziu a espera pela metade"
LATER = "perf: b\n\nSolução: filas por cliente acabaram com a trava do faturamento"
PUSH = ("push", "--company", "empresa-a")


def mode(group: GroupRepository, share: str) -> list[str]:
    """Another mode for all companies, trusted; what `orch trust` said of it."""
    config = group.root / ".orch/config.toml"
    config.write_text(re.sub(r'share = "\w+"', f'share = "{share}"', config.read_text()))
    told: list[str] = group.orch("trust", "--yes", "--json").data["shares"]
    return told


def titles(group: GroupRepository) -> str:
    return "".join(p.read_text() for p in (group.root.parent / "shared").rglob("*.md"))


@pytest.mark.parametrize("before", ["ask", "manual"])
def test_what_waited_goes_on_waiting_and_trust_says_how_much(group: GroupRepository, before: str) -> None:
    mode(group, before)
    group.commit(WAITED)
    group.commit("chore: c\n\nSolução: gzip no gateway cortou o tráfego do catálogo\nCompartilhar: pergunte")
    group.orch(*PUSH)
    (own, other) = mode(group, "auto")
    assert own.startswith("empresa-a: automático") and "2 aprendizados" in own
    assert other.startswith("empresa-b: automático") and "0 aprendizado" in other
    group.commit(LATER)
    group.orch(*PUSH)
    assert "filas por cliente" in titles(group) and "Redis" not in titles(group)
    group.orch("drain")
    assert mode(group, "auto") == [], "nothing changes any more"
    group.orch(*PUSH)
    assert "Redis" not in titles(group)
    group.orch("review", "--approve-all")
    group.orch(*PUSH)
    assert "Redis" in titles(group) and "gzip" in titles(group)


def test_what_waited_with_a_finding_waits_for_a_person_once_the_finding_is_let_through(
    group: GroupRepository,
) -> None:
    """Who is asked, then what is found: in either order nothing that waited goes without a person."""
    mode(group, "ask")
    group.commit("perf: a\n\nSolução: a placa ABC-1234 é lida uma vez e guardada no gateway por um dia")
    group.orch(*PUSH)
    mode(group, "auto")
    group.orch(*PUSH)
    policy = group.root / ".orch/policy.toml"
    policy.write_text('version = 1\n\n[findings]\nprivate = "redact"\n')
    group.orch("trust", "--yes")
    group.orch(*PUSH)
    assert "gateway" not in titles(group)
    group.orch("review", "--approve-all")
    group.orch(*PUSH)
    assert "gateway" in titles(group)


def test_a_new_wording_that_waits_takes_nothing_back(
    group: GroupRepository, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the group holds by a person's yes stays there, while the new wording goes on waiting."""
    mode(group, "ask")
    group.commit(WAITED)
    group.orch(*PUSH)
    group.orch("review", "--approve-all")
    group.orch(*PUSH)
    (learnt,) = group.orch("search", "Redis", "--company", "empresa-a", "--json").data["hits"]
    words = "Redis na frente do catálogo reduziu a espera em 60%"
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(words.encode())))
    group.orch("review", "--edit", learnt["id"])
    group.orch(*PUSH)
    assert "metade" in titles(group) and "60%" not in titles(group)
    mode(group, "auto")
    group.orch(*PUSH)
    assert "metade" in titles(group) and "60%" not in titles(group)


def test_of_a_store_of_before_nothing_is_told_and_what_waits_goes_on_waiting(group: GroupRepository) -> None:
    """It does not say by which modes it was judged: always automatic, maybe, or never."""
    mode(group, "ask")
    group.commit(WAITED)
    group.orch("drain")
    for company in ("empresa-a", "empresa-b"):
        with Workspace.open(group.root).store(company) as store, store.transaction():
            store.put_setting(MODES, "")
    assert mode(group, "auto") == []
    group.orch(*PUSH)
    assert "Redis" not in titles(group)


def test_a_stricter_mode_and_an_answer_that_stands_are_not_told(group: GroupRepository) -> None:
    mode(group, "auto")
    group.commit(WAITED)
    group.orch(*PUSH)
    assert "Redis" in titles(group)
    assert mode(group, "ask") == []
    mode(group, "auto")
    assert group.orch(*PUSH) and "Redis" in titles(group)
