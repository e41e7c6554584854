"""Capture never hurts git: hooks are quick, harmless, chained, and leave without a trace."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import time
from pathlib import Path

import pytest

from orchestrator.capture import spool
from orchestrator.capture.hooks import NAMES, State, hook_source, install, status, uninstall
from orchestrator.errors import UserError
from tests.git.sandbox import Sandbox, executable

NOTE = '#!/bin/sh\necho "$0|$(basename "$0")|$(dirname "$0")|$*" >>"{log}"\ncat >>"{log}"\nexit {code}\n'


def nudged(box: Sandbox) -> list[tuple[str, str]]:
    batch = spool.take(box.repo)
    spool.settle(batch)
    return [(n.hook, n.detail) for n in batch.nudges]


def snapshot(folder: Path) -> dict[str, tuple[bytes, int]]:
    return {p.name: (p.read_bytes(), stat.S_IMODE(p.stat().st_mode)) for p in folder.iterdir() if p.is_file()}


def test_the_four_hooks_are_one_constant_text_of_posix_sh() -> None:
    texts = {(hook_source() / name).read_text() for name in NAMES}
    assert len(texts) == 1
    text = texts.pop()
    assert text.startswith("#!/bin/sh\n# orch-hook 1\n")
    assert "$(" not in text
    assert "`" not in "".join(line for line in text.splitlines() if not line.startswith("#"))
    assert all(os.access(hook_source() / name, os.X_OK) for name in NAMES)


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


def test_each_operation_leaves_its_nudge(box: Sandbox) -> None:
    install(box.repo)
    first = box.commit("first", a="1")
    assert nudged(box) == [("post-commit", "ref: refs/heads/main")]
    box("commit", "-q", "--amend", "-m", "amended")
    assert nudged(box) == [("post-commit", "ref: refs/heads/main"), ("post-rewrite", f"{first} {box.head}")]
    box("checkout", "-qb", "side")
    assert nudged(box) == [("post-checkout", f"{box.head} {box.head}")]
    box.commit("side", b="1")
    box("checkout", "-q", "main")
    box("merge", "-q", "side")
    assert [hook for hook, _detail in nudged(box)] == ["post-commit", "post-checkout", "post-merge"]
    box("checkout", "-q", "--", "a")
    assert nudged(box) == []


def test_a_rebase_nudges_once_and_maps_old_to_new(box: Sandbox) -> None:
    box.commit("base", a="1")
    box("checkout", "-qb", "side")
    old = [box.commit(f"side {n}", **{f"s{n}": "1"}) for n in range(3)]
    box("checkout", "-q", "main")
    box.commit("main", m="1")
    install(box.repo)
    box("rebase", "-q", "main", "side")
    batch = spool.take(box.repo)
    assert "post-commit" not in {n.hook for n in batch.nudges}
    new = box("rev-list", "--reverse", "main..side").split()
    assert spool.rewrites(batch.nudges) == dict(zip(old, new, strict=True))


def test_linked_work_trees_write_to_their_own_spool_and_all_are_read(box: Sandbox, tmp_path: Path) -> None:
    box.commit()
    install(box.repo)
    box("worktree", "add", "-q", "-b", "linked", str(tmp_path / "linked"))
    nudged(box)
    linked = Sandbox(tmp_path / "linked", init=False)
    linked.commit("there", x="1")
    box.commit("here", y="1")
    assert sorted(nudged(linked)) == [
        ("post-commit", "ref: refs/heads/linked"),
        ("post-commit", "ref: refs/heads/main"),
    ]


@pytest.mark.parametrize("harm", ["python missing", "spool a folder", "git dir read-only", ".orch read-only"])
def test_a_commit_succeeds_and_says_nothing(box: Sandbox, tmp_path: Path, harm: str) -> None:
    install(box.repo, background=True)
    environment = {}
    if harm == "python missing":
        environment["PATH"] = _path_with_git_only(tmp_path)
    elif harm == "spool a folder":
        (box.root / ".git" / spool.NAME).mkdir()
    elif harm == "git dir read-only":
        (box.root / ".git" / spool.NAME).symlink_to(
            "/proc/self/status"
        )  # open for writing is refused, to root too
    else:
        (box.root / ".orch").mkdir(mode=0o500)
    box.write("file")
    box("add", "file")
    done = subprocess.run(
        ["git", "commit", "-m", "message"], cwd=box.root, env=os.environ | environment, capture_output=True
    )
    assert done.returncode == 0
    assert done.stderr == b""
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


@pytest.mark.parametrize("commits", [1, 200])
def test_a_chained_post_rewrite_gets_its_standard_input(box: Sandbox, tmp_path: Path, commits: int) -> None:
    log = tmp_path / "log"
    executable(box.root / ".git/hooks/post-rewrite", NOTE.format(log=log, code=0))
    install(box.repo)
    pairs = "".join(f"{n:040x} {n + 1:040x}\n" for n in range(commits))
    subprocess.run(
        [".git/hooks/post-rewrite", "rebase"], cwd=box.root, input=pairs.encode(), check=True, timeout=20
    )
    assert log.read_text() == f".git/hooks/post-rewrite|post-rewrite|.git/hooks|rebase\n{pairs}"
    assert len(nudged(box)) == commits


def test_a_hook_that_nobody_could_run_is_kept_and_not_run(box: Sandbox) -> None:
    path = box.root / ".git/hooks/post-commit"
    path.write_text("#!/bin/sh\nexit 1\n")
    path.chmod(0o644)
    install(box.repo)
    box.commit()
    uninstall(box.repo)
    assert stat.S_IMODE(path.stat().st_mode) == 0o644


def test_installing_twice_changes_nothing_and_uninstalling_restores_everything(box: Sandbox) -> None:
    folder = box.root / ".git/hooks"
    executable(folder / "post-commit", "#!/usr/bin/env python3\nprint('é')\r\n")
    (folder / "post-commit").chmod(0o751)
    (folder / "post-merge").symlink_to("../../scripts/merge")
    executable(box.root / "scripts/merge", "#!/bin/sh\n")
    before = snapshot(folder)
    assert install(box.repo).active
    once = snapshot(folder)
    assert install(box.repo).active
    assert snapshot(folder) == once
    box.commit()
    report = uninstall(box.repo)
    assert snapshot(folder) == before
    assert (folder / "post-merge").is_symlink()
    assert set(report.hooks.values()) == {State.FOREIGN, State.ABSENT}
    assert not spool.pending(box.repo)
    uninstall(box.repo)
    assert snapshot(folder) == before


def test_a_folder_that_cannot_be_written_is_a_plain_sentence(box: Sandbox, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    box("config", "core.hooksPath", str(tmp_path / "file"))
    with pytest.raises(UserError, match="file"):
        install(box.repo)


def test_an_older_hook_of_ours_is_renewed(box: Sandbox) -> None:
    install(box.repo)
    path = box.root / ".git/hooks/post-commit"
    path.write_text("#!/bin/sh\n# orch-hook 0\nexit 1\n")
    assert status(box.repo).hooks["post-commit"] == State.OUTDATED
    assert install(box.repo).hooks["post-commit"] == State.INSTALLED
    assert path.read_bytes() == (hook_source() / "post-commit").read_bytes()
    assert stat.S_IMODE(path.stat().st_mode) == 0o755


def test_a_hook_put_over_ours_is_chained_and_the_older_one_kept(box: Sandbox, tmp_path: Path) -> None:
    path = box.root / ".git/hooks/post-commit"
    executable(path, f"#!/bin/sh\necho old >>{tmp_path}/log\n")
    install(box.repo)
    executable(path, f"#!/bin/sh\necho new >>{tmp_path}/log\n")
    assert status(box.repo).hooks["post-commit"] == State.FOREIGN
    install(box.repo)
    box.commit()
    assert (tmp_path / "log").read_text() == "new\n"
    assert "old" in (path.parent / "post-commit.orch-prev-1").read_text()


def test_pre_commit_moves_ours_aside_and_all_three_run(box: Sandbox, tmp_path: Path) -> None:
    """pre-commit keeps the hook that it finds as `<name>.legacy` and runs it before its own."""
    path = box.root / ".git/hooks/post-commit"
    executable(path, f"#!/bin/sh\necho first >>{tmp_path}/log\n")
    install(box.repo)
    path.rename(path.with_name("post-commit.legacy"))
    executable(path, f'#!/bin/sh\n"$0.legacy" "$@"\necho pre-commit >>{tmp_path}/log\n')
    assert install(box.repo).hooks["post-commit"] == State.CHAINED
    box.commit()
    assert (tmp_path / "log").read_text() == "first\npre-commit\n"
    assert nudged(box) == [("post-commit", "ref: refs/heads/main")]
    uninstall(box.repo)
    box.commit()
    assert (tmp_path / "log").read_text() == "first\npre-commit\n" * 2
    assert nudged(box) == []


@pytest.mark.parametrize("kind", ["relative, ignored", "absolute, outside"])
def test_the_repository_s_own_hooks_path_is_honoured(box: Sandbox, tmp_path: Path, kind: str) -> None:
    folder = box.root / ".hooks/_" if kind.startswith("relative") else tmp_path / "elsewhere"
    box.write(".gitignore", "/.hooks/_\n")
    box("config", "core.hooksPath", ".hooks/_" if kind.startswith("relative") else str(folder))
    report = install(box.repo)
    assert report.folder == folder
    assert report.active
    box.commit()
    assert nudged(box) == [("post-commit", "ref: refs/heads/main")]
    assert not (box.root / ".git/hooks/post-commit").exists()
    uninstall(box.repo)
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize("kind", ["tracked", "global"])
def test_a_folder_of_others_is_left_alone_and_it_is_said(box: Sandbox, tmp_path: Path, kind: str) -> None:
    folder = box.root / ".husky" if kind == "tracked" else tmp_path / "all-mine"
    executable(folder / "post-commit", f"#!/bin/sh\necho theirs >>{tmp_path}/log\n")
    scope = "--local" if kind == "tracked" else "--global"
    box("config", scope, "core.hooksPath", ".husky" if kind == "tracked" else str(folder))
    before = snapshot(folder)
    report = install(box.repo)
    assert not report.active
    assert str(folder) in report.note
    assert snapshot(folder) == before
    box.commit()
    assert (tmp_path / "log").read_text() == "theirs\n"
    assert "A  .husky" not in box("status", "--short")


def test_one_detached_drainer_at_a_time_and_git_does_not_wait_for_it(box: Sandbox, tmp_path: Path) -> None:
    log = tmp_path / "log"
    executable(tmp_path / "bin/orch", f'#!/bin/sh\necho "$*" >>{log}\nsleep 5\n')
    path = {"PATH": f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}"}
    install(box.repo)
    box.git("commit", "-q", "--allow-empty", "-m", "0", env=path)
    assert not log.exists()
    assert install(box.repo, background=True).background
    began = time.monotonic()
    for n in range(3):  # captured output: a child that kept our pipe would hold us for 5 s
        box.git("commit", "-q", "--allow-empty", "-m", str(n), env=path)
    assert time.monotonic() - began < 4
    assert _lines(log, 1) == ["hooks drain"]
    nudged(box)
    box.git("commit", "-q", "--allow-empty", "-m", "after settling", env=path)
    assert _lines(log, 2) == ["hooks drain"] * 2


def _lines(path: Path, expected: int) -> list[str]:
    deadline = time.monotonic() + 3
    while time.monotonic() < deadline:
        if path.exists() and len(path.read_text().splitlines()) >= expected:
            break
        time.sleep(0.02)
    return path.read_text().splitlines()


def _path_with_git_only(tmp_path: Path) -> str:
    folder = tmp_path / "only-git"
    folder.mkdir()
    (folder / "git").symlink_to(str(shutil.which("git")))
    return str(folder)
