"""Configuration hooks: the section comes and goes by its bytes, and old and new git share a clone."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from orchestrator import git
from orchestrator.capture import hook_config
from orchestrator.capture.hook_state import Means, State
from orchestrator.capture.hook_text import NAMES, command_text
from orchestrator.capture.hooks import install, status, uninstall
from orchestrator.errors import LockedError
from orchestrator.git.process import execute
from orchestrator.git.repository import Repository
from tests.capture.conftest import nudged
from tests.git.sandbox import Sandbox, executable

OLD_GIT = "/usr/bin/git"


def old_git(box: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """From here on the system's git, which must be one without configuration hooks."""
    said = subprocess.run([OLD_GIT, "hook", "list", "post-commit"], cwd=box.root, capture_output=True)
    if said.returncode != 129:
        pytest.skip("needs a git older than 2.54 beside the new one")
    monkeypatch.setenv("PATH", f"{Path(OLD_GIT).parent}{os.pathsep}{os.environ['PATH']}")


def test_the_section_and_what_git_reads_of_it(box: Sandbox, new_git: None) -> None:
    before = (box.root / ".git/config").read_bytes()
    report = install(box.repo)
    assert report.active and report.means is Means.CONFIGURATION and report.note == ""
    assert not (box.root / ".git/hooks/post-commit").exists()
    assert box("config", "--local", "--get-all", "hook.orch.event").split() == [*NAMES]
    read = subprocess.run(
        ["git", "config", "--null", "--get", "hook.orch.command"], cwd=box.root, capture_output=True
    ).stdout
    assert read.decode() == command_text(False) + "\0"
    once = (box.root / ".git/config").read_bytes()
    assert install(box.repo).changes == ()
    assert (box.root / ".git/config").read_bytes() == once
    box.commit()
    uninstall(box.repo)
    assert (box.root / ".git/config").read_bytes() == before
    assert not list((box.root / ".git").glob("orch.*"))


BLOCKS = [
    b"[core]\n\tbare = false\n",
    b'[hook "lint"]\n\tevent = post-commit\n\tcommand = true\n',
    b"# a comment of theirs\n",
    b"\n",
    b'[remote "origin"]\r\n\turl = https://example.com/x\\\r\n',
    b"; the end",
    b'[alias]\n\tx = "!f() { \\\n[hook \\"orch\\"]\\\n}; f"\n',
    b"[user]\n\tname = Jos\xc3\xa9 \xff",
    b'[hook "orchestra"]\n\tcommand = true\n',
]
MARK = b"\xef\xbb\xbf"  # some editors put it before the first byte; git passes over it there


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from([MARK, *BLOCKS]), max_size=5), st.lists(st.sampled_from(BLOCKS), max_size=3))
@example([b""], [])
@example([b"[user]\n\tname = x"], [b"[core]\n"])
def test_every_other_byte_stays(
    tmp_path_factory: pytest.TempPathFactory, earlier: list[bytes], later: list[bytes]
) -> None:
    """Whatever is in the file before, and whatever git or a person appends while we are installed."""
    folder = tmp_path_factory.mktemp("git")
    repo = Repository(root=folder, git_dir=folder, common_dir=folder)
    config, before = folder / "config", b"".join(earlier)
    config.write_bytes(before)
    for step in [*hook_config.install_steps(repo, background=True)]:
        step.do()
    assert hook_config.present(repo)
    later = [block if block.endswith(b"\n") else block + b"\n" for block in later]
    config.write_bytes(config.read_bytes() + b"".join(later))
    for step in [*hook_config.install_steps(repo, background=False)]:  # renewed in between
        step.do()
    for step in [*hook_config.uninstall_steps(repo)]:
        step.do()
    if later:
        ended = before if before.endswith(b"\n") or not before else before + b"\n"
        assert config.read_bytes() in (before + b"".join(later), ended + b"".join(later))
    else:
        assert config.read_bytes() == before
    assert not hook_config.present(repo)


