"""Each event of git leaves its nudge, by file and by configuration, and a rebase leaves one."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from orchestrator.capture import spool
from orchestrator.capture.hook_state import Report
from tests.capture.conftest import nudged
from tests.git.sandbox import Sandbox

Installed = Callable[..., Report]


def diverged(box: Sandbox, commits: int) -> list[str]:
    """`side` with some commits beside one of `main`; the ids of the former."""
    box.commit("base", a="1")
    box("checkout", "-qb", "side")
    old = [box.commit(f"side {n}", **{f"s{n}": "1"}) for n in range(commits)]
    box("checkout", "-q", "main")
    box.commit("main", m="1")
    return old


def hooks_of(box: Sandbox) -> list[str]:
    return [hook for hook, _detail in nudged(box)]


def test_commit_amend_switch_merge_and_restore(box: Sandbox, installed: Installed) -> None:
    installed()
    first = box.commit("first", a="1")
    assert nudged(box) == [("post-commit", "ref: refs/heads/main")]
    box("commit", "-q", "--amend", "-m", "amended")
    assert nudged(box) == [("post-commit", "ref: refs/heads/main"), ("post-rewrite", f"{first} {box.head}")]
    box("checkout", "-qb", "side")
    assert nudged(box) == [("post-checkout", f"{box.head} {box.head}")]
    box.commit("side", b="1")
    box("checkout", "-q", "main")
    box("merge", "-q", "side")
    assert hooks_of(box) == ["post-commit", "post-checkout", "post-merge"]
    box("checkout", "-q", "--", "a")
    assert nudged(box) == []
    box("commit", "-q", "--allow-empty", "--no-verify", "-m", "no-verify")
    assert hooks_of(box) == ["post-commit"]


@pytest.mark.parametrize("backend", ["--merge", "--apply"])
def test_a_rebase_nudges_once_and_maps_old_to_new(box: Sandbox, installed: Installed, backend: str) -> None:
    old = diverged(box, 3)
    installed()
    box("rebase", "-q", backend, "main", "side")
    batch = spool.take(box.repo)
    assert [n.hook for n in batch.nudges if n.hook != "post-checkout"] == ["post-rewrite"] * 3
    new = box("rev-list", "--reverse", "main..side").split()
    assert spool.rewrites(batch.nudges) == dict(zip(old, new, strict=True))


def test_a_rebase_that_stops_says_nothing_before_its_end(box: Sandbox, installed: Installed) -> None:
    diverged(box, 2)
    installed()
    editor = {"GIT_SEQUENCE_EDITOR": "sed -i -e 's/^pick/edit/'"}
    box.git("rebase", "-q", "-i", "main", "side", env=editor)
    box("commit", "-q", "--amend", "-m", "reworded")
    # An amended commit is mapped by its own post-rewrite; the rebase itself is silent.
    assert "post-commit" not in hooks_of(box)
    box("rebase", "--continue")
    box("rebase", "--continue")
    assert hooks_of(box).count("post-rewrite") == 2


def test_patches_applied_by_am_nudge_each(box: Sandbox, installed: Installed) -> None:
    diverged(box, 3)
    patches = box("format-patch", "--stdout", "main..side").encode() + b"\n"
    box("checkout", "-q", "main")
    installed()
    box.git("am", "-q", input=patches)
    assert len(nudged(box)) == 3


def test_a_commit_in_the_middle_of_am_is_no_rebase(box: Sandbox, installed: Installed) -> None:
    diverged(box, 1)
    box("checkout", "-q", "main")
    patch = box("format-patch", "--stdout", "main..side").encode() + b"\n"
    box.commit("conflict", s0="other")
    installed()
    box.git("am", "-q", input=patch, check=False)
    assert (box.root / ".git/rebase-apply/applying").exists()
    box.commit("by hand")
    assert hooks_of(box) == ["post-commit"]


@pytest.mark.parametrize("verb", ["cherry-pick", "revert"])
def test_a_sequence_nudges_each_commit_for_no_rewrite_comes(
    box: Sandbox, installed: Installed, verb: str
) -> None:
    old = diverged(box, 3)
    if verb == "revert":
        box("checkout", "-q", "side")
    installed()
    box(verb, *(["--no-edit"] if verb == "revert" else []), *(reversed(old) if verb == "revert" else old))
    assert hooks_of(box) == ["post-commit"] * 3


def test_each_work_tree_has_its_spool_and_all_are_read(
    box: Sandbox, installed: Installed, tmp_path: Path
) -> None:
    box.commit()
    installed()
    box("worktree", "add", "-q", "-b", "linked", str(tmp_path / "linked"))
    assert hooks_of(box) == ["post-checkout"]  # written through the new work tree's `.git` file
    linked = Sandbox(tmp_path / "linked", init=False)
    linked.commit("there", x="1")
    box.commit("here", y="1")
    assert (box.root / ".git/worktrees/linked/orch.spool").exists()
    assert sorted(nudged(linked)) == [
        ("post-commit", "ref: refs/heads/linked"),
        ("post-commit", "ref: refs/heads/main"),
    ]


def test_a_submodule_has_hooks_of_its_own(box: Sandbox, installed: Installed, tmp_path: Path) -> None:
    origin = Sandbox(tmp_path / "library")
    origin.commit("library", lib="1")
    box.commit()
    installed()
    box("-c", "protocol.file.allow=always", "submodule", "add", "-q", str(origin.root), "library")
    box.commit("with library")
    nudged(box)
    inner = Sandbox(box.root / "library", init=False)
    inner.commit("inside", more="1")
    assert nudged(box) == [] == nudged(inner)
    installed(inner)
    inner.commit("inside again", most="1")
    assert nudged(box) == []
    assert hooks_of(inner) == ["post-commit"]
    assert inner.repo.common_dir == box.root / ".git/modules/library"


def test_a_separate_git_directory_and_a_space_in_its_name(
    box: Sandbox, installed: Installed, tmp_path: Path
) -> None:
    Sandbox(tmp_path / "apart", init=False).root.mkdir()
    subprocess.run(
        ["git", "init", "-q", "--separate-git-dir", str(tmp_path / "git data"), str(tmp_path / "apart")],
        check=True,
    )
    apart = Sandbox(tmp_path / "apart", init=False)
    installed(apart)
    apart.commit()
    apart("checkout", "-qb", "other")
    assert hooks_of(apart) == ["post-commit", "post-checkout"]
    assert not (apart.root / "orch.spool").exists()


def test_from_below_the_top_and_with_a_named_git_directory(box: Sandbox, installed: Installed) -> None:
    installed()
    box.write("sub/file")
    box("add", "-A")
    for arguments in (["commit", "-qm", "1"], ["--git-dir=../.git", "--work-tree=..", "commit", "-qm", "2"]):
        subprocess.run(["git", *arguments, "--allow-empty"], cwd=box.root / "sub", check=True)
    assert hooks_of(box) == ["post-commit"] * 2


def test_a_repository_that_was_moved_goes_on(box: Sandbox, installed: Installed, tmp_path: Path) -> None:
    installed()
    box.root.rename(tmp_path / "moved here")
    moved = Sandbox(tmp_path / "moved here", init=False)
    moved.commit()
    assert hooks_of(moved) == ["post-commit"]
