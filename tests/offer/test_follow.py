"""A pull by the memory's news, on real Postgres: whatever happens to the rows, the offers follow."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from orchestrator.app.workspace import Workspace
from orchestrator.desk import Desk
from orchestrator.offer.follow import follow, forget_gone, take_in
from orchestrator.offer.receive import Received
from orchestrator.reconcile import http
from orchestrator.reconcile.migration_files import shipped
from orchestrator.reconcile.postgrest import Postgrest
from orchestrator.reconcile.remotes import supabase_reader
from orchestrator.reconcile.remotes.supabase import SupabaseMemory
from orchestrator.store.mirror import bucket_of
from tests.flow.group import CONFIG, new_group
from tests.rig.rig import Rig
from tests.rig.supabase import TABLE, Project
from tests.rig.test_supabase import keep, row

pytestmark = [pytest.mark.rig, pytest.mark.xdist_group("rig")]
OFFERED = (
    f"select coalesce(orch_key, 'row-' || id) from {TABLE} where shared and source_instance <> 'empresa-b'"
)


@pytest.fixture
def project(rig: Rig) -> Project:
    return rig.supabase.group


@pytest.fixture
def memory(project: Project) -> SupabaseMemory:
    return SupabaseMemory(Postgrest(project.url, project.key, variable="KEY"), name="global.memory")


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> Iterator[Desk]:
    made = new_group(tmp_path, monkeypatch, capsys, CONFIG.format(share="ask"))
    monkeypatch.chdir(made.root)
    opened = Workspace.open().desk("empresa-b")
    with opened.store:
        yield opened


def key(number: int) -> str:
    return f"i1-{number:016x}"


def fill(project: Project, *numbers: int, company: str = "empresa-a", **more: Any) -> None:
    keep(project, *(row(key(n), source_instance=company, shared=True, **more) for n in numbers))


def by_hand(project: Project, content: str, at: str, metadata: str = "'{}'") -> None:
    """A shared row of another company's at that time, for which the trigger has to be off."""
    said = content if "(" in content else f"'{content}'"
    project.execute(
        f"alter table {TABLE} disable trigger orchestrator_global_memory_touch;"
        f"insert into {TABLE} (content, embedding, category, shared, source_instance, updated_at,"
        f" metadata) values ({said}, array_fill(1, array[384])::vector, 'insight', true, 'empresa-c', {at},"
        f" {metadata});"
        f"alter table {TABLE} enable trigger orchestrator_global_memory_touch"
    )


def in_step(desk: Desk, memory: SupabaseMemory, project: Project) -> Received:
    """After a pull the offers are what the others share, and both sides have the same checksums."""
    found = follow(desk, memory, "")
    assert set(desk.store.offers.living_keys()) == {k for (k,) in project.sql(OFFERED)}
    assert desk.store.mirror.digest() == memory.digest()
    return found


def test_whatever_happens_to_rows_the_offers_follow(
    desk: Desk, memory: SupabaseMemory, project: Project
) -> None:
    fill(project, 1, 2, 3, 4, 5)
    fill(project, 6, company="empresa-b")
    assert len(in_step(desk, memory, project).new) == 5

    fill(project, 2, content="Outro texto")
    assert in_step(desk, memory, project).changed == [key(2)]

    project.share(key(1), False)
    project.execute(f"delete from {TABLE} where orch_key = '{key(3)}'")
    assert sorted(in_step(desk, memory, project).withdrawn) == [key(1), key(3)]

    project.share(key(1))
    assert in_step(desk, memory, project).changed == [key(1)]

    by_hand(project, "À mão", "now() - '1 h'::interval")  # committed late, by a program that knows no keys
    (late,) = in_step(desk, memory, project).new
    assert late.startswith("row-")

    fill(project, 4, company="empresa-b")  # another company's key, now ours: no offer any more
    project.execute(f"delete from {TABLE} where orch_key = '{key(4)}'")
    fill(project, 4, company="empresa-b")
    assert in_step(desk, memory, project).withdrawn == [key(4)]
    assert in_step(desk, memory, project) == Received()


