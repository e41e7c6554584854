"""`orch share` that ends in the middle, and what a withdrawal finds of it, on the rig's forge."""

from __future__ import annotations

import importlib
from typing import Any

import pytest

from orchestrator.app.workspace import Workspace
from tests.flow.group import GroupRepository
from tests.flow.test_rig_flow import SHARE, shared_component
from tests.flow.test_rig_flow import rig_group as rig_group  # a fixture
from tests.rig.rig import Rig

pytestmark = pytest.mark.rig


@pytest.mark.parametrize("point", ["orchestrator.git.push", "orchestrator.app.sharing.remember"])
def test_a_share_that_was_cut_off_is_taken_back_by_a_withdrawal(
    rig: Rig, rig_group: GroupRepository, monkeypatch: pytest.MonkeyPatch, point: str
) -> None:
    group = rig_group
    with monkeypatch.context() as patch:
        patch.setattr(point, cut_off(point))
        with pytest.raises(AssertionError):
            shared_component(group)
    (component,) = [i["id"] for i in group.insights() if i["record"]["kind"] == "component"]
    assert len(rig.forge.repository.branches()) == 2
    ran = group.orch("push", "--company", "empresa-a", expect=None)  # nothing is lost, and nothing opened
    assert ran.code == (3 if "git" in point else 0), ran.err
    assert len(rig.forge.pulls) == (0 if "git" in point else 1)
    group.orch("withdraw", component)
    group.orch("push", "--company", "empresa-a")
    assert rig.forge.repository.branches().keys() == {"main"}
    assert all(pull.state == "closed" for pull in rig.forge.pulls.values())


def cut_off(point: str) -> Any:
    """The same, and then the process ends."""
    module, _dot, name = point.rpartition(".")
    real = getattr(importlib.import_module(module), name)

    def act(*arguments: Any, **more: Any) -> None:
        if name != "remember":
            real(*arguments, **more)
        raise KeyboardInterrupt

    return act


def test_another_clone_takes_back_what_the_first_one_shared(rig: Rig, rig_group: GroupRepository) -> None:
    group = rig_group
    component = shared_component(group)
    with Workspace.open(group.root).store("empresa-a") as store, store.transaction():
        for row in store.outbox.of("empresa-a:empresa-b:empresas/a/auth"):
            store.outbox.forget(row)  # what another clone knows of it
    group.orch("withdraw", component)
    group.orch("push", "--company", "empresa-a")
    assert rig.forge.repository.branches().keys() == {"main"}


def test_what_another_clone_shared_anew_is_in_step_once_it_is_shared_here(
    rig: Rig, rig_group: GroupRepository
) -> None:
    group = rig_group
    shared_component(group)
    key = "empresa-a:empresa-b:empresas/a/auth"
    with Workspace.open(group.root).store("empresa-a") as store, store.transaction():
        (row,) = store.outbox.of(key)
        store.outbox.want(key, {(row.remote, row.target): "an older tree"})
    group.orch(*SHARE)
    assert group.orch("push", "--company", "empresa-a", "--json").data["empresa-a"]
    with Workspace.open(group.root).store("empresa-a") as store:
        (row,) = store.outbox.of(key)
    assert row.wanted_hash == row.sent_hash != "an older tree" and len(rig.forge.pulls) == 1


def test_a_share_waits_its_turn_before_anything_goes_out(
    rig: Rig, rig_group: GroupRepository, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = Workspace.lock
    monkeypatch.setattr(Workspace, "lock", lambda self, name, wait=30.0: real(self, name, min(wait, 0.2)))
    workspace = Workspace.open(rig_group.root)
    with workspace.lock("push-empresa-a"), pytest.raises(AssertionError):
        shared_component(rig_group)
    assert not rig.forge.pulls and rig.forge.repository.branches().keys() == {"main"}


def test_a_scoped_components_pull_request_goes_with_a_withdrawal(
    rig: Rig, rig_group: GroupRepository
) -> None:
    """The learning is about `auth`, the manifest says `@acme/auth`."""
    group = rig_group
    group.commit("chore: base", {"README.md": "# Grupo\n"})
    group.git("push", "-q", "origin", "HEAD:refs/heads/main")
    group.git("fetch", "-q", "origin")
    manifest = '{"name": "@acme/auth", "version": "1.0.0", "license": "MIT"}\n'
    files = {
        "empresas/a/auth/package.json": manifest,
        "empresas/a/auth/auth.js": "exports.entrar = () => {}\n",
    }
    group.commit("feat(auth): serviço de autenticação", files)
    group.orch("share", "@acme/auth", "--company", "empresa-a", "--to", "empresa-b")
    (component,) = [i["id"] for i in group.insights() if i["record"]["kind"] == "component"]
    assert len(rig.forge.repository.branches()) == 2
    group.orch("withdraw", component)
    group.orch("push", "--company", "empresa-a")
    assert rig.forge.repository.branches().keys() == {"main"}
    assert all(pull.state == "closed" for pull in rig.forge.pulls.values())
