"""Repositories in unusual places: inside others, beside others, borrowed, linked, owned by somebody else."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.odd.conftest import CACHE, INDEX, QUEUE, Place

Make = Callable[..., Place]
ALLOW = ("-c", "protocol.file.allow=always")


def test_a_commit_that_moves_a_submodule_and_orch_inside_the_submodule(place: Make) -> None:
    inner = place("inner").init()
    inner.commit(QUEUE)
    outer = place("outer").init().set_up()
    outer.git(*ALLOW, "submodule", "add", "-q", str(inner.root), "empresas/a/lib")
    outer.git("commit", "-q", "-m", CACHE)
    outer.works(1)
    sub = outer.at(outer.root / "empresas/a/lib")
    assert (sub.root / ".git").is_file()
    ran = sub.orch("status", expect=10)
    assert "orch is not set up here" in ran.err and "`orch init`" in ran.err
    sub.set_up().works(0)
    moved = sub.commit(INDEX)
    sub.works(1)
    assert moved in sub.evidence()
    outer.git("add", "empresas/a/lib")
    outer.git("commit", "-q", "-m", "fix: lib\n\nSolution: the newer library no longer leaks its connections")
    outer.works(1)
    assert moved not in outer.evidence() and len(outer.learnt()) == 2


def test_work_trees_that_are_linked_moved_locked_and_prunable(repo: Place) -> None:
    folder = repo.root.parent
    repo.git("add", "-A")
    repo.git("commit", "-q", "-m", "chore: orch")
    for name in ("moved", "locked", "gone"):
        repo.git("worktree", "add", "-q", "-b", name, str(folder / name))
    repo.git("worktree", "move", str(folder / "moved"), str(folder / "elsewhere"))
    repo.git("worktree", "lock", str(folder / "locked"))
    ids = [
        repo.at(folder / "elsewhere").commit(QUEUE),
        repo.at(folder / "locked").commit(INDEX),
        repo.at(folder / "gone").commit("perf: y\n\nSolution: gzip on the gateway cut the traffic by half"),
    ]
    (folder / "gone").rename(folder / "lost")  # git calls it prunable
    assert "prunable" in repo.git("worktree", "list", "--porcelain")
    repo.at(folder / "elsewhere").works(4)
    repo.works(0)
    assert set(ids) < set(repo.evidence())
    repo.git("worktree", "prune")
    repo.works(0)
    assert set(ids) < set(repo.evidence())


def test_a_detached_head_and_an_unborn_branch(repo: Place) -> None:
    repo.git("checkout", "-q", "--detach")
    alone = repo.commit(QUEUE)
    repo.works()
    assert alone in repo.evidence()
    repo.git("branch", "kept")
    repo.git("checkout", "-q", "--orphan", "fresh")
    repo.works(0)
    assert alone in repo.evidence()
    born = repo.commit(INDEX)
    repo.works(1)
    assert born in repo.evidence()


@pytest.mark.parametrize("how", ["--shared", "--reference"])
def test_a_clone_that_borrows_objects(place: Make, how: str) -> None:
    lender = place("lender").init()
    first = lender.commit(CACHE)
    clone = lender.at(lender.root.parent / "clone")
    options = [how] if how == "--shared" else [how, str(lender.root)]
    lender.git("clone", "-q", *options, f"file://{lender.root}", str(clone.root))
    if not (clone.root / ".git/objects/info/alternates").exists():
        (clone.root / ".git/objects/info").mkdir(exist_ok=True)
        lender.git("clone", "-q", "--shared", str(lender.root), str(clone.root.with_name("clone2")))
        clone = lender.at(clone.root.with_name("clone2"))
    clone.set_up().works(0)
    second = clone.commit(QUEUE)
    lender.root.rename(lender.root.with_name("away"))
    clone.refuses(r"This clone borrows git objects from .*lender.*, which is not there\.", "nothing is lost")
    lender.root.with_name("away").rename(lender.root)
    clone.works(1)
    assert clone.evidence() == sorted([first, second])


@pytest.mark.parametrize("name", ["-ação 日本 🎉", "a'b\"c$d\ttab#%41", "x\x85y"])
def test_a_path_of_unusual_letters(place: Make, name: str) -> None:
    odd = place(name).init().set_up()
    made = odd.commit(CACHE)
    odd.works(1)
    assert odd.evidence() == [made]
    assert "\t" not in odd.orch("doctor", expect=None).out


def test_a_path_with_a_line_break_is_refused(place: Make) -> None:
    broken = place("two\nlines").init()
    for command in (("init", "--yes"), ("drain",), ("status",), ("log",)):
        ran = broken.orch(*command, expect=10)
        assert "holds a line break" in ran.err and "Rename the folder" in ran.err


@pytest.mark.parametrize("name", ["back\\slash", b"latin\xe9".decode("utf-8", "surrogateescape")])
def test_a_path_that_no_database_opens_is_refused(place: Make, name: str) -> None:
    broken = place(name).init()
    for command in ("init", "drain"):
        ran = broken.orch(command, *(["--yes"] if command == "init" else []), expect=10)
        assert "holds a backslash" in ran.err and "Rename the folder" in ran.err


def test_git_variables_of_another_repository(
    repo: Place, place: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = place("other").init()
    other.commit(INDEX)
    made = repo.commit(QUEUE)
    nowhere = repo.root.parent / "nowhere"
    nowhere.mkdir()
    for name, value in {
        "GIT_DIR": str(other.root / ".git"),
        "GIT_WORK_TREE": str(other.root),
        "GIT_INDEX_FILE": "index",
        "GIT_OBJECT_DIRECTORY": str(other.root / ".git/objects"),
        "GIT_NAMESPACE": "x",
        "GIT_CEILING_DIRECTORIES": str(repo.root.parent.parent),
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": "core.bare",
        "GIT_CONFIG_VALUE_0": "true",
    }.items():
        monkeypatch.setenv(name, value)
    repo.works(1)
    assert made in repo.evidence()
    ran = repo.at(nowhere).orch("status", expect=10)
    assert "is not in a git repository" in ran.err and "does not follow GIT_DIR" in ran.err
    monkeypatch.delenv("GIT_DIR")
    monkeypatch.delenv("GIT_WORK_TREE")
    ceiling = repo.at(repo.root / "empresas")
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(repo.root))
    ran = ceiling.orch("status", expect=10)
    assert "GIT_CEILING_DIRECTORIES" in ran.err


@pytest.mark.skipif(os.getuid() != 0, reason="giving a folder away needs root")
def test_a_repository_of_another_user(repo: Place) -> None:
    made = repo.commit(QUEUE)
    os.chown(repo.root, 65534, 65534)
    os.chown(repo.root / ".git", 65534, 65534)
    repo.refuses(
        r"repo belongs to another user of this machine, so git reads nothing there\.",
        r"git config --global --add safe\.directory /\S+/repo`\.",
        code=10,
    )
    repo.git("config", "--global", "--add", "safe.directory", str(repo.root))
    repo.works(1)
    assert made in repo.evidence()


def test_links_in_place_of_our_folders_are_not_followed(repo: Place, tmp_path: Path) -> None:
    made = repo.commit(QUEUE)
    for name in (".orch", ".orch/companies", ".orch/companies/empresa-a"):
        real = repo.root / name
        real.rename(tmp_path / "moved")
        real.symlink_to(tmp_path / "moved")
        for command in ("drain", "status", "log", "companies"):
            ran = repo.orch(command, expect=1)
            assert f"{name} is a symbolic link" in ran.err, (command, ran)
            assert "put a real folder in its place" in ran.err, (command, ran)
        real.unlink()
        (tmp_path / "moved").rename(real)
    repo.works(1)
    assert made in repo.evidence()


def test_links_in_the_tree_are_paths_like_others(repo: Place) -> None:
    (repo.root / "empresas/b").symlink_to("a")  # a company's folder that is a link to another's
    (repo.root / "empresas/a/out").symlink_to("/etc/passwd")
    (repo.root / "empresas/a/package.json").symlink_to("/etc/hostname")
    repo.git("add", "-A")
    repo.git("commit", "-q", "-m", QUEUE)
    repo.works(1)
    assert len(repo.learnt()) == 2 and repo.learnt("empresa-b") == []
    linked = repo.at(repo.root / "empresas/b")
    assert [c["id"] for c in linked.orch("status", "--json").data] == ["empresa-a"]
