"""A repository's own configuration names programs; nothing of orchestrator.git ever runs them."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from orchestrator import git
from orchestrator.capture import hooks, spool
from orchestrator.capture.interest import Interest
from orchestrator.git import Repository
from tests.git.sandbox import Sandbox, executable

PROGRAMS = (
    "core.fsmonitor",
    "core.pager",
    "core.editor",
    "core.sshCommand",
    "core.askPass",
    "core.gitProxy",
    "core.alternateRefsCommand",
    "diff.external",
    "diff.evil.command",
    "diff.evil.textconv",
    "filter.evil.clean",
    "filter.evil.smudge",
    "filter.evil.process",
    "merge.evil.driver",
    "gpg.program",
    "gpg.ssh.program",
    "credential.helper",
    "pager.log",
    "alias.log",
    "trailer.evil.command",
    "uploadpack.packObjectsHook",
)
HOOKS = (
    "post-index-change",
    "reference-transaction",
    "pre-push",
    "post-checkout",
    "post-commit",
    "fsmonitor-watchman",
)
SWITCHES = {
    "log.showSignature": "true",
    "commit.gpgSign": "true",
    "push.gpgSign": "if-asked",
    "core.fsyncMethod": "fsync",
}
ODD = {
    "log.showRoot": "false",
    "log.follow": "true",
    "log.diffMerges": "combined",
    "log.date": "relative",
    "diff.relative": "true",
    "diff.renames": "copies",
    "diff.orderFile": "/nowhere",
    "diff.ignoreSubmodules": "all",
    "color.ui": "always",
    "core.quotePath": "false",
    "core.abbrev": "4",
    "i18n.logOutputEncoding": "UTF-16",
    "format.pretty": "short",
    "status.showUntrackedFiles": "no",
}


@pytest.fixture
def canary(tmp_path: Path) -> Path:
    return tmp_path / "canary"


@pytest.fixture
def hostile(box: Sandbox, tmp_path: Path, canary: Path) -> Sandbox:
    box.write("lib/a.txt", "one\n")
    box.write(".gitattributes", "* filter=evil diff=evil merge=evil\n")
    box.commit("base")
    box.write("lib/a.txt", "two\n")
    box.commit("second")
    signed = "tree {}\nauthor A <a@b> 1 +0000\ncommitter A <a@b> 1 +0000\n"
    signed += "gpgsig -----BEGIN PGP SIGNATURE-----\n x\n\nm\n"
    raw = signed.format(box("rev-parse", "HEAD^{tree}")).encode()
    box("update-ref", "refs/heads/signed", box("hash-object", "-t", "commit", "-w", "--stdin", input=raw))
    program = executable(tmp_path / "evil", f'#!/bin/sh\necho "$0 $*" >>{canary}\ncat\n')
    for key in PROGRAMS:
        box("config", key, f"!{program}" if key.startswith("alias.") else str(program))
    for key, value in SWITCHES.items():
        box("config", key, value)
    for name in HOOKS:
        executable(box.root / "evil-hooks" / name, f"#!/bin/sh\necho hook {name} >>{canary}\n")
    box("config", "core.hooksPath", str(box.root / "evil-hooks"))
    (box.root / "lib/a.txt").write_text("touched, so that git would look into it\n")
    canary.unlink(missing_ok=True)
    return box


def _head(repo: Repository) -> str:
    return git.tips(repo)["main-worktree/HEAD"]


def _graft(repo: Repository) -> object:
    head = _head(repo)
    made = git.graft(repo, head, "new", git.tree_id(repo, head, "lib"), "m", ("A", "a@b"))
    git.set_branch(repo, "made", made, None)
    return made


CALLS: dict[str, Callable[[Repository], object]] = {
    "open": lambda r: git.open_repository(r.root / "lib"),
    "tips": git.tips,
    "log": lambda r: [*git.new_commits(r, git.tips(r).values(), [])],
    "blobs": lambda r: git.read_blobs(r, [e.id for e in git.list_tree(r, _head(r), recursive=True)]),
    "graft": _graft,
    "ignored": lambda r: Interest(r, ["**"]).kept(["lib/a.txt", "x"]),
    "config": lambda r: git.config_get(r, "core.fsmonitor"),
    "hooks folder": git.hooks_folder,
    "status through run": lambda r: git.run(
        r, "ls-files", "-z", "--cached", "--others", "--exclude-standard"
    ),
    "hook status": hooks.status,
    "spool": lambda r: spool.settle(spool.take(r)),
}


@pytest.mark.parametrize("call", CALLS)
def test_nothing_that_the_configuration_names_is_run(hostile: Sandbox, canary: Path, call: str) -> None:
    CALLS[call](hostile.repo)
    assert not canary.exists(), canary.read_text()


def test_the_trap_would_spring(hostile: Sandbox, canary: Path) -> None:
    """Plain git runs the programs: otherwise the test above proves nothing."""
    for args in (
        ["status"],
        ["log", "-1", "signed"],
        ["log", "-p", "-1"],
        ["update-ref", "refs/heads/z", "HEAD"],
    ):
        subprocess.run(["git", *args], cwd=hostile.root, capture_output=True, stdin=subprocess.DEVNULL)
        assert canary.exists(), args
        canary.unlink()


def test_odd_settings_do_not_change_what_is_read(box: Sandbox) -> None:
    box.write("lib/a", "x")
    box.commit("ação: root")
    box.write("lib/b", "x")
    box.commit("copy")
    before = [*git.new_commits(box.repo, git.tips(box.repo).values(), [])]
    for key, value in ODD.items():
        box("config", key, value)
    assert [
        *git.new_commits(git.open_repository(box.root / "lib"), git.tips(box.repo).values(), [])
    ] == before
    assert len(before) == 2
    assert before[0].files


def test_replacement_objects_do_not_rewrite_history(box: Sandbox) -> None:
    mine = box.commit("true")
    other = box("commit-tree", "HEAD^{tree}", "-m", "false")
    box("replace", mine, other)
    assert [c.message for c in git.new_commits(box.repo, [mine], [])] == ["true"]
