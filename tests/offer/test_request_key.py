"""Two components never share a pull request, and what earlier versions shared is found again."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.app.workspace import Workspace
from orchestrator.request_key import branch_of, former_key, known_as, request_key, told_key
from tests.api.conftest import rig_group as rig_group  # a fixture
from tests.flow.group import GroupRepository
from tests.rig.rig import Rig

FIRST, SECOND = "empresas/a/libs/auth", "empresas/a/services/auth"
COMPANIES = ("grupo", "grupo-norte", "norte-sul", "sul")
folders = st.lists(st.sampled_from(("libs", "auth", "a-b", "ação", "x y", "@acme")), min_size=1, max_size=3)
parts = st.tuples(folders.map("/".join), st.sampled_from(COMPANIES), st.sampled_from(COMPANIES))


@given(parts, parts)
def test_no_two_components_share_a_key_or_a_branch(one: Any, other: Any) -> None:
    keys = request_key(*one), request_key(*other)
    assert (keys[0] == keys[1]) is (branch_of(keys[0]) == branch_of(keys[1])) is (one == other)
    assert branch_of(keys[0]).isascii() and branch_of(keys[0]).count("/") == 2


@given(parts, st.sampled_from(("\n", "\r\n")))
def test_the_text_tells_the_key_of_what_an_earlier_version_shared(one: Any, end: str) -> None:
    folder, origin, _to = one
    shown = folder.replace("@", "@\u200b")  # as a forge's text has it
    text = end.join((f"Orch-Origin-Company: {origin}", f"Orch-Origin-Path: {shown}", ""))
    key, former = request_key(*one), former_key(*one)
    assert told_key(former, text) == key and known_as(key) == (key, former)
    assert told_key(key, text) == key and known_as(former) == (former,)
    assert told_key(former, "") == former


# ------------------------------------------------------------------- in both sorts of a forge


@pytest.fixture(params=["folder", pytest.param("rig", marks=pytest.mark.rig)])
def forge(request: pytest.FixtureRequest) -> GroupRepository:
    found: GroupRepository = request.getfixturevalue("group" if request.param == "folder" else "rig_group")
    for n, folder in enumerate((FIRST, SECOND)):
        manifest = f'[project]\nname = "{folder.split("/")[2]}-auth"\nversion = "1.0"\n'
        found.commit(f"feat: {n}", {f"{folder}/pyproject.toml": manifest, f"{folder}/a.py": f"n = {n}\n"})
    return found


def share(group: GroupRepository, folder: str, expect: int = 0, *, dry: bool = False) -> Any:
    into = f"empresas/b/{folder.split('/')[2]}"
    words = ("share", folder, "--company", "empresa-a", "--to", "empresa-b", "--into", into, "--reviewed")
    return group.orch(*words, "--json", *(["--dry-run"] if dry else []), expect=expect).data


def withdraw(group: GroupRepository, folder: str) -> None:
    name = f"{folder.split('/')[2]}-auth"
    (found,) = [i for i in group.insights() if i["record"]["component"] == name]
    group.orch("withdraw", found["id"])


def branches(group: GroupRepository) -> set[str]:
    listed = group.git("ls-remote", "origin", "refs/heads/orch/*")
    return {line.split("\trefs/heads/")[1] for line in listed.splitlines()}


def push(group: GroupRepository) -> Any:
    return group.orch("push", "--company", "empresa-a", "--json").data["empresa-a"]


def open_pulls(group: GroupRepository, rig: Rig | None) -> list[str]:
    """The texts of the pull requests that are open."""
    if rig is not None:
        return [pull.body for pull in rig.forge.pulls.values() if pull.state == "open"]
    return [p.read_text("utf-8") for p in sorted((group.root.parent / "shared/pulls").rglob("PR-*.md"))]


@pytest.fixture
def pulls(forge: GroupRepository, request: pytest.FixtureRequest) -> Any:
    rig = request.getfixturevalue("rig") if "rig" in request.node.callspec.id else None
    return lambda: open_pulls(forge, rig)


@contextmanager
def earlier_version() -> Iterator[None]:
    """What is shared meanwhile gets the key that earlier versions gave."""
    with pytest.MonkeyPatch.context() as patch:
        for module in ("share", "requests"):
            patch.setattr(f"orchestrator.offer.{module}.request_key", former_key)
        patch.setattr("orchestrator.app.sharing.rename_former", lambda *_known: None)
        yield


def test_components_of_one_last_name_have_a_pull_request_each(forge: GroupRepository, pulls: Any) -> None:
    first, second = share(forge, FIRST), share(forge, SECOND)
    assert first["created"] and second["created"] and first["ref"] != second["ref"]
    assert len(pulls()) == len(branches(forge)) == 2
    withdraw(forge, SECOND)
    push(forge)
    assert FIRST in "".join(pulls()) and len(pulls()) == 1
    assert branches(forge) == {branch_of(request_key(FIRST, "empresa-a", "empresa-b"))}


def test_what_an_earlier_version_shared_is_found_again(forge: GroupRepository, pulls: Any) -> None:
    with earlier_version():
        made = share(forge, FIRST)
    assert branches(forge) == {"orch/share/auth-empresa-a-empresa-b"}
    assert not share(forge, FIRST)["created"] and len(pulls()) == 1
    forge.commit("fix: mais", {f"{FIRST}/a.py": "n = 2\n"})
    again = share(forge, FIRST)
    assert (again["created"], again["ref"]) == (False, made["ref"])
    assert len(pulls()) == 1 and branches(forge) == {"orch/share/auth-empresa-a-empresa-b"}
    assert share(forge, SECOND)["created"] and len(pulls()) == len(branches(forge)) == 2
    withdraw(forge, FIRST)
    push(forge)
    assert SECOND in "".join(pulls()) and len(pulls()) == 1
    assert branches(forge) == {branch_of(request_key(SECOND, "empresa-a", "empresa-b"))}


def test_a_dry_run_names_the_branch_that_the_share_goes_to(forge: GroupRepository, pulls: Any) -> None:
    former, own = (
        "orch/share/auth-empresa-a-empresa-b",
        branch_of(request_key(FIRST, "empresa-a", "empresa-b")),
    )
    with earlier_version():
        share(forge, FIRST)
    forge.commit("fix: mais", {f"{FIRST}/a.py": "n = 2\n"})
    assert share(forge, FIRST, dry=True)["branch"] == former
    share(forge, FIRST)
    assert share(forge, FIRST, dry=True)["branch"] == former, "the row has its new key now"
    (found,) = [i for i in forge.insights() if i["record"]["component"] == "libs-auth"]
    withdraw(forge, FIRST)
    push(forge)
    forge.orch("review", "--approve", found["id"])
    assert share(forge, FIRST, dry=True)["branch"] == own
    share(forge, FIRST)
    assert branches(forge) == {own} and len(pulls()) == 1


@pytest.mark.parametrize("forgotten", [False, True])
def test_what_was_never_shared_takes_nothing_of_an_earlier_version_s_away(
    forge: GroupRepository, pulls: Any, forgotten: bool
) -> None:
    with earlier_version():
        share(forge, FIRST)
    if forgotten:  # another clone shared it
        forget(forge)
    withdraw(forge, SECOND)
    push(forge)
    assert len(pulls()) == 1 and branches(forge) == {"orch/share/auth-empresa-a-empresa-b"}
    withdraw(forge, FIRST)
    (told,) = [r for r in push(forge) if r["remote"] == "global.forge"]
    assert told["counts"]["retract"] == 1 and not pulls() and not branches(forge)


def test_a_row_goes_to_no_other_component_than_its_branch_names(group: GroupRepository) -> None:
    """Of two of one last name the one that was shared is in the store no more: its branch was deleted."""
    manifest = '[project]\nname = "{}-auth"\nversion = "1.0"\n'
    group.git("switch", "-q", "-c", "novo")
    group.commit("feat: 1", {f"{SECOND}/pyproject.toml": manifest.format("services")})
    with earlier_version():
        share(group, SECOND)
    group.git("switch", "-q", "main")
    group.commit("feat: 0", {f"{FIRST}/pyproject.toml": manifest.format("libs")})
    group.git("branch", "-q", "-D", "novo")
    group.orch("drain")
    push(group)
    with Workspace.open(Path(group.root)).store("empresa-a") as store:
        assert list(store.catalogue.names()) == [FIRST]
        assert store.outbox.of(request_key(SECOND, "empresa-a", "empresa-b"))
        assert not store.outbox.of(request_key(FIRST, "empresa-a", "empresa-b"))
    withdraw(group, FIRST)
    push(group)
    assert len(open_pulls(group, None)) == 1


def test_what_an_earlier_version_was_cut_off_at_is_taken_away(
    forge: GroupRepository, pulls: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def cut_off(*_known: Any, **_more: Any) -> None:
        raise KeyboardInterrupt

    with (
        earlier_version(),
        monkeypatch.context() as patch,
        pytest.raises((AssertionError, KeyboardInterrupt)),
    ):
        patch.setattr("orchestrator.reconcile.remotes.forge.GitHub.open", cut_off)
        patch.setattr("orchestrator.reconcile.remotes.folder_forge.FolderForge.place", cut_off)
        share(forge, FIRST)
    assert branches(forge) == {"orch/share/auth-empresa-a-empresa-b"} and not pulls()
    withdraw(forge, FIRST)
    push(forge)
    assert not branches(forge)


def forget(group: GroupRepository) -> None:
    with Workspace.open(Path(group.root)).store("empresa-a") as store, store.transaction():
        for row in store.outbox.of("auth-empresa-a-empresa-b"):
            store.outbox.forget(row)
    for ref in group.git("for-each-ref", "--format=%(refname)", "refs/heads/orch").split():
        subprocess.run(["git", "-C", str(group.root), "update-ref", "-d", ref], check=True)