def test_in_step_costs_two_requests_and_one_deletion_four(
    desk: Desk, memory: SupabaseMemory, project: Project
) -> None:
    project.execute(
        f"insert into {TABLE} (content, embedding, category, shared, source_instance, metadata)"
        " select 'Aprendizado ' || n, array_fill(1, array[384])::vector, 'insight', true, 'empresa-a',"
        " jsonb_build_object('orch_key', 'i1-' || lpad(to_hex(n), 16, '0')) from generate_series(1, 1200) n"
    )
    assert len(in_step(desk, memory, project).new) == 1200
    project.server.clear()
    follow(desk, memory, "")
    assert len(project.server.exchanges) == 2

    project.execute(f"delete from {TABLE} where orch_key = '{key(7)}'")
    project.server.clear()
    assert follow(desk, memory, "").withdrawn == [key(7)]
    assert len(project.server.exchanges) == 3


def test_one_that_is_broken_off_is_taken_up_again(
    desk: Desk, memory: SupabaseMemory, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supabase_reader, "PAGE", 2)
    monkeypatch.setattr("orchestrator.offer.follow.PAGE", 2)
    fill(project, *range(1, 8))
    ask, asked = memory._client.select, []

    def breaks(*arguments: Any) -> Any:
        asked.append(arguments)
        if len(asked) == 3:
            raise ConnectionError
        return ask(*arguments)

    monkeypatch.setattr(memory._client, "select", breaks)
    with pytest.raises(ConnectionError):
        follow(desk, memory, "")
    assert len(desk.store.offers.living_keys()) == 4
    assert len(in_step(desk, memory, project).new) == 3


def test_another_memory_is_read_from_its_beginning(
    desk: Desk, memory: SupabaseMemory, project: Project
) -> None:
    fill(project, 1, 2)
    in_step(desk, memory, project)
    memory.target += "#moved"
    project.execute(f"update {TABLE} set updated_at = '2020-01-01' where orch_key = '{key(1)}'")
    in_step(desk, memory, project)


def test_an_empty_memory_is_not_believed_at_once(
    desk: Desk, memory: SupabaseMemory, project: Project
) -> None:
    fill(project, 1, 2)
    in_step(desk, memory, project)
    project.execute(f"truncate {TABLE}")
    assert follow(desk, memory, "").kept == 2 and len(desk.store.offers.living_keys()) == 2
    assert sorted(follow(desk, memory, "").withdrawn) == [key(1), key(2)]


def test_who_may_see_shared_rows_only_is_told_no_more(project: Project, memory: SupabaseMemory) -> None:
    fill(project, 1, 2)
    keep(project, row(key(3)))
    anyone = SupabaseMemory(Postgrest(project.url, project.keys.publishable, variable="KEY"), name="x")
    assert anyone.stats() == memory.stats() == {
        "total": 2, "by_category": {"solution": 2}, "by_instance": {"empresa-a": 2},
    }  # fmt: skip
    assert anyone.digest() == memory.digest()
    assert set(anyone.stamps([bucket_of(key(n)) for n in (1, 2, 3)])) == {key(1), key(2)}


DEEP = "(repeat('{\"a\":', 3000) || '1' || repeat('}', 3000))::jsonb"
LONG_NUMBER = "('{\"n\": 1' || repeat('0', 5000) || '}')::jsonb"


@pytest.fixture
def small_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    """The cap that answers have, small enough for a test to reach it fast."""
    monkeypatch.setattr(http, "ANSWER_CAP", 200_000)


def test_one_hostile_row_holds_no_other_up(
    desk: Desk, memory: SupabaseMemory, project: Project, small_answers: None
) -> None:
    fill(project, 1)
    now = "now()"
    by_hand(project, "repeat('x', 300000)", now)
    for at in ("'infinity'", "'-infinity'", "'20000-01-01'", "'0044-03-15 BC'"):
        by_hand(project, f"Escrito em {at[1:-1]}", at)
    by_hand(project, "Um número", now, LONG_NUMBER)
    by_hand(project, "Fundo", now, DEEP)
    fill(project, 2)
    found = follow(desk, memory, "")
    assert {key(1), key(2), "row-3", "row-4", "row-5", "row-6", "row-7"} == set(found.new)
    assert set(found.refused) == {"row-2", "row-8"}  # too large, nested too deep
    assert desk.store.mirror.digest() == memory.digest()
    assert not (again := follow(desk, memory, "")).new and not again.withdrawn