def listed(box: Sandbox) -> dict[str, str]:
    entries = box("config", "--local", "--list", "-z").split("\0")
    return dict(entry.partition("\n")[::2] for entry in entries)


def test_what_git_itself_writes_meanwhile_stays(box: Sandbox, new_git: None) -> None:
    box("config", "hook.lint.event", "post-commit")
    box("config", "hook.lint.command", "true")
    install(box.repo)
    box("config", "user.nickname", "ana")
    box("config", "hook.zlint.event", "post-merge")
    box("config", "hook.zlint.command", "true")
    box("config", "hook.orch.enabled", "false")  # written into our section
    before = listed(box)
    uninstall(box.repo)
    after = listed(box)
    assert after == {key: value for key, value in before.items() if not key.startswith("hook.orch.")}
    assert "hook.lint.command" in after and "hook.zlint.command" in after


def test_a_section_that_a_person_rewrote_goes_whole(box: Sandbox, new_git: None) -> None:
    install(box.repo)
    config = box.root / ".git/config"
    text = config.read_text().replace("\n\tevent = post-merge", "\nevent = post-merge\\\n")
    config.write_text(text + "enabled = true\n# theirs\n[x]\n\ty = z\n")
    uninstall(box.repo)
    assert box("config", "--local", "--get", "x.y") == "z"
    assert "orch" not in config.read_text() and "# theirs" in config.read_text()


def test_somebody_s_switch_is_respected_and_said(box: Sandbox, new_git: None) -> None:
    install(box.repo)
    box("config", "hook.orch.enabled", "false")
    report = status(box.repo)
    assert set(report.hooks.values()) == {State.DISABLED}
    assert "git config --unset-all hook.orch.enabled" in report.mend
    install(box.repo, background=True)
    assert box("config", "hook.orch.enabled") == "false"
    box.commit()
    assert nudged(box) == []
    box(*report.mend.split()[1:])
    assert status(box.repo).active and status(box.repo).background


def test_an_older_section_is_renewed(box: Sandbox, new_git: None) -> None:
    install(box.repo)
    box("config", "hook.orch.command", "echo old")
    assert set(status(box.repo).hooks.values()) == {State.OUTDATED}
    assert install(box.repo).active
    assert box("config", "--get-all", "hook.orch.event").split() == [*NAMES]


@pytest.mark.parametrize("value", ["/dev/null", "", "file/below", ".husky", "/nowhere/hooks"])
def test_hooks_that_a_path_switches_off_run_all_the_same(box: Sandbox, new_git: None, value: str) -> None:
    box.commit("first", **{".husky/post-commit": "#!/bin/sh\n", "file": ""})
    box("config", "core.hooksPath", value)
    report = install(box.repo)
    assert report.active and report.note == ""
    box.commit()
    assert nudged(box) == [("post-commit", "ref: refs/heads/main")]


def test_hook_files_of_others_run_beside_ours_with_their_exit_code(
    box: Sandbox, new_git: None, tmp_path: Path
) -> None:
    box.commit()
    executable(box.root / ".git/hooks/post-checkout", f'#!/bin/sh\necho "$*" >>{tmp_path}/log\nexit 3\n')
    install(box.repo)
    done = subprocess.run(["git", "checkout", "-qb", "b"], cwd=box.root)
    assert done.returncode  # git says what their post-checkout said
    assert (tmp_path / "log").read_text().split() == [box.head, box.head, "1"]
    assert nudged(box) == [("post-checkout", f"{box.head} {box.head}")]


def test_our_hook_passes_when_git_waits_for_its_exit_code(box: Sandbox, new_git: None) -> None:
    box.commit()
    install(box.repo)
    (box.root / ".git/orch.spool").mkdir()
    assert subprocess.run(["git", "checkout", "-qb", "b"], cwd=box.root, capture_output=True).stderr == b""
    assert box("branch", "--show-current") == "b"


