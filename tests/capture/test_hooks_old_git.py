"""Git before 2.36 has no command `hook`: hooks are files there, and git is not asked about them."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from orchestrator.app.doctor_hooks import examine_hooks
from orchestrator.capture.hook_state import Means
from orchestrator.capture.hooks import install, status
from tests.capture.conftest import nudged
from tests.git.sandbox import Sandbox, executable

# What git 2.34 answers: an unknown command is looked for among the aliases, then refused with 1.
OLD = """#!/bin/sh
for word in "$@"; do
	case $word in
	hook)
		wanted=$({git} config alias.hook) && exec sh -c "${{wanted#!}}"
		echo "git: 'hook' is not a git command. See 'git --help'." >&2
		exit 1 ;;
	version) echo "git version 2.34.1"; exit 0 ;;
	-* | *=*) ;;
	*) break ;;
	esac
done
exec {git} "$@"
"""


@pytest.fixture
def old_git(box: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "old-git"
    folder.mkdir()
    executable(folder / "git", OLD.format(git=shutil.which("git")))
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")


@pytest.mark.usefixtures("old_git")
def test_hooks_are_files_and_the_doctor_is_content(box: Sandbox) -> None:
    report = install(box.repo)
    assert report.active and report.means is Means.FILES
    box.commit()
    assert [hook for hook, _detail in nudged(box)] == ["post-commit"]
    ok, detail, mend = examine_hooks(box.repo)
    assert (ok, mend) == (True, ""), detail


@pytest.mark.usefixtures("old_git")
def test_an_alias_of_that_name_in_an_unpacked_repository_is_not_run(box: Sandbox, tmp_path: Path) -> None:
    box("config", "alias.hook", f"!touch {tmp_path}/ran")
    status(box.repo)
    install(box.repo)
    examine_hooks(box.repo)
    assert not (tmp_path / "ran").exists()