def test_rows_that_are_too_large_together_come_in_parts(
    desk: Desk, memory: SupabaseMemory, project: Project, small_answers: None
) -> None:
    project.execute(
        f"insert into {TABLE} (content, embedding, category, shared, source_instance, metadata)"
        " select n || repeat(' longo', 4000), array_fill(1, array[384])::vector, 'insight', true,"
        " 'empresa-a', jsonb_build_object('orch_key', 'i1-' || lpad(to_hex(n), 16, '0'))"
        " from generate_series(1, 40) n"
    )
    assert len(in_step(desk, memory, project).new) == 40
    assert len(list(memory.rows())) == 40
    assert len(memory.nearest([1.0] * 384, limit=40)) == 40
    assert len(memory.worded(["longo"], limit=40)) == 40
    project.execute(f"update {TABLE} set content = repeat('longo ', 60000) where id = 7")
    assert len(memory.nearest([1.0] * 384, limit=40)) == 39
    assert [row.key for row in memory.rows() if row.fault] == [key(7)]


def test_the_time_of_change_is_the_databases_own(project: Project) -> None:
    keep(project, row(key(1), updated_at="infinity"), row(key(2), updated_at="1999-01-01T00:00:00Z"))
    assert project.sql(f"select updated_at between now() - '1 min'::interval and now() from {TABLE}") == [
        (True,), (True,),
    ]  # fmt: skip


def test_the_migration_mends_times_that_are_none(
    desk: Desk, memory: SupabaseMemory, project: Project
) -> None:
    fill(project, 1)
    for at in ("'infinity'", "'-infinity'", "'20000-01-01'", "'0044-03-15 BC'"):
        by_hand(project, f"Escrito em {at[1:-1]}", at)
    before = project.sql(f"select updated_at from {TABLE} where id = 1")
    (migration,) = [m for m in shipped() if m.version == "20261127000500"]
    project.execute(migration.sql)
    assert project.sql(
        f"select bool_and(updated_at <= now()) and min(updated_at) > '2020-01-01' from {TABLE}"
    ) == [(True,)]
    assert project.sql(f"select updated_at from {TABLE} where id = 1") == before
    assert len(in_step(desk, memory, project).new) == 5


def test_a_row_that_bears_anothers_number_takes_nothing_away(
    desk: Desk, memory: SupabaseMemory, project: Project
) -> None:
    by_hand(project, "De C, sem chave", "now()")
    assert follow(desk, memory, "").new == ["row-1"]
    fill_as = {"source_instance": "empresa-a", "shared": True}
    keep(project, row("row-1", **fill_as), row("row-9223372036854775808", **fill_as))
    found = follow(desk, memory, "")
    assert found.new == ["row-2", "row-9223372036854775808"] and not found.withdrawn and not found.changed
    offer = desk.store.offers.get("row-1")
    assert offer is not None and offer.company == "empresa-c" and offer.state == "open"
    assert desk.store.mirror.digest() == memory.digest()
    assert follow(desk, memory, "") == Received()


def test_a_row_without_a_key_that_a_question_brought_stays_until_it_is_gone(
    desk: Desk, memory: SupabaseMemory, project: Project
) -> None:
    by_hand(project, "De C, sem chave", "now()")
    fill(project, 2)
    for _again in range(2):
        take_in(desk, memory, memory.rows(), "")
        forget_gone(desk, memory)
        assert set(desk.store.offers.living_keys()) == {"row-1", key(2)}
    project.execute(f"update {TABLE} set shared = false where id = 1")
    forget_gone(desk, memory)
    assert desk.store.offers.living_keys() == [key(2)]
