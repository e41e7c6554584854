"""Hook files: what was there goes on working, and uninstalling leaves no trace."""

from __future__ import annotations

import os
import stat
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from orchestrator.capture import hook_files, hook_steps, hooks, spool
from orchestrator.capture.hook_state import Means, Report, State
from orchestrator.capture.hook_text import NAMES, file_text, hook_source, is_ours
from orchestrator.capture.hooks import status, uninstall
from orchestrator.errors import UserError
from tests.capture.conftest import nudged
from tests.git.sandbox import Sandbox, executable

NOTE = '#!/bin/sh\necho "$0|$(basename "$0")|$(dirname "$0")|$*" >>"{log}"\ncat >>"{log}"\nexit {code}\n'


def install(repo: hooks.Repository, *, background: bool = False) -> Report:
    """As files, whatever git the tests run on."""
    return hooks.install(repo, background=background, files=True)


def snapshot(folder: Path) -> dict[str, tuple[bytes, int]]:
    return {p.name: (p.read_bytes(), stat.S_IMODE(p.stat().st_mode)) for p in folder.iterdir() if p.is_file()}


def test_the_hook_is_one_constant_text_of_posix_sh() -> None:
    text = (hook_source() / "post-commit").read_text()
    assert text.startswith("#!/bin/sh\n# orch-hook 3\n")
    assert "$(" not in text
    assert "`" not in "".join(line for line in text.splitlines() if not line.lstrip().startswith("#"))
    assert os.access(hook_source() / "post-commit", os.X_OK)
    assert [p.name for p in hook_source().iterdir()] == ["post-commit"]
    assert file_text(False) == text.encode()
    changed = set(file_text(True).splitlines()) ^ set(file_text(False).splitlines())
    assert changed == {b"orch_background=", b"orch_background=yes"}


