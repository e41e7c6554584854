"""Refs and work trees: whoever moves them, and by whatever storage. And a repository that goes away."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from orchestrator.capture.watch_source import Place, RepositoryGoneError
from orchestrator.errors import Exit
from tests.capture.watcher import watching
from tests.git.sandbox import Sandbox

NEW_GIT = os.environ.get("ORCH_TEST_GIT", "git")


@pytest.fixture
def project(box: Sandbox) -> Sandbox:
    box.write("docs/guide.md")
    box.commit("base")
    return box


def test_a_client_without_hooks_is_seen_at_once(project: Sandbox) -> None:
    """libgit2 runs no hook at all: not for a commit, and none for the reference."""
    pygit2 = pytest.importorskip("pygit2")
    with watching(project, ()) as watcher:
        watcher.forget()
        repo = pygit2.Repository(str(project.root))
        who = pygit2.Signature("GUI", "gui@example.com")
        repo.create_commit("HEAD", who, who, "by a GUI", repo.head.peel().tree.id, [repo.head.target])
        assert watcher.wait(lambda: len(watcher.calls) > 0)


def test_refs_packed_deleted_and_made_again(project: Sandbox) -> None:
    with watching(project, ()) as watcher:
        for number in range(2):
            project("branch", f"deep/er/topic{number}")
            project("pack-refs", "--all", "--prune")  # git removes the folders refs/heads/deep/er
            watcher.forget()
            project("update-ref", f"refs/heads/deep/er/topic{number}", "HEAD^{}", "HEAD")
            project("branch", f"deep/er/again{number}")
            assert watcher.wait(lambda: len(watcher.calls) > 0)
            watcher.forget()
            project("branch", "-D", f"deep/er/again{number}", f"deep/er/topic{number}")
            assert watcher.wait(lambda: len(watcher.calls) > 0)


def test_tags_objects_and_the_index_are_no_news(project: Sandbox) -> None:
    with watching(project, ()) as watcher:
        before = watcher.settled()
        project("tag", "v1")
        project("hash-object", "-w", "docs/guide.md")
        project("update-index", "--refresh")
        project.write("docs/guide.md", "changed\n")
        project("stash", "-q")
        assert watcher.settled() == before == 1


def test_work_trees_come_commit_and_go(project: Sandbox, tmp_path: Path) -> None:
    with watching(project, ()) as watcher:
        for number in range(2):
            watcher.forget()
            project("worktree", "add", "-q", "--detach", str(tmp_path / f"linked{number}"))
            assert watcher.wait(lambda: len(watcher.calls) > 0)
            watcher.forget()
            Sandbox(tmp_path / f"linked{number}", init=False).commit("detached, no branch moves")
            assert watcher.wait(lambda: len(watcher.calls) > 0)
            watcher.forget()
            project("worktree", "remove", "--force", str(tmp_path / f"linked{number}"))
            assert watcher.wait(lambda: len(watcher.calls) > 0)
        assert watcher.ended is None


def test_a_work_tree_inside_the_work_tree(project: Sandbox) -> None:
    with watching(project, ("**/*.md",)) as watcher:
        project("worktree", "add", "-q", "--detach", "trees/linked")
        watcher.forget()
        project.write("trees/linked/docs/other.md")
        assert watcher.settled() == 0
        project("worktree", "remove", "--force", "trees/linked")
        project.write("docs/mine.md")
        assert watcher.sees("docs/mine.md")


def test_a_linked_work_tree_sees_its_own_documents_and_all_refs(project: Sandbox, tmp_path: Path) -> None:
    project("worktree", "add", "-q", "--detach", str(tmp_path / "linked"))
    linked = Sandbox(tmp_path / "linked", init=False)
    with watching(linked, ("**/*.md",)) as watcher:
        linked.write("docs/here.md")
        assert watcher.sees("docs/here.md")
        watcher.forget()
        linked.commit("detached")
        assert watcher.wait(lambda: len(watcher.calls) > 0)
        watcher.forget()
        project.commit("in the main work tree", other="x")
        assert watcher.wait(lambda: len(watcher.calls) > 0)


def test_a_separate_git_directory(box: Sandbox, tmp_path: Path) -> None:
    box("init", "-q", f"--separate-git-dir={tmp_path / 'git'}")
    with watching(box, ("*.md",)) as watcher:
        watcher.forget()
        box.commit("base", x="1")
        assert watcher.wait(lambda: len(watcher.calls) > 0)


def test_an_unborn_branch(box: Sandbox) -> None:
    with watching(box, ("*.md",)) as watcher:
        watcher.forget()
        box.commit("the first", **{"a.md": "x"})
        assert watcher.sees("a.md")


@pytest.fixture
def reftable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, box: Sandbox) -> Sandbox:
    shim = tmp_path / "bin"
    shim.mkdir()
    (shim / "git").symlink_to(shutil.which(NEW_GIT) or NEW_GIT)
    monkeypatch.setenv("PATH", f"{shim}{os.pathsep}{os.environ['PATH']}")
    made = subprocess.run(
        ["git", "init", "-q", "--ref-format=reftable", str(tmp_path / "reftable")],
        capture_output=True,
        check=False,
    )
    if made.returncode:
        pytest.skip("needs git >= 2.45 for reftable; name one in ORCH_TEST_GIT")
    return Sandbox(tmp_path / "reftable", init=False)


def test_reftable(reftable: Sandbox, tmp_path: Path) -> None:
    reftable.commit("base", x="1")
    with watching(reftable, ()) as watcher:
        watcher.forget()
        reftable.commit("in a table", x="2")
        assert watcher.wait(lambda: len(watcher.calls) > 0)
        reftable("worktree", "add", "-q", "--detach", str(tmp_path / "linked"))
        watcher.forget()
        Sandbox(tmp_path / "linked", init=False).commit("detached")
        assert watcher.wait(lambda: len(watcher.calls) > 0)


def ended(box: Sandbox, documents: tuple[str, ...], act: Callable[[], object]) -> RepositoryGoneError:
    with watching(box, documents) as watcher:
        act()
        assert watcher.wait(lambda: watcher.ended is not None, 10)
        assert isinstance(watcher.ended, RepositoryGoneError), watcher
        return watcher.ended


@pytest.mark.parametrize("documents", [(), ("**/*.md",)])
@pytest.mark.parametrize(
    "way", ["moved", "deleted", "its git directory deleted", "a parent moved", "made anew"]
)
def test_a_repository_that_goes_away_ends_the_watch(
    tmp_path: Path, box: Sandbox, way: str, documents: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("orchestrator.capture.watch.IDLE_SECONDS", 0.3)  # a moved parent makes no event
    project = Sandbox(tmp_path / "parent/work")
    project.commit("base", **{"a.md": "x"})

    def act() -> None:
        if way == "moved":
            project.root.rename(tmp_path / "moved")
        elif way == "a parent moved":
            (tmp_path / "parent").rename(tmp_path / "other")
        elif way == "its git directory deleted":
            shutil.rmtree(project.root / ".git")
        else:
            shutil.rmtree(project.root)
            if way == "made anew":
                Sandbox(project.root).commit("another", **{"a.md": "x"})

    error = ended(project, documents, act)
    assert error.exit_code == Exit.NOT_INITIALISED
    assert str(project.root) in error.message and "orch watch" in error.hint


def test_one_that_went_away_before_the_watch_began(project: Sandbox, tmp_path: Path) -> None:
    repo = project.repo
    project.root.rename(tmp_path / "moved")
    with pytest.raises(RepositoryGoneError):
        Place(repo)


def test_a_linked_work_tree_that_is_removed_ends_its_watch(project: Sandbox, tmp_path: Path) -> None:
    project("worktree", "add", "-q", "--detach", str(tmp_path / "linked"))
    linked = Sandbox(tmp_path / "linked", init=False)
    error = ended(linked, (), lambda: project("worktree", "remove", "--force", str(tmp_path / "linked")))
    assert "linked" in error.message


@pytest.mark.skipif(platform.system() != "Linux", reason="only a wake-up of the kernel's can be counted so")
def test_nothing_to_do_is_no_work(project: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """Idle, the watch sleeps in one call of the system for as long as it may."""
    from orchestrator.capture import watch_folders

    waits: list[float] = []
    real = watch_folders.ready

    def ready(seconds: float, *sources: object) -> bool:
        waits.append(seconds)
        return real(seconds, *sources)  # type: ignore[arg-type]

    with watching(project, ("**/*.md",)) as watcher:
        watcher.settled()
        monkeypatch.setattr(watch_folders, "ready", ready)
        project.write("docs/one.md")
        assert watcher.sees("docs/one.md")
        watcher.settled()
        assert waits[-1] == 5.0
        count = len(waits)
        watcher.settled()
        assert len(waits) == count
