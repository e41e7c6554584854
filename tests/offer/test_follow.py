"""A pull by the memory's news, on real Postgres: whatever happens to the rows, the offers follow."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from orchestrator.app.workspace import Workspace
from orchestrator.ledger import Desk
from orchestrator.offer.follow import follow
from orchestrator.offer.receive import Received
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

    project.execute(
        f"insert into {TABLE} (content, embedding, category, shared, source_instance, updated_at)"
        " values ('À mão', array_fill(1, array[384])::vector, 'insight', true, 'empresa-a',"
        " now() - '1 h'::interval)"
    )  # committed late, and by a program that knows no keys
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