def test_a_configuration_that_git_has_locked(
    box: Sandbox, new_git: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("orchestrator.capture.hook_steps._LOCK_SECONDS", 0.05)
    before = (box.root / ".git/config").read_bytes()
    (box.root / ".git/config.lock").touch()
    with pytest.raises(LockedError, match="config"):
        install(box.repo)
    assert (box.root / ".git/config").read_bytes() == before
    assert (box.root / ".git/config.lock").exists()


def test_a_configuration_that_changed_meanwhile_is_not_overwritten(box: Sandbox) -> None:
    (step,) = hook_config.install_steps(box.repo, background=False)
    box("config", "user.nickname", "ana")
    with pytest.raises(LockedError):
        step.do()
    assert box("config", "user.nickname") == "ana"
    assert not (box.root / ".git/config.lock").exists()


def test_a_broken_hook_of_others_is_quoted(box: Sandbox, new_git: None) -> None:
    box("config", "hook.lint.event", "post-commit")  # without a command git refuses to run any hook
    report = install(box.repo)
    assert "hook.lint.command" in report.note and not report.active


def test_orch_s_own_git_commands_run_no_configuration_hook_of_a_clone(
    box: Sandbox, new_git: None, tmp_path: Path
) -> None:
    box.commit()
    box("clone", "-q", "--bare", ".", str(tmp_path / "bare"))
    box("config", "hook.evil.command", f"touch {tmp_path}/ran #")
    for event in ("reference-transaction", "post-index-change", "post-checkout", "pre-push"):
        box("config", "--add", "hook.evil.event", event)
    git.run(box.repo, "update-ref", "refs/heads/other", "HEAD")
    git.run(box.repo, "worktree", "add", "-q", str(tmp_path / "linked"), "other")
    pushed = ["push", "-q", str(tmp_path / "bare"), "other"]
    assert execute(box.repo.root, pushed, network=True).returncode == 0
    assert not (tmp_path / "ran").exists()
    box("update-ref", "refs/heads/more", "HEAD")
    assert (tmp_path / "ran").exists()  # git itself would: otherwise this proves nothing


# --------------------------------------------------------------- one clone, an old and a new git


def test_installed_by_the_new_git_the_old_one_sees_it_and_mends_it(
    box: Sandbox, new_git: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    box.commit()
    install(box.repo)
    new_path = os.environ["PATH"]
    old_git(box, monkeypatch)
    box.commit("by the old one")  # passes, says nothing, is captured at the next command
    assert nudged(box) == []
    report = status(box.repo)
    assert not report.active and "does not run" in report.note and report.mend == "orch hooks install"
    assert install(box.repo).means is Means.FILES
    assert not hook_config.present(box.repo)
    box.commit()
    assert len(nudged(box)) == 1
    monkeypatch.setenv("PATH", new_path)
    box.commit()
    assert len(nudged(box)) == 1
    assert install(box.repo).changes == ()  # the files serve both


def test_both_at_once_nudge_twice_and_do_no_harm(
    box: Sandbox, new_git: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(box.repo, files=True)
    for step in [*hook_config.install_steps(box.repo, background=False)]:
        step.do()
    assert status(box.repo).means is Means.BOTH
    box.commit()
    assert nudged(box) == [("post-commit", "ref: refs/heads/main")] * 2
    uninstall(box.repo)
    assert status(box.repo).means is Means.NONE
    old_git(box, monkeypatch)
    assert status(box.repo).means is Means.NONE


def test_where_files_may_not_be_written_the_section_stays_for_the_new_git(
    box: Sandbox, new_git: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    box.commit("first", **{".husky/post-commit": "#!/bin/sh\n"})
    box("config", "core.hooksPath", ".husky")
    install(box.repo)
    old_git(box, monkeypatch)
    report = install(box.repo)
    assert "belongs to the project" in report.note and report.changes == ()
    assert hook_config.present(box.repo)
