"""A company's own Supabase project holds its words as written: nobody reads them with its publishable key."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from orchestrator import wishes
from tests.flow.group import GroupRepository, new_group
from tests.rig.postgrest import jwt
from tests.rig.rig import Rig
from tests.rig.supabase import TABLE, Project
from tests.rig.test_supabase import ask, vector

pytestmark = [pytest.mark.rig, pytest.mark.xdist_group("rig")]
CPF = "529.982.247-25"


@pytest.fixture
def group(
    rig: Rig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> GroupRepository:
    for name, value in rig.environment().items():
        monkeypatch.setenv(name, value)
    made = new_group(tmp_path, monkeypatch, capsys, rig.config_toml())
    made.commit(f"fix: fila\n\nSolução: a fila do cliente de CPF {CPF} esvaziou com um índice\nShare: yes")
    return made


def pushed(group: GroupRepository) -> int:
    options = ("--company", "empresa-a", "--remote", "company.memory", "--json")
    return sum(len(r["steps"]) for r in group.orch("push", *options).data["empresa-a"])


def readings(project: Project) -> Iterator[Any]:
    """Every way to a row through the API, without the secret key."""
    for headers in ({}, {"Authorization": f"Bearer {jwt('authenticated', project.keys.jwt_secret)}"}):
        for method, path, body in (
            ("GET", f"/{TABLE}?select=*", None),
            ("GET", f"/{TABLE}_codes?select=*", None),
            ("POST", "/rpc/match_global_memory", {"query_embedding": vector()}),
            ("POST", "/rpc/search_global_memory_words", {"query_words": ["fila", "cliente"]}),
            ("POST", "/rpc/orchestrator_memory_digest", {}),
        ):
            yield ask(project, method, path, project.keys.publishable, headers=headers, json=body)


def test_nothing_of_it_is_read_with_the_publishable_key(rig: Rig, group: GroupRepository) -> None:
    assert pushed(group) == 1
    project = rig.supabase.companies["empresa-a"]
    (row,) = project.rows()
    assert CPF in row["content"] and not row["shared"]
    project.share(row["orch_key"])  # a person's own slip, in the table editor
    for reply in readings(project):
        assert (reply.status_code, reply.json()) == (200, [])


def test_marks_from_before_are_taken_away_once(
    rig: Rig, group: GroupRepository, monkeypatch: pytest.MonkeyPatch
) -> None:
    entry = wishes.memory_entry
    with monkeypatch.context() as before:
        before.setattr(wishes, "memory_entry", lambda *of, shared: entry(*of, shared=True))
        before.setattr("orchestrator.rejudging.RECIPE", "")
        pushed(group)
    project = rig.supabase.companies["empresa-a"]
    assert [r["shared"] for r in project.rows()] == [True]
    assert pushed(group) == 1 and [r["shared"] for r in project.rows()] == [False]
    assert pushed(group) == 0
