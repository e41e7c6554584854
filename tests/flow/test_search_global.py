"""`orch search --global`: what the group's memory has, pulled or not; offline what it answered before."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import orchestrator
from orchestrator.app.workspace import Workspace
from tests.flow.group import CONFIG, GroupRepository, new_group
from tests.rig.rig import Rig

pytestmark = [pytest.mark.rig, pytest.mark.xdist_group("rig")]
KEY = "AKIA" + "Q3EGRQ7TD5UOHF2X"
CACHE = "Redis na frente do catálogo reduziu a latência pela metade"
QUEUE = "Índice parcial na fila do fechamento acabou com a espera"
OURS = "Compressão dos relatórios deixou o envio dez vezes menor"


@pytest.fixture
def group(
    rig: Rig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> GroupRepository:
    for name, value in rig.environment().items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("orchestrator.reconcile.http.backoff", lambda _attempt, _chance: 0.0)
    made = new_group(tmp_path, monkeypatch, capsys, rig.config_toml())
    monkeypatch.chdir(made.root)
    return made


def share(text: str, company: str = "empresa-a", *, shared: bool = True) -> str:
    done = orchestrator.add_global_memory(text, company, "solution", shared=shared)
    assert done["state"] == ("sent" if shared else "local")
    return str(done["id"])


def asked(group: GroupRepository, query: str, *more: str) -> tuple[dict[str, Any], list[str]]:
    data = group.orch("search", query, "--global", "--company", "empresa-b", "--json", *more).data
    return data["memory"], [hit["title"] for hit in data["hits"]]


def test_what_was_never_pulled_is_found_and_stays_for_offline(rig: Rig, group: GroupRepository) -> None:
    first, second = share(CACHE), share(QUEUE)
    share(OURS, "empresa-b")
    share("Cache de sessão só nosso, guardado em memória", "empresa-b", shared=False)
    line = ("search", "latência", "--company", "empresa-b", "--scope", "shared", "--json")
    assert group.orch(*line).data["hits"] == []

    memory, titles = asked(group, "catálogo mais rápido com cache")
    assert memory["online"] and titles[0] == CACHE
    assert set(titles) == {CACHE, QUEUE, OURS}  # our own that was shared too, what was not shared never
    assert asked(group, "fechamento")[1][0] == QUEUE

    rig.supabase.group.weather.every(1, "reset")
    memory, titles = asked(group, "espera na fila")
    assert not memory["online"] and memory["at"] and titles[0] == QUEUE
    said = group.orch("search", "fila", "--global", "--company", "empresa-b")
    assert memory["at"][:10] in said.err

    rig.supabase.group.weather.clear()
    rig.supabase.group.share(second, False)
    rig.supabase.group.execute(f"delete from orchestrator_global_memory where orch_key = '{first}'")
    assert asked(group, "relatórios")[1] == [OURS]  # any contact forgets what was taken back
    rig.supabase.group.weather.every(1, "reset")
    assert asked(group, "fila do fechamento")[1] == [OURS]


def test_what_a_pull_brought_is_forgotten_at_the_next_contact_too(rig: Rig, group: GroupRepository) -> None:
    first = share(CACHE)
    share(QUEUE)
    group.orch("pull", "--company", "empresa-b")
    rig.supabase.group.execute(f"delete from orchestrator_global_memory where orch_key = '{first}'")
    assert asked(group, "qualquer coisa")[1] == [QUEUE]
    assert orchestrator.get_global_memory_stats()["total"] == 1


def test_a_text_that_changed_is_the_new_one(rig: Rig, group: GroupRepository) -> None:
    key = share(CACHE)
    asked(group, "cache")
    title = """jsonb_build_object('title', 'Redis e validade curta')"""
    rig.supabase.group.execute(
        "update orchestrator_global_memory set content = 'Redis e validade curta',"
        f" metadata = metadata || {title} where orch_key = '{key}'"
    )
    assert asked(group, "cache")[1] == ["Redis e validade curta"]


def test_only_what_is_shared_comes_into_a_companys_store(rig: Rig, group: GroupRepository) -> None:
    hidden = share(CACHE)
    rig.supabase.group.share(hidden, False)
    share(QUEUE)
    assert asked(group, "catálogo latência Redis")[1] == [QUEUE]
    with Workspace.open().store("empresa-b") as store:
        assert store.offers.get(hidden) is None and len(store.offers.living_keys()) == 1


def test_a_question_that_holds_a_key_goes_nowhere(rig: Rig, group: GroupRepository) -> None:
    rig.supabase.group.server.clear()
    ran = group.orch("search", f"chave {KEY}", "--global", "--company", "empresa-b", "--json", expect=4)
    assert ran.error["code"] == "refused" and KEY not in ran.out + ran.err
    assert not rig.supabase.group.server.exchanges


def test_filters_and_reasons(group: GroupRepository) -> None:
    share(CACHE)
    assert asked(group, "cache", "--kind", "pattern")[1] == []
    assert asked(group, "cache", "--kind", "solution")[1] == [CACHE]
    told = group.orch("search", "latência", "--global", "--company", "empresa-b", "--why").out
    assert CACHE in told and "latência" in told
    group.orch("search", "x", "--global", "--scope", "own", expect=2)


def test_in_step_a_question_costs_few_requests(rig: Rig, group: GroupRepository) -> None:
    share(CACHE)
    asked(group, "cache")
    rig.supabase.group.server.clear()
    asked(group, "cache do catálogo")
    assert len(rig.supabase.group.server.exchanges) <= 4


def test_a_folder_is_a_memory_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    made = new_group(tmp_path, monkeypatch, capsys, CONFIG.format(share="ask"))
    monkeypatch.chdir(made.root)
    share(CACHE)
    assert asked(made, "latência")[1] == [CACHE]
    (tmp_path / "shared").rename(tmp_path / "away")
    memory, titles = asked(made, "latência")
    assert not memory["online"] and titles == [CACHE]
