"""Finding repositories, and saying plainly why there is none."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from orchestrator.errors import Exit, NotInitialisedError, OrchError, UsageError
from orchestrator.git import config_get, hooks_folder, open_repository, run, tips
from orchestrator.git.process import environment
from tests.git.sandbox import Sandbox


def test_it_is_found_from_any_folder_inside(box: Sandbox) -> None:
    box.write("a/b/c.txt")
    found = open_repository(box.root / "a" / "b")
    assert (found.root, found.git_dir, found.common_dir) == (box.root, box.root / ".git", box.root / ".git")


def test_a_linked_work_tree_has_its_own_git_dir_and_the_shared_one(box: Sandbox, tmp_path: Path) -> None:
    box.commit()
    box("worktree", "add", "-q", "--detach", str(tmp_path / "linked"))
    found = open_repository(tmp_path / "linked")
    assert found.root == tmp_path / "linked"
    assert found.git_dir == box.root / ".git" / "worktrees" / "linked"
    assert found.common_dir == box.root / ".git"
    assert found.git_dirs == (found.common_dir, found.git_dir)


def test_a_submodule_is_a_repository_of_its_own(box: Sandbox, tmp_path: Path) -> None:
    inner = Sandbox(tmp_path / "inner")
    inner.commit()
    box("-c", "protocol.file.allow=always", "submodule", "add", "-q", str(inner.root), "sub")
    found = open_repository(box.root / "sub")
    assert found.root == box.root / "sub"
    assert found.git_dir == box.root / ".git" / "modules" / "sub"


@pytest.mark.parametrize("kind", ["none", "bare", "inside", "absent"])
def test_each_refusal_names_its_reason(box: Sandbox, tmp_path: Path, kind: str) -> None:
    folders = {
        "none": tmp_path / "home",
        "bare": tmp_path / "b.git",
        "inside": box.root / ".git",
        "absent": tmp_path / "x",
    }
    if kind == "bare":
        box("init", "-q", "--bare", str(folders["bare"]))
    with pytest.raises(NotInitialisedError) as caught:
        open_repository(folders[kind])
    assert caught.value.exit_code == Exit.NOT_INITIALISED
    words = {"none": "não|not in a git", "bare": "bare", "inside": "git", "absent": str(folders["absent"])}
    assert any(word in caught.value.message for word in words[kind].split("|"))
    assert "Traceback" not in caught.value.message


def test_git_missing(box: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path / "empty"))
    with pytest.raises(NotInitialisedError, match="git"):
        open_repository(box.root)


def test_the_environment_of_a_hook_does_not_lead_elsewhere(
    box: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = Sandbox(tmp_path / "other")
    other.commit("elsewhere")
    mine = box.commit("here")
    monkeypatch.setenv("GIT_DIR", str(other.root / ".git"))
    monkeypatch.setenv("GIT_WORK_TREE", str(other.root))
    monkeypatch.setenv("GIT_INDEX_FILE", ".git/index")
    assert open_repository(box.root).root == box.root
    assert set(tips(box.repo).values()) == {mine}


def test_no_variable_that_git_calls_local_survives(box: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    names = box("rev-parse", "--local-env-vars").split()
    for name in names:
        monkeypatch.setenv(name, "/nowhere")
    cleaned = environment()
    assert {n: cleaned[n] for n in names if cleaned.get(n) == "/nowhere"} == {}
    assert len(names) > 10


def test_git_s_own_words_come_with_control_characters_visible(box: Sandbox) -> None:
    with pytest.raises(OrchError) as caught:
        run(box.repo, "rev-parse", "--verify", "no\x1b[31mwhere")
    assert "\x1b" not in caught.value.message
    assert "rev-parse" in caught.value.message


def test_configuration_is_read_as_it_is(box: Sandbox) -> None:
    box("config", "core.hooksPath", "custom")
    box("config", "demo.empty", "")
    assert config_get(box.repo, "core.hooksPath") == "custom"
    assert config_get(box.repo, "demo.empty") == ""
    assert config_get(box.repo, "demo.absent") is None
    assert hooks_folder(box.repo) == box.root / "custom"
    with pytest.raises(UsageError):
        config_get(box.repo, "--list")


def test_busy_while_a_merge_waits_for_a_person(box: Sandbox) -> None:
    box.commit("base", a="1")
    box("checkout", "-qb", "side")
    box.commit("side", a="2")
    box("checkout", "-q", "main")
    box.commit("main", a="3")
    assert not box.repo.busy
    assert subprocess.run(["git", "merge", "-q", "side"], cwd=box.root, capture_output=True).returncode == 1
    assert box.repo.busy
