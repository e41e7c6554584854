"""Memory through the public API: states, refusals, offline, and that nothing is said twice."""

from __future__ import annotations

from typing import Any

import pytest

import orchestrator
from orchestrator.app.workspace import Workspace
from orchestrator.errors import (
    ConfigError,
    CredentialsError,
    NotInitialisedError,
    NotTrustedError,
    PermanentError,
    RefusedError,
    TransientError,
    UsageError,
    UserError,
)
from orchestrator.model import Insight, Kind, Outcome, Record, Verdict, insight_id
from orchestrator.store.insights import Insights
from tests.api.conftest import COMMIT
from tests.flow.group import GroupRepository
from tests.rig.rig import Rig

TEXT = "Solução de cache que melhorou performance em 50%"
KEY = "AKIA" + "Q3EGRQ7TD5UOHF2X"


def add(content: str = TEXT, company: str = "empresa-a", category: str = "solution", **more: Any) -> Any:
    return orchestrator.add_global_memory(content, company, category, **{"shared": True, **more})


def test_offline_it_is_queued_and_the_next_push_sends_it(rig: Rig, rig_group: GroupRepository) -> None:
    rig.supabase.group.weather.every(1, "reset")
    offline = add()
    assert offline["state"] == "queued" and offline["reason"]
    assert add()["id"] == offline["id"]
    assert not rig.supabase.group.rows()

    rig.supabase.group.weather.clear()
    rig_group.orch("push", "--company", "empresa-a")
    (row,) = rig.supabase.group.rows()
    assert row["orch_key"] == offline["id"]
    assert add()["state"] == "sent"


def test_it_is_local_until_shared_and_shared_once(group: GroupRepository) -> None:
    local = add(shared=False)
    assert local["state"] == "local" and orchestrator.get_global_memory_stats()["total"] == 0
    sent = add()
    assert sent == {"id": local["id"], "state": "sent", "reason": ""}
    assert add() == sent
    assert orchestrator.get_global_memory_stats() == {
        "total": 1,
        "by_category": {"solution": 1},
        "by_instance": {"empresa-a": 1},
    }
    shown = group.orch("show", sent["id"], "--json").data
    assert [d["action"] for d in shown["decisions"]] == ["approve"]
    assert shown["decisions"][0]["who"].startswith("api:")


def test_metadata_makes_the_record_and_another_text_under_the_title_is_its_new_version(
    group: GroupRepository,
) -> None:
    more = {"technology": ["redis", "postgres"], "title": "Cache do catálogo", "gain": "50%"}
    first = add("Com Redis na frente.", metadata=more)
    second = add("Com Redis na frente, e validade de cinco minutos.", metadata=more)
    assert first["id"] == second["id"] and second["state"] == "sent"
    (row,) = orchestrator.search_global_memory("cache do catálogo", limit=5)
    assert row["content"] == "Cache do catálogo\n\nCom Redis na frente, e validade de cinco minutos."
    assert row["metadata"]["technologies"] == ["Redis", "PostgreSQL"] and row["metadata"]["gain"] == "50%"
    assert 0.8 < row["similarity"] <= 1


def test_what_validation_blocks_stays_and_what_it_redacts_leaves_redacted(group: GroupRepository) -> None:
    with pytest.raises(RefusedError) as refused:
        add(f"Solução: trocar a chave {KEY} da conciliação por outra")
    assert KEY not in str(refused.value) + refused.value.hint
    assert orchestrator.get_global_memory_stats()["total"] == 0

    add("Solução: reprocessar o cliente de CPF 529.982.247-25 resolveu a conciliação travada")
    (row,) = orchestrator.search_global_memory("conciliação")
    assert "[CPF]" in row["content"] and "529.982" not in row["content"]
    assert row["metadata"]["version"] == ""  # a hash of the raw words would confirm a guess at the number


@pytest.mark.parametrize("no", ["refuse", "withdraw"])
def test_a_persons_no_wins_over_a_program(group: GroupRepository, no: str) -> None:
    written = add(shared=False)["id"]
    group.orch(*(("review", "--refuse", written) if no == "refuse" else ("withdraw", written)))
    for again in (add, lambda: orchestrator.mark_as_shared(written)):
        with pytest.raises(RefusedError, match=written):
            again()
    assert orchestrator.get_global_memory_stats()["total"] == 0
    group.orch("review", "--approve", written)
    assert add()["state"] == "sent"


