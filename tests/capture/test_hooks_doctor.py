"""The doctor sees hooks that git would not run, and the command that it names mends it."""

from __future__ import annotations

import shlex
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from orchestrator.app.doctor_hooks import examine_hooks
from orchestrator.capture import hook_probe
from orchestrator.capture.hook_state import Means, Report
from orchestrator.capture.hooks import install, status
from tests.capture.conftest import nudged
from tests.capture.test_hooks_tools import pre_commit
from tests.git.sandbox import Sandbox, executable

Installed = Callable[..., Report]


def mended(box: Sandbox, *expected: str) -> None:
    """The doctor complains with these words; the command that it names is typed, and hooks run."""
    ok, detail, mend = examine_hooks(box.repo)
    assert not ok
    for words in expected:
        assert words in detail, detail
    words = shlex.split(mend)
    if words[:3] == ["orch", "hooks", "install"]:
        install(box.repo, files="--files" in words)
    else:
        subprocess.run(words, cwd=box.root, check=True)
    box.commit()
    nudged(box)
    if not examine_hooks(box.repo)[0]:
        install(box.repo)  # what the doctor says next
    ok, detail, _mend = examine_hooks(box.repo)
    assert ok, detail
    box.commit()
    assert len(nudged(box)) == 1


def files(folder: Path) -> dict[str, bytes]:
    return {str(p): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def test_all_is_well_and_nothing_is_written_or_run(
    box: Sandbox, installed: Installed, tmp_path: Path
) -> None:
    executable(box.root / ".git/hooks/post-commit", f"#!/bin/sh\ntouch {tmp_path}/ran\n")
    executable(box.root / ".git/hooks/post-rewrite", f"#!/usr/bin/env -S sh\ntouch {tmp_path}/ran\n")
    box("config", "hook.theirs.command", f"touch {tmp_path}/ran")
    box("config", "hook.theirs.event", "post-commit")
    installed(background=True)
    before = files(box.root)
    ok, _detail, mend = examine_hooks(box.repo)
    assert (ok, mend) == (True, "")
    assert files(box.root) == before
    assert not (tmp_path / "ran").exists()
    assert nudged(box) == []


def test_configuration_hooks_of_others_do_not_run_when_files_are_asked(
    box: Sandbox, new_git: None, tmp_path: Path
) -> None:
    install(box.repo, files=True)
    box("config", "hook.theirs.command", f"touch {tmp_path}/ran #")
    box("config", "hook.theirs.event", "post-commit")
    assert examine_hooks(box.repo)[0]
    assert not (tmp_path / "ran").exists()
    box.commit()
    assert (tmp_path / "ran").exists()


def test_nothing_installed(box: Sandbox) -> None:
    mended(box, "post-commit absent")


def test_not_executable(box: Sandbox) -> None:
    install(box.repo, files=True)
    (box.root / ".git/hooks/post-merge").chmod(0o600)
    mended(box, "post-merge not executable")


def test_outdated(box: Sandbox) -> None:
    install(box.repo, files=True)
    (box.root / ".git/hooks/post-commit").write_text("#!/bin/sh\n# orch-hook 1\n")
    mended(box, "post-commit outdated")


def test_replaced_by_another_tool(box: Sandbox) -> None:
    install(box.repo, files=True)
    path = box.root / ".git/hooks/post-commit"
    path.rename(path.with_name("post-commit.old"))
    executable(path, "#!/bin/sh\n")
    mended(box, "post-commit replaced by another tool")


@pytest.mark.usefixtures("only_files")
def test_moved_with_an_absolute_hooks_path(box: Sandbox, tmp_path: Path) -> None:
    """Git itself would say nothing and run nothing."""
    box.write(".gitignore", "/.hooks/_\n")
    box("config", "core.hooksPath", str(box.root / ".hooks/_"))
    install(box.repo, files=True)
    box.root.rename(tmp_path / "moved here")
    moved = Sandbox(tmp_path / "moved here", init=False)
    moved.commit()
    assert nudged(moved) == []
    mended(moved, "was moved", str(box.root / ".hooks/_"))
    assert moved("config", "core.hooksPath") == str(moved.root / ".hooks/_")


def test_copied_with_an_absolute_hooks_path(box: Sandbox, tmp_path: Path) -> None:
    """The copy would run, and an installation change, the hooks of the repository that it came from."""
    box.write(".gitignore", "/.hooks/_\n")
    box("config", "core.hooksPath", str(box.root / ".hooks/_"))
    box.commit()
    (box.root / ".hooks/_").mkdir(parents=True)
    subprocess.run(["cp", "-r", str(box.root), str(tmp_path / "copy")], check=True)
    copy = Sandbox(tmp_path / "copy", init=False)
    install(copy.repo)
    assert list((box.root / ".hooks/_").iterdir()) == []
    if status(copy.repo).means is Means.NONE:
        mended(copy, "in another repository", str(box.root))


@pytest.mark.parametrize("scope", ["--local", "--global"])
@pytest.mark.parametrize("value", ["/dev/null", "", "file/below"])
def test_a_hooks_path_that_switches_hooks_off(box: Sandbox, value: str, scope: str) -> None:
    box.commit("first", file="")
    install(box.repo, files=True)
    box("config", scope, "core.hooksPath", value)
    box.commit()
    assert nudged(box) == []
    mended(box, "git runs no hook file", f"“{value}”")


def test_ours_are_where_git_does_not_look(box: Sandbox) -> None:
    install(box.repo, files=True)
    box("config", "core.hooksPath", ".git/other")
    mended(box, str(box.root / ".git/hooks"), str(box.root / ".git/other"))


def test_a_folder_of_others_is_no_fault(box: Sandbox, tmp_path: Path) -> None:
    executable(tmp_path / "all-mine/post-commit", "#!/bin/sh\n")
    box("config", "--global", "core.hooksPath", str(tmp_path / "all-mine"))
    report = install(box.repo)
    ok, detail, mend = examine_hooks(box.repo)
    assert (ok, mend) == (True, "")
    assert report.means is Means.CONFIGURATION or "at the next orch command" in detail


def test_a_hook_that_looks_right_and_does_not_start(box: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """Everything that can be looked at is right: only running it shows it (no sh, a noexec mount)."""
    install(box.repo, files=True)
    if subprocess.run(["git", "hook", "run", "--ignore-missing", "x-x"], cwd=box.root).returncode == 129:
        pytest.skip("needs git 2.36, the first with `git hook run`")
    text = b"#!/bin/sh\n# orch-hook 2\nexit 127\n"
    (box.root / ".git/hooks/post-merge").write_bytes(text)
    monkeypatch.setattr("orchestrator.capture.hook_files.file_text", lambda _background: text)
    assert status(box.repo).hooks["post-merge"].runs
    assert list(hook_probe.failures(box.repo, status(box.repo))) == ["post-merge"]


def test_what_pre_commit_runs_is_not_asked(box: Sandbox, tmp_path: Path) -> None:
    install(box.repo, files=True)
    pre_commit(box.root / ".git/hooks/post-commit", tmp_path / "log")
    assert examine_hooks(box.repo)[0]
    assert not (tmp_path / "log").exists()


def test_configuration_hooks_that_do_not_start_are_seen(box: Sandbox, new_git: None) -> None:
    install(box.repo)
    report = status(box.repo)
    assert hook_probe.failures(box.repo, report) == {}
    box("config", "hook.orch.command", "exit 1; :")
    assert set(hook_probe.failures(box.repo, report)) == set(report.hooks)
    mended(box, "post-commit outdated")


def test_configuration_hooks_that_this_git_does_not_know(box: Sandbox, new_git: None) -> None:
    install(box.repo)
    box("config", "--unset-all", "hook.orch.event", "post-merge")
    mended(box, "post-merge absent")


def test_an_older_git_in_path_is_told(
    box: Sandbox, new_git: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(box.repo)
    executable(tmp_path / "old/git", "#!/bin/sh\necho git version 2.40.1\n")
    monkeypatch.setenv("PATH", f"{tmp_path / 'new-git'}:{tmp_path / 'old'}")
    ok, detail, _mend = examine_hooks(box.repo)
    assert ok and f"{tmp_path / 'old/git'} (2.40.1)" in detail and "orch hooks install --files" in detail
    install(box.repo, files=True)
    assert "2.40" not in examine_hooks(box.repo)[1]


def test_in_the_middle_of_a_rebase_all_is_well(box: Sandbox, installed: Installed) -> None:
    installed()
    (box.root / ".git/rebase-merge").mkdir()
    ok, detail, mend = examine_hooks(box.repo)
    assert (ok, mend) == (True, ""), detail