def test_no_process_is_started(box: Sandbox, tmp_path: Path) -> None:
    """With nothing at all in PATH the hook still does its work: builtins only."""
    install(box.repo)
    done = subprocess.run(
        [box.root / ".git/hooks/post-commit"],
        cwd=box.root,
        env={"PATH": str(tmp_path / "empty")},
        capture_output=True,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
    assert nudged(box) == [("post-commit", "ref: refs/heads/main")]


@pytest.mark.parametrize("harm", ["no programs", "spool a folder", "spool a full device"])
def test_a_commit_succeeds_and_says_nothing(
    box: Sandbox, installed: Callable[..., Report], tmp_path: Path, harm: str
) -> None:
    installed(background=True)
    environment = {}
    if harm == "no programs":
        environment["PATH"] = str(tmp_path / "empty")
    elif harm == "spool a folder":
        (box.root / ".git" / spool.NAME).mkdir()
    else:
        (box.root / ".git" / spool.NAME).symlink_to("/dev/full")
    git = subprocess.run(["sh", "-c", "command -v git"], capture_output=True, text=True).stdout.strip()
    done = subprocess.run(
        [git, "commit", "--allow-empty", "-m", "message"],
        cwd=box.root,
        env=os.environ | environment,
        capture_output=True,
    )
    assert (done.returncode, done.stderr) == (0, b"")
    assert box("log", "--format=%s") == "message"


SHELLS = ["#!/bin/sh", "#!/usr/bin/env sh", "#!/bin/bash", "#!/usr/bin/env -S sh", ""]


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize("code", [0, 7])
def test_the_hook_that_was_there_runs_with_its_arguments_and_exit_code(
    box: Sandbox, tmp_path: Path, shell: str, code: int
) -> None:
    box.commit()
    log = tmp_path / "log"
    text = NOTE.format(log=log, code=code).replace("#!/bin/sh\n", f"{shell}\n" if shell else "")
    executable(box.root / ".git/hooks/post-checkout", text)
    assert install(box.repo).hooks["post-checkout"] == State.CHAINED
    hook = [".git/hooks/post-checkout", "old", "new words", "1"]
    assert subprocess.run(hook, cwd=box.root, stdin=subprocess.DEVNULL).returncode == code
    log.unlink()
    done = subprocess.run(["git", "checkout", "-qb", "b"], cwd=box.root)
    assert bool(done.returncode) == bool(code)  # git says what post-checkout said
    zero, base, folder, arguments = log.read_text().strip().split("|")
    assert arguments == f"{box.head} {box.head} 1"
    if shell in ("#!/bin/sh", "#!/usr/bin/env sh", "#!/bin/bash"):  # as husky 4 needs it
        assert (zero, base, folder) == (".git/hooks/post-checkout", "post-checkout", ".git/hooks")


@pytest.mark.parametrize("name", NAMES)
def test_in_a_rebase_too_the_hook_that_was_there_runs(box: Sandbox, tmp_path: Path, name: str) -> None:
    executable(box.root / f".git/hooks/{name}", f'#!/bin/sh\necho "$*" >>{tmp_path}/log\n')
    install(box.repo)
    (box.root / ".git/rebase-merge").mkdir()
    arguments = ["a", "b", "1"] if name == "post-checkout" else []
    subprocess.run([f".git/hooks/{name}", *arguments], cwd=box.root, check=True, stdin=subprocess.DEVNULL)
    assert (tmp_path / "log").read_text().split() == arguments
    assert bool(nudged(box)) == (name in ("post-rewrite", "post-checkout"))


@pytest.mark.parametrize("commits", [0, 1, 200, 250])
def test_a_chained_post_rewrite_gets_its_standard_input(box: Sandbox, tmp_path: Path, commits: int) -> None:
    log = tmp_path / "log"
    executable(box.root / ".git/hooks/post-rewrite", NOTE.format(log=log, code=0))
    install(box.repo)
    pairs = "".join(f"{n:040x} {n + 1:040x}\n" for n in range(commits))
    subprocess.run(
        [".git/hooks/post-rewrite", "rebase"], cwd=box.root, input=pairs.encode(), check=True, timeout=20
    )
    assert log.read_text() == f".git/hooks/post-rewrite|post-rewrite|.git/hooks|rebase\n{pairs}"
    assert len(nudged(box)) == max(commits, 1)  # without pairs too, something happened


def test_a_rebase_of_very_many_commits_costs_by_their_number_not_its_square(box: Sandbox) -> None:
    install(box.repo)
    pairs = "".join(f"{n:040x} {n + 1:040x}\n" for n in range(20_000))
    hook = ["sh", "-c", 'ulimit -t 20 && exec .git/hooks/post-rewrite "$@"', "sh", "rebase"]  # CPU seconds
    subprocess.run(hook, cwd=box.root, input=pairs.encode(), check=True)
    assert len(nudged(box)) == 20_000


def test_a_hook_that_nobody_could_run_is_kept_and_not_run(box: Sandbox) -> None:
    path = box.root / ".git/hooks/post-commit"
    path.write_text("#!/bin/sh\nexit 1\n")
    path.chmod(0o644)
    install(box.repo)
    box.commit()
    uninstall(box.repo)
    assert stat.S_IMODE(path.stat().st_mode) == 0o644


def test_a_folder_by_a_hooks_name_is_left_alone(box: Sandbox) -> None:
    folder = box.root / ".git/hooks/post-commit"
    (folder / "deep").mkdir(parents=True)
    install(box.repo)
    assert folder.is_dir() and not os.path.lexists(f"{folder}.orch-prev")
    folder.rename(f"{folder}.orch-prev")  # as earlier versions kept it
    folder.write_bytes(file_text(False))
    folder.chmod(0o755)
    box.commit()
    done = subprocess.run([folder], cwd=box.root, capture_output=True)
    assert (done.returncode, done.stderr) == (0, b"")
    uninstall(box.repo)
    assert (folder / "deep").is_dir()


def test_installing_twice_changes_nothing_and_uninstalling_restores_everything(box: Sandbox) -> None:
    folder = box.root / ".git/hooks"
    executable(folder / "post-commit", "#!/usr/bin/env python3\nprint('é')\r\n")
    (folder / "post-commit").chmod(0o751)
    (folder / "post-merge").symlink_to("../../scripts/merge")
    (folder / "post-rewrite").symlink_to("nowhere")
    executable(box.root / "scripts/merge", "#!/bin/sh\n")
    before = snapshot(folder)
    assert install(box.repo).active
    once = snapshot(folder)
    assert install(box.repo).changes == ()
    assert snapshot(folder) == once
    box.commit()
    report = uninstall(box.repo)
    assert snapshot(folder) == before
    assert os.readlink(folder / "post-merge") == "../../scripts/merge"
    assert os.readlink(folder / "post-rewrite") == "nowhere"
    assert set(report.hooks.values()) == {State.FOREIGN, State.ABSENT}
    assert not spool.pending(box.repo)
    assert uninstall(box.repo).changes == ()
    assert snapshot(folder) == before


@settings(max_examples=30, deadline=None)
@given(st.dictionaries(st.sampled_from(NAMES), st.tuples(st.binary(max_size=300), st.integers(0, 0o777))))
@example({"post-commit": (b"#!/bin/sh\n# orch-hooks are others\n", 0o755)})
@example({"post-commit": (b"# orch-hook ", 0)})
def test_any_bytes_and_any_mode_survive(
    tmp_path_factory: pytest.TempPathFactory, found: dict[str, tuple[bytes, int]]
) -> None:
    assume(not any(is_ours(content) for content, _mode in found.values()))
    folder = tmp_path_factory.mktemp("hooks")
    for name, (content, mode) in found.items():
        (folder / name).write_bytes(content)
        (folder / name).chmod(mode)
    before = snapshot(folder)
    for step in [*hook_files.install_steps(folder, background=False)]:
        step.do()
    assert all(is_ours((folder / name).read_bytes()) for name in NAMES)
    for step in [*hook_files.uninstall_steps(folder)]:
        step.do()
    assert snapshot(folder) == before


@pytest.mark.parametrize("dies_at", range(8))
def test_a_hook_that_was_there_has_its_name_at_every_moment(
    box: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, dies_at: int
) -> None:
    """Killed after any step of the installation: the hook still runs, and both ways lead out."""
    folder = box.root / ".git/hooks"
    executable(folder / "post-commit", f"#!/bin/sh\necho ran >>{tmp_path}/log\n")
    before = snapshot(folder)
    steps = [*hook_files.install_steps(folder, background=False)]
    assert len(steps) == 7
    for step in steps[:dies_at]:
        step.do()
    box.commit()
    assert (tmp_path / "log").read_text() == "ran\n"
    if dies_at % 2:  # and a second time, over what the first left
        assert install(box.repo).hooks["post-commit"] == State.CHAINED
    uninstall(box.repo)
    assert snapshot(folder) == before


def test_without_hard_links_the_hook_is_renamed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_arguments: object, **_options: object) -> None:
        raise OSError(1, "Operation not permitted")

    monkeypatch.setattr(hook_steps.os, "link", refuse)
    executable(tmp_path / "post-commit", "theirs")
    before = snapshot(tmp_path)
    for step in [*hook_files.install_steps(tmp_path, background=False)]:
        step.do()
    assert hook_files.states(tmp_path)["post-commit"] is State.CHAINED
    for step in [*hook_files.uninstall_steps(tmp_path)]:
        step.do()
    assert snapshot(tmp_path) == before