def test_mark_as_shared_waits_for_the_push(group: GroupRepository) -> None:
    group.commit(COMMIT, {"empresas/a/catalogo/cache.py": "TTL = 300\n"})
    (suggested,) = orchestrator.suggest_shareable_from_memory("empresa-a")
    assert suggested["category"] == "solution" and "Redis" in suggested["title"]
    marked = orchestrator.mark_as_shared(suggested["id"][:8])
    assert marked == {"id": suggested["id"], "company": "empresa-a", "state": "queued"}
    assert not orchestrator.suggest_shareable_from_memory("empresa-a")
    group.orch("push")
    assert orchestrator.mark_as_shared(suggested["id"])["state"] == "sent"
    with pytest.raises(UserError):
        orchestrator.mark_as_shared("i1-ffff")
    group.commit(f"fix: travava\n\nSolução: usar a chave {KEY} na conciliação do cliente")
    blocked = group.orch("review", "--blocked", "--json").data[0]["id"]
    with pytest.raises(RefusedError):
        orchestrator.mark_as_shared(blocked)


def test_a_companys_learnings_are_summed_up(group: GroupRepository) -> None:
    group.commit(COMMIT, {"empresas/a/catalogo/cache.py": "TTL = 300\n"})
    more = {"technology": ["postgres", "redis"]}
    add("Índice parcial resolveu a fila lenta", shared=False, metadata=more)
    summed = orchestrator.aggregate_instance_learnings("empresa-a", limit=1)
    assert (summed["company"], summed["total"], summed["by_category"]) == ("empresa-a", 2, {"solution": 2})
    named = {name.casefold(): n for name, n in summed["technologies"].items()}
    assert named == {"redis": 2, "postgresql": 1}
    assert len(summed["insights"]) == 1
    assert orchestrator.aggregate_instance_learnings("empresa-b")["total"] == 0
    assert [c["id"] for c in orchestrator.list_companies()] == ["empresa-a", "empresa-b"]


def learn(n: int, *, said: str = "", **more: Any) -> str:
    """A learning straight into empresa-a's store, as a drain would leave it; its id."""
    words = f"Medida {n} reduziu a espera da etapa {n} de {n + 200}ms para {n}ms"
    at = f"2026-01-01T{n // 60:02}:{n % 60:02}:00+00:00"
    found = Record(more.pop("kind", Kind.SOLUTION), words, words, more.pop("technologies", ("Redis",)))
    insight = Insight(
        insight_id("empresa-a", found.kind, words), "empresa-a", found, n % 7 / 10, (), (), f"a{n}",
        "person", created_at=at, updated_at=at,
    )  # fmt: skip
    desk = Workspace.open().desk("empresa-a")
    with desk.store as store, store.transaction():
        store.insights.put(insight)
        texts = {"title": said or words, "content": words}
        outcome = more.pop("outcome", Outcome.ALLOW)
        store.verdicts.put(insight, Verdict(outcome, (), texts, ""), at)
    return insight.id


def test_a_large_store_is_summed_up_and_suggested_from_without_reading_it(
    group: GroupRepository, monkeypatch: pytest.MonkeyPatch
) -> None:
    group.orch("drain")  # in step, so that nothing is judged again
    ids = [learn(n) for n in range(300)]
    learn(300, technologies=("REDIS", "Postgres"), kind=Kind.PATTERN)
    held = learn(6, said="x", outcome=Outcome.REVIEW)  # the best score, and nobody's to suggest
    orchestrator.mark_as_shared(ids[13])  # the next best
    read: list[str] = []
    from_row = Insights._insight
    monkeypatch.setattr(Insights, "_insight", lambda s, row: read.append(row[0]) or from_row(s, row))

    summed = orchestrator.aggregate_instance_learnings("empresa-a", limit=2)
    assert (summed["total"], summed["by_category"]) == (301, {"solution": 300, "pattern": 1})
    assert summed["technologies"] == {"REDIS": 301, "Postgres": 1}  # as the newest spells it
    assert [i["title"][:10] for i in summed["insights"]] == ["Medida 300", "Medida 299"]
    suggested = orchestrator.suggest_shareable_from_memory("empresa-a", limit=3)
    assert [s["id"] for s in suggested] == [ids[20], ids[27], ids[34]] and held not in read
    assert {s["score"] for s in suggested} == {0.6}
    assert orchestrator.suggest_shareable_from_memory("empresa-a", limit=0) == []
    assert len(read) <= 10, len(read)


@pytest.mark.parametrize(
    "wrong",
    [
        {"company": "empresa-z"}, {"category": "idea"}, {"category": "document"}, {"content": " \n"},
        {"metadata": {"autor": "Ana"}},
    ],
)  # fmt: skip
def test_arguments_that_are_none_are_refused_before_anything_is_written(
    group: GroupRepository, wrong: Any
) -> None:
    with pytest.raises(UsageError):
        add(**wrong)
    assert not group.insights() and orchestrator.get_global_memory_stats()["total"] == 0


