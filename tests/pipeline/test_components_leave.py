"""A component whose folder leaves is told no more, until it comes back; two of one name are two."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.flow.group import GroupRepository
from tests.killing import DRAIN, ONE_BY_ONE, run_killed
from tests.pipeline.test_departed import push

DAYS = [f"2026-05-{day:02}T10:00:00Z" for day in range(1, 20)]
POINTS = (*DRAIN, "orchestrator.store.catalogue:Catalogue.leave", "orchestrator.superseding:supersede")


def manifest(name: str, about: str = "Fila das notas do faturamento") -> str:
    return f'{{"name": "{name}", "description": "{about}", "version": "1.0.0"}}'


def make(group: GroupRepository, folder: str, day: int, name: str = "") -> str:
    top = f"empresas/{folder}"
    files = {f"{top}/package.json": manifest(name or Path(folder).name), f"{top}/index.js": f"{day}"}
    return group.commit(f"feat: {folder.replace('/', ' ')}", files, date=DAYS[day])


def drop(group: GroupRepository, folder: str, day: int) -> str:
    group.git("rm", "-q", "-r", f"empresas/{folder}")
    return group.commit(f"chore: sem {folder.replace('/', ' ')}", {}, date=DAYS[day])


def states(group: GroupRepository, company: str = "empresa-a") -> dict[str, str]:
    """{title: state} of the components."""
    found = group.insights(company, "--all")
    titles = {i["record"]["title"].partition(" — ")[0]: i["state"] for i in found}
    assert len(titles) == len(found)
    return titles


def ids(group: GroupRepository) -> dict[str, str]:
    return {i["record"]["title"].partition(" — ")[0]: i["id"] for i in group.insights("empresa-a", "--all")}


@pytest.fixture
def shared(group: GroupRepository) -> GroupRepository:
    """A component, approved and pushed."""
    make(group, "a/fila", 1)
    group.orch("review", "--approve", ids(group)["fila"])
    assert push(group)["create"] >= 3
    return group


def test_it_goes_with_its_folder_and_comes_back_with_it(shared: GroupRepository) -> None:
    key, gone = ids(shared)["fila"], drop(shared, "a/fila", 2)
    assert states(shared) == {"fila": "superseded"}
    told = shared.orch("show", key, "--json").data["superseded_by"]
    assert (told["why"], told["commit"]) == ("left", gone)
    assert "a pasta saiu" in shared.orch("show", key).out
    assert set(push(shared)) == {"retract"}
    make(shared, "a/fila", 3)
    assert ids(shared) == {"fila": key} and states(shared) == {"fila": "active"}
    assert set(push(shared)) <= {"create", "update"} and push(shared) == {}
    drop(shared, "a/fila", 4)
    assert states(shared) == {"fila": "superseded"}


@pytest.mark.parametrize("how", ["revert", "reset", "amend"])
def test_it_is_there_again_when_the_commit_that_took_it_is(shared: GroupRepository, how: str) -> None:
    drop(shared, "a/fila", 2)
    assert states(shared) == {"fila": "superseded"}
    if how == "revert":
        shared.git("revert", "--no-edit", "HEAD", date=DAYS[3])
    elif how == "reset":
        shared.git("reset", "-q", "--hard", "HEAD~1")
    else:
        shared.git("checkout", "-q", "HEAD~1", "--", "empresas/a/fila")
        shared.git("commit", "-q", "--amend", "--allow-empty", "-m", "chore: nada")
    assert states(shared) == {"fila": "active"}
    assert push(shared) == {}
    assert [c["name"] for c in shared.orch("components", "--json").data] == ["fila"]
    drop(shared, "a/fila", 5)
    assert states(shared) == {"fila": "superseded"}


def test_while_a_manifest_is_there_it_stays(shared: GroupRepository) -> None:
    shared.commit("build: imagem", {"empresas/a/fila/Dockerfile": "FROM python:3\n"}, date=DAYS[2])
    shared.git("rm", "-q", "empresas/a/fila/package.json")
    shared.commit("build: sem pacote", {}, date=DAYS[3])
    assert states(shared) == {"fila": "active"}
    shared.git("rm", "-q", "empresas/a/fila/Dockerfile")
    shared.commit("build: sem imagem", {}, date=DAYS[4])
    assert states(shared) == {"fila": "superseded"}


def test_one_that_moves_stays_and_goes_from_there(shared: GroupRepository) -> None:
    key = ids(shared)["fila"]
    (shared.root / "empresas/a/servicos").mkdir()
    shared.git("mv", "empresas/a/fila", "empresas/a/servicos/fila")
    shared.commit("refactor: move", {}, date=DAYS[2])
    assert states(shared) == {"fila": "active"} and ids(shared) == {"fila": key}
    drop(shared, "a/servicos/fila", 3)
    assert states(shared) == {"fila": "superseded"}


def test_one_that_moves_to_another_company_left(shared: GroupRepository) -> None:
    shared.write({"empresas/b/app.py": "1"})
    shared.git("mv", "empresas/a/fila", "empresas/b/fila")
    shared.commit("refactor: agora da B", {}, date=DAYS[2])
    assert states(shared) == {"fila": "superseded"}


def test_another_companys_of_the_same_name_stays(group: GroupRepository) -> None:
    make(group, "a/fila", 1)
    make(group, "b/fila", 2)
    drop(group, "a/fila", 3)
    assert states(group) == {"fila": "superseded"} and states(group, "empresa-b") == {"fila": "active"}


def test_two_of_one_name_are_two(group: GroupRepository) -> None:
    """The first keeps the id that it had; each goes by itself."""
    make(group, "a/loja/api", 1, "api")
    first = ids(group)
    make(group, "a/fiscal/api", 2, "@acme/api")
    both = ids(group)
    assert set(both) == {"api", "api (fiscal)"} and both["api"] == first["api"]
    make(group, "a/rh/api", 3, "api")
    make(group, "a/x/fiscal/api", 4, "api")
    assert set(ids(group)) == {"api", "api (fiscal)", "api (rh)", "api (x)"}
    drop(group, "a/loja/api", 5)
    found = {i["id"]: i["state"] for i in group.insights("empresa-a", "--all")}
    assert [key for key, state in found.items() if state != "active"] == [first["api"]]
    make(group, "a/loja/api", 6, "api")
    assert len(group.insights()) == 4 and first["api"] in {i["id"] for i in group.insights()}


@pytest.mark.parametrize("drained", ["one by one", "at once", "elsewhere"])
def test_clones_agree_on_which_is_which(
    group: GroupRepository,
    drained: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for day, folder in enumerate(("a/loja/api", "a/fiscal/api", "a/rh/api")):
        make(group, folder, day, "api")
        if drained == "one by one":
            group.orch("drain")
    drop(group, "a/loja/api", 4)
    here = ids(group)
    clone = GroupRepository(tmp_path / "clone", monkeypatch, capsys)
    subprocess.run(["git", "clone", "-q", str(group.root), str(clone.root)], check=True)
    clone.orch("trust", "--yes")
    assert ids(clone) == here and states(clone) == states(group)


@pytest.mark.parametrize("how", ["reorder", "amend the first"])
def test_ids_stay_when_the_commits_are_rewritten(
    group: GroupRepository, how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    make(group, "a/loja/api", 1, "api")
    make(group, "a/fiscal/api", 2, "api")
    before = ids(group)
    program = "sed -i '1h;1d;2G'" if how == "reorder" else "sed -i 1s/pick/reword/"
    monkeypatch.setenv("GIT_SEQUENCE_EDITOR", program)
    monkeypatch.setenv("GIT_EDITOR", "sed -i 1s/feat/fix/")
    group.git("rebase", "-q", "-i", "HEAD~2")
    assert ids(group) == before and set(states(group).values()) == {"active"}


def test_a_no_to_one_is_none_to_the_other(group: GroupRepository) -> None:
    make(group, "a/loja/api", 1, "api")
    make(group, "a/fiscal/api", 2, "api")
    found: Any = ids(group)
    group.orch("withdraw", found["api"])
    assert states(group) == {"api": "withdrawn", "api (fiscal)": "active"}
    drop(group, "a/loja/api", 3)
    make(group, "a/loja/api", 4, "api")
    assert states(group)["api"] == "withdrawn", "whoever took it back did so for good"


@pytest.mark.parametrize("point", [1, 4, 7, 10, 12])
def test_killed_while_it_leaves_it_has_left_once(group: GroupRepository, point: int) -> None:
    make(group, "a/fila", 1)
    group.orch("drain")
    drop(group, "a/fila", 2)
    run_killed(point, ["drain"], group.root, POINTS, ONE_BY_ONE)
    assert states(group) == {"fila": "superseded"}
    make(group, "a/fila", 3)
    run_killed(point, ["drain"], group.root, POINTS, ONE_BY_ONE)
    assert states(group) == {"fila": "active"}


def again(group: GroupRepository, how: str, day: int, message: str) -> None:
    """Bring what the branch `feature` did to where we are, in a commit of its own."""
    if how == "pick":
        group.git("cherry-pick", "feature")
    else:
        group.git("merge", "-q", "--squash", "feature")
        group.commit(message, {}, date=DAYS[day])


@pytest.mark.parametrize("how", ["pick", "squash"])
def test_made_on_a_branch_it_stays_when_that_is_picked_or_melted_and_deleted(
    group: GroupRepository, how: str
) -> None:
    group.commit("chore: x", {"empresas/a/x.py": "1"}, date=DAYS[1])
    group.git("switch", "-q", "-c", "feature")
    make(group, "a/fila", 2)
    group.orch("review", "--approve", ids(group)["fila"])
    pushed, before = push(group), ids(group)
    group.git("switch", "-q", "main")
    group.commit("chore: y", {"empresas/a/y.py": "1"}, date=DAYS[3])
    again(group, how, 4, "feat: a fila (#3)")
    group.orch("drain")
    group.git("branch", "-q", "-D", "feature")
    assert pushed == {"create": 3} and "retract" not in push(group)
    assert states(group) == {"fila": "active"} and ids(group) == before
    drop(group, "a/fila", 5)
    assert states(group) == {"fila": "superseded"} and push(group) == {"retract": 3}


@pytest.mark.parametrize("how", ["pick", "squash"])
def test_dropped_on_a_branch_it_stays_dropped_when_that_is_picked_or_melted_and_deleted(
    shared: GroupRepository, how: str
) -> None:
    shared.git("switch", "-q", "-c", "feature")
    drop(shared, "a/fila", 2)
    assert push(shared) == {"retract": 3}
    shared.git("switch", "-q", "main")
    shared.commit("chore: y", {"empresas/a/y.py": "1"}, date=DAYS[3])
    again(shared, how, 4, "chore: sem a fila (#3)")
    shared.orch("drain")
    shared.git("branch", "-q", "-D", "feature")
    assert push(shared) == {} and states(shared) == {"fila": "superseded"}


@pytest.mark.parametrize("backup", ["branch", "tag"])
def test_rewritten_it_stays_when_the_backup_goes(shared: GroupRepository, backup: str) -> None:
    shared.git(backup, "backup")
    shared.git("commit", "-q", "--amend", "--allow-empty", "-m", "feat: a fila")
    shared.orch("drain")
    shared.git(backup, "-d" if backup == "tag" else "-D", "backup")
    assert "retract" not in push(shared) and states(shared) == {"fila": "active"}
    assert len(shared.orch("components", "--company", "empresa-a", "--json").data) == 1


def test_a_second_manifest_beside_what_another_branch_dropped_is_no_birth(shared: GroupRepository) -> None:
    before = shared.insights("empresa-a")
    shared.git("switch", "-q", "-c", "feature")
    drop(shared, "a/fila", 2)
    shared.orch("drain")
    shared.git("switch", "-q", "main")
    second = {"empresas/a/fila/pyproject.toml": '[project]\nname = "fila"\nversion = "1"\n'}
    shared.commit("chore: y", second, date=DAYS[3])
    assert states(shared) == {"fila": "superseded"}
    shared.git("branch", "-q", "-D", "feature")
    assert [i["evidence"] for i in shared.insights("empresa-a")] == [i["evidence"] for i in before]