def test_dry_run_tells_every_step_and_takes_none(box: Sandbox) -> None:
    folder = box.root / ".git/hooks"
    executable(folder / "post-commit", "#!/bin/sh\n")
    before = snapshot(folder)
    told = hooks.install(box.repo, files=True, dry_run=True)
    assert snapshot(folder) == before
    assert [line.split()[0] for line in told.changes] == ["link", "keep", *["write"] * 5]
    assert told.hooks["post-commit"] is State.FOREIGN
    assert install(box.repo).changes == told.changes
    told = hooks.uninstall(box.repo, dry_run=True)
    assert status(box.repo).active
    assert [line.split()[0] for line in told.changes] == ["rename", *["remove"] * 5]
    assert uninstall(box.repo).changes == told.changes


def test_a_folder_that_cannot_be_written_is_a_plain_sentence(
    box: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_arguments: object, **_named: object) -> None:  # root may write anywhere in a repository
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "mkdir", refused)
    box("config", "core.hooksPath", ".git/orch-hooks")
    with pytest.raises(UserError, match="orch-hooks"):
        install(box.repo)


@pytest.mark.parametrize("older", ["#!/bin/sh\n# orch-hook 0\nexit 1\n", "#!/bin/sh\n# orch-hook 1\n"])
def test_an_older_hook_of_ours_is_renewed(box: Sandbox, older: str) -> None:
    install(box.repo)
    path = box.root / ".git/hooks/post-commit"
    path.write_text(older)
    (path.parent / "orch-background").touch()  # what version 1 looked for
    assert status(box.repo).hooks["post-commit"] == State.OUTDATED
    assert install(box.repo).hooks["post-commit"] == State.INSTALLED
    assert path.read_bytes() == file_text(False)
    assert stat.S_IMODE(path.stat().st_mode) == 0o755
    assert not (path.parent / "orch-background").exists()