@pytest.mark.parametrize(
    "wrong",
    [
        {"query": " "}, {"limit": 0}, {"limit": 201}, {"category": "idea"}, {"source_instance": "empresa-z"},
        {"since": "ontem"}, {"technology": ["redis", "cobol"]},
    ],
)  # fmt: skip
def test_a_search_that_makes_no_sense_is_refused(group: GroupRepository, wrong: Any) -> None:
    with pytest.raises(UsageError):
        orchestrator.search_global_memory(**{"query": "cache", **wrong})


def test_search_filters_by_category_and_company(group: GroupRepository) -> None:
    add()
    add("Índice parcial resolveu a fila lenta do pagamento", company="empresa-b", category="insight")
    found = orchestrator.search_global_memory("fila", source_instance="empresa-b")
    assert [r["source_instance"] for r in found] == ["empresa-b"]
    assert [r["category"] for r in orchestrator.search_global_memory("fila", category="solution")] == [
        "solution"
    ]


def test_search_filters_by_technology_and_time(group: GroupRepository) -> None:
    add("Cache na frente do catálogo", metadata={"technology": "Redis"})
    add("Cache do pagamento em memória", company="empresa-b", metadata={"technology": ["memcached"]})

    def found(**filters: Any) -> list[str]:
        return [r["source_instance"] for r in orchestrator.search_global_memory("cache", limit=1, **filters)]

    assert found(technology="redis") == ["empresa-a"] and found(technology="MEMCACHED") == ["empresa-b"]
    assert found(technology="red") == [] == found(since="2999-01-01")
    assert len(found(since="2020-01-01")) == len(found(since="2020-01-01T00:00:00Z")) == 1


def test_without_a_memory_or_its_key_the_error_says_what_to_do(
    rig: Rig, rig_group: GroupRepository, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("ORCH_SUPABASE_KEY")
    for call in (add, lambda: orchestrator.search_global_memory("x"), orchestrator.get_global_memory_stats):
        with pytest.raises(CredentialsError) as missing:
            call()
        assert "ORCH_SUPABASE_KEY" in missing.value.hint


def test_a_group_without_a_memory_keeps_what_is_local(group: GroupRepository) -> None:
    config = group.root / ".orch/config.toml"
    config.write_text(config.read_text().replace('[global.folder]\npath = "../shared"\n', ""))
    group.orch("trust", "--yes")
    with pytest.raises(ConfigError, match="memory"):
        add()
    assert not group.insights()
    assert add(shared=False)["state"] == "local"


def test_a_memory_that_refuses_or_cannot_be_asked(rig: Rig, rig_group: GroupRepository) -> None:
    rig.supabase.group.weather.every(1, "reset")
    with pytest.raises(TransientError):
        orchestrator.search_global_memory("cache")
    rig.supabase.group.weather.clear()
    rig.supabase.group.weather.every(1, 400)
    with pytest.raises(PermanentError):
        orchestrator.get_global_memory_stats()


def test_routes_that_keep_a_kind_out_of_the_memory_are_told(
    group: GroupRepository, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = group.root / ".orch/config.toml"
    config.write_text(config.read_text() + "[routes]\nsolution = []\n")
    group.orch("trust", "--yes")
    assert add()["state"] == "local" and add()["reason"]


def test_every_call_needs_a_trusted_configuration(
    group: GroupRepository, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    group.orch("trust", "--revoke")
    with pytest.raises(NotTrustedError):
        orchestrator.list_companies()
    monkeypatch.chdir(tmp_path)
    with pytest.raises(NotInitialisedError):
        add()


def test_errors_speak_the_groups_language_and_leave_the_hosts_gettext_alone(
    group: GroupRepository, monkeypatch: pytest.MonkeyPatch
) -> None:
    import gettext

    chosen = gettext.textdomain()
    gettext.textdomain("messages")  # a host that never chose one
    try:
        with pytest.raises(UsageError, match="não existe a empresa"):
            add(company="empresa-z")
        assert gettext.textdomain() == "messages"
    finally:
        gettext.textdomain(chosen)
    config = group.root / ".orch/config.toml"
    config.write_text(config.read_text().replace("pt-BR", "en"))
    group.orch("trust", "--yes")
    monkeypatch.delenv("ORCH_LANG", raising=False)
    with pytest.raises(UsageError, match="there is no company"):
        add(company="empresa-z")


def test_the_package_gives_exactly_what_it_names() -> None:
    for name in orchestrator.__all__:
        assert getattr(orchestrator, name)
    with pytest.raises(AttributeError):
        _ = orchestrator.add_local_memory  # type: ignore[attr-defined]