def test_a_hook_of_ours_that_git_passes_over_is_made_executable_again(box: Sandbox) -> None:
    install(box.repo)
    path = box.root / ".git/hooks/post-commit"
    path.chmod(0o644)
    report = status(box.repo)
    assert (report.hooks["post-commit"], report.mend) == (State.NOT_EXECUTABLE, "orch hooks install")
    box.commit()
    assert nudged(box) == []
    assert install(box.repo).active
    box.commit()
    assert nudged(box) == [("post-commit", "ref: refs/heads/main")]


def test_a_hook_put_over_ours_is_chained_and_the_older_one_kept(box: Sandbox, tmp_path: Path) -> None:
    path = box.root / ".git/hooks/post-commit"
    executable(path, f"#!/bin/sh\necho old >>{tmp_path}/log\n")
    install(box.repo)
    path.unlink()
    executable(path, f"#!/bin/sh\necho new >>{tmp_path}/log\n")
    assert status(box.repo).hooks["post-commit"] == State.REPLACED
    install(box.repo)
    box.commit()
    assert (tmp_path / "log").read_text() == "new\n"
    assert "old" in (path.parent / "post-commit.orch-prev-1").read_text()


def test_the_repository_s_own_hooks_path_is_honoured(box: Sandbox) -> None:
    folder = box.root / ".hooks/_"
    box.write(".gitignore", "/.hooks/_\n")
    box("config", "core.hooksPath", ".hooks/_")
    report = install(box.repo)
    assert report.folder == folder
    assert report.active
    box.commit()
    assert nudged(box) == [("post-commit", "ref: refs/heads/main")]
    assert not (box.root / ".git/hooks/post-commit").exists()
    uninstall(box.repo)
    assert list(folder.iterdir()) == []


def test_a_hooks_path_set_later_leaves_nothing_behind(box: Sandbox) -> None:
    install(box.repo)
    box("config", "core.hooksPath", ".git/other")
    report = status(box.repo)
    assert "but git looks for hooks in" in report.note
    assert install(box.repo).active
    uninstall(box.repo)
    left = [*(box.root / ".git/hooks").iterdir(), *(box.root / ".git/other").iterdir()]
    assert [p for p in left if p.suffix != ".sample"] == []


def test_means(box: Sandbox) -> None:
    assert status(box.repo).means is Means.NONE
    assert install(box.repo).means is Means.FILES
