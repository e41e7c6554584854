"""A hook that was there before ours sees itself as it did: name, neighbours, arguments, input, folder."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from orchestrator.capture import hook_files, hooks
from orchestrator.capture.hook_kept import kept, kept_folder
from orchestrator.capture.hook_state import Means, Report, State
from orchestrator.capture.hooks import status, uninstall
from tests.capture.conftest import nudged
from tests.capture.test_hooks import snapshot
from tests.git.sandbox import Sandbox, executable

# What a program that is run by `#!` can know of itself.
PYTHON = f"""#!{sys.executable}
import json, os, sys
zero = sys.argv[0]
folder = os.path.dirname(zero)
seen = {{
    "name": os.path.basename(zero), "arguments": sys.argv[1:], "input": sys.stdin.read(),
    "folder": os.getcwd(), "beside": open(os.path.join(folder, "lib")).read(),
    "among": sorted(n for n in os.listdir(folder) if n not in IGNORED),
    "above": os.path.realpath(os.path.join(folder, "..", "..")),
    "above in words": os.path.abspath(os.path.join(folder, "..", "..")),
}}
open(LOG, "a").write(json.dumps(seen) + "\\n")
sys.exit(7)
"""
# Another program under every hook's name, as overcommit is.
MASTER = """#!/usr/bin/env perl
use File::Basename;
my $hook = basename($0);
if ($hook eq "master-hook") { print "Don't run this directly\\n"; exit 64 }
open(my $log, ">>", "LOG") or die; print $log "$hook @ARGV\\n";
"""
OURS = [*hook_files.NAMES, ".gitignore"]


def install(box: Sandbox) -> Report:
    return hooks.install(box.repo, files=True)


def seeing(path: Path, log: Path) -> None:
    executable(path, PYTHON.replace("LOG", repr(str(log))).replace("IGNORED", repr(OURS)))


@pytest.mark.parametrize("lies", ["there", "beside, by a link", "elsewhere, by a link"])
@pytest.mark.parametrize("name", hook_files.NAMES)
def test_a_program_sees_itself_as_before(box: Sandbox, tmp_path: Path, lies: str, name: str) -> None:
    box.commit()
    folder, log = box.root / ".git/hooks", tmp_path / "log"
    (folder / "lib").write_text("a library")
    executable(folder / "pre-push", "#!/bin/sh\n")
    seeing(folder / "script" if "beside" in lies else box.root / "scripts/it", log)
    if lies == "there":
        shutil.move(box.root / "scripts/it", folder / name)
    else:
        (folder / name).symlink_to("script" if "beside" in lies else "../../scripts/it")
    before = snapshot(folder)

    def seen() -> dict[str, object]:
        hook = [f".git/hooks/{name}", "a b", "--c", "1"]
        done = subprocess.run(hook, cwd=box.root, input=b"one two\nthree four\n", capture_output=True)
        assert (done.returncode, done.stdout, done.stderr) == (7, b"", b"")
        return dict(json.loads(log.read_text().splitlines()[-1]))

    first = seen()
    assert install(box).hooks[name] is State.CHAINED
    assert seen() == first
    assert first["name"] == name and first["input"] and first["above"] == str(box.root)
    assert len(nudged(box)) == (2 if name == "post-rewrite" else 1)
    uninstall(box.repo)
    assert snapshot(folder) == before
    assert seen() == first
    assert not kept_folder(folder).exists()


def test_one_script_under_every_name(box: Sandbox, tmp_path: Path) -> None:
    folder, log = box.root / ".git/hooks", tmp_path / "log"
    executable(folder / "master-hook", MASTER.replace("LOG", str(log)))
    for name in ("post-commit", "post-checkout", "post-rewrite", "commit-msg"):
        (folder / name).symlink_to("master-hook")
    install(box)
    box.commit("first")
    box("commit", "-q", "--allow-empty", "--amend", "-m", "second")
    box("checkout", "-qb", "side")
    said = [line.split()[0] for line in log.read_text().splitlines()]
    assert said == [
        *["commit-msg", "post-commit"] * 2,
        "post-rewrite",
        "post-checkout",
    ]
    uninstall(box.repo)
    assert {os.readlink(folder / name) for name in ("post-commit", "post-checkout")} == {"master-hook"}


def test_bash_finds_its_source_under_its_name(box: Sandbox, tmp_path: Path) -> None:
    folder, log = box.root / ".git/hooks", tmp_path / "log"
    (folder / "lib.sh").write_text(f'echo "$(basename "${{BASH_SOURCE[1]}}") $0" >>{log}\n')
    executable(folder / "post-commit", '#!/bin/bash\n. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"\n')
    box.commit()
    install(box)
    box.commit()
    assert log.read_text() == "post-commit .git/hooks/post-commit\n" * 2


@pytest.mark.parametrize("spelled", [".hooks/_", ".hooks/_/", "./.hooks/_//"])
def test_however_the_hooks_path_is_spelled_the_kept_hook_runs(
    box: Sandbox, tmp_path: Path, spelled: str
) -> None:
    folder, log = box.root / ".hooks/_", tmp_path / "log"
    box.write(".gitignore", "/.hooks/_\n")
    box("config", "core.hooksPath", spelled)
    (folder).mkdir(parents=True)
    (folder / "lib").write_text("")
    seeing(folder / "post-commit", log)
    box("add", ".")
    install(box)
    box("commit", "-qm", "message")
    assert json.loads(log.read_text())["name"] == "post-commit"
    assert nudged(box) == [("post-commit", "ref: refs/heads/main")]
    assert box("status", "--porcelain") == ""  # nothing of ours is there to be committed
    uninstall(box.repo)
    assert sorted(p.name for p in folder.parent.iterdir()) == ["_"]


@pytest.mark.usefixtures("only_files")
@pytest.mark.parametrize("spelled", [".git/other/.", ".git/link", "a linked default"])
def test_a_folder_by_another_name_is_left_alone_and_it_is_said(box: Sandbox, spelled: str) -> None:
    """The hook would look for the kept one beside the other name."""
    folder = box.root / ".git/other"
    executable(folder / "post-commit", "#!/bin/sh\n")
    if spelled.startswith("a "):
        shutil.rmtree(box.root / ".git/hooks")
        (box.root / ".git/hooks").symlink_to("other")
    else:
        (box.root / ".git/link").symlink_to("other")
        box("config", "core.hooksPath", spelled)
    before = snapshot(folder)
    report = install(box)
    assert snapshot(folder) == before and not kept_folder(folder).exists()
    assert f"finds its hooks in {folder} by another name" in report.note
    subprocess.run(["sh", "-c", report.mend], cwd=box.root, check=True)
    assert install(box).active


@pytest.mark.usefixtures("only_files")
def test_hooks_by_a_link_into_what_the_project_tracks_are_left_alone(box: Sandbox) -> None:
    executable(box.root / "githooks/post-commit", "#!/bin/sh\n")
    box.commit("hooks")
    shutil.rmtree(box.root / ".git/hooks")
    (box.root / ".git/hooks").symlink_to("../githooks")
    assert "belongs to the project" in install(box).note
    assert box("status", "--porcelain") == ""


@pytest.mark.usefixtures("only_files")
def test_a_name_that_no_folder_can_have(box: Sandbox) -> None:
    box("config", "core.hooksPath", "x" * 300)
    assert "git runs no hook file here" in status(box.repo).note
    assert not install(box).active
    uninstall(box.repo)


# --------------------------------------------------------------------- what earlier versions left

EARLIER = '#!/bin/sh\n# orch-hook 2\n[ ! -x "$0.orch-prev" ] || exec "$0.orch-prev" "$@"\n'


@pytest.mark.parametrize("dies_at", range(10))
def test_what_an_earlier_version_kept_runs_at_every_moment(
    box: Sandbox, tmp_path: Path, dies_at: int
) -> None:
    folder, log = box.root / ".git/hooks", tmp_path / "log"
    executable(folder / "post-commit", f"#!/bin/sh\necho ran >>{log}\n")
    before = snapshot(folder)
    (folder / "post-commit").rename(folder / "post-commit.orch-prev")
    for name in hook_files.NAMES:
        executable(folder / name, EARLIER)
    steps = [*hook_files.install_steps(folder, background=False)]
    assert len(steps) == 8  # link, keep, write five, remove the former name
    for step in steps[:dies_at]:
        step.do()
    box.commit()
    assert log.read_text() == "ran\n"
    if dies_at % 2:
        assert install(box).hooks["post-commit"] is State.CHAINED
        assert not (folder / "post-commit.orch-prev").exists()
        assert kept(folder, "post-commit").is_file()
    uninstall(box.repo)
    assert snapshot(folder) == before
    assert not kept_folder(folder).exists()


# --------------------------------------------------------------------- what comes and goes beside it


def test_what_a_hook_writes_beside_itself_stays(box: Sandbox, tmp_path: Path) -> None:
    folder = box.root / ".git/hooks"
    (folder / "lib").write_text("before")
    seeing(folder / "post-commit", tmp_path / "log")
    install(box)
    (kept_folder(folder) / "cache").write_text("of the hook")
    (folder / "cache.txt").write_text("of another")
    (kept_folder(folder) / "cache.txt").write_text("of the hook too")
    (folder / "lib").unlink()
    (folder / "lib.py").write_text("new")
    assert [line.split()[0] for line in install(box).changes] == ["link"]
    assert not os.path.lexists(kept_folder(folder) / "lib")
    assert (kept_folder(folder) / "lib.py").read_text() == "new"
    assert install(box).changes == ()
    uninstall(box.repo)
    assert (folder / "cache").read_text() == "of the hook"
    assert (folder / "cache.txt").read_text() == "of another"
    assert (folder / "cache.txt.orch-prev-1").read_text() == "of the hook too"
    assert not kept_folder(folder).exists()


def test_a_folder_of_kept_hooks_that_leads_elsewhere_is_not_followed(box: Sandbox, tmp_path: Path) -> None:
    from orchestrator.errors import UserError

    folder = box.root / ".git/hooks"
    executable(folder / "post-commit", "#!/bin/sh\n")
    before = snapshot(folder)
    (tmp_path / "elsewhere").mkdir()
    kept_folder(folder).symlink_to(tmp_path / "elsewhere")
    with pytest.raises(UserError, match="cannot be written"):
        install(box)
    assert snapshot(folder) == before
    assert not list((tmp_path / "elsewhere").iterdir())


def test_ours_moved_aside_by_pre_commit_never_runs_itself(box: Sandbox, tmp_path: Path) -> None:
    """pre-commit's hook has the name that ours would look for among the kept ones."""
    folder, log = box.root / ".git/hooks", tmp_path / "log"
    executable(folder / "post-merge", "#!/bin/sh\n")
    install(box)
    (folder / "post-commit").rename(folder / "post-commit.legacy")
    executable(
        folder / "post-commit",
        f'#!/bin/sh\n# File generated by pre-commit\necho ran >>{log}\n"$0.legacy" "$@"\n',
    )
    executable(folder / "new", "")
    install(box)
    box.commit()
    assert log.read_text() == "ran\n"
    assert nudged(box) == [("post-commit", "ref: refs/heads/main")]


# --------------------------------------------------------------------- the tool itself


def test_the_real_overcommit(
    box: Sandbox, installed: Callable[..., Report], peers: Callable[[str], None], tmp_path: Path
) -> None:
    peers("overcommit")
    box.write(
        ".overcommit.yml",
        "verify_signatures: false\nPostCommit:\n  ALL:\n    enabled: false\n"
        f"  Say:\n    enabled: true\n    command: ['sh', '-c', 'echo overcommit >>{tmp_path}/log']\n",
    )
    subprocess.run(["overcommit", "--install"], cwd=box.root, check=True, capture_output=True)
    folder = box.root / ".git/hooks"
    before = snapshot(folder)
    report = installed()
    box("add", ".")
    box("commit", "-qm", "Say something")
    assert (tmp_path / "log").read_text() == "overcommit\n"
    assert ("post-commit", "ref: refs/heads/main") in nudged(box)
    if report.means is Means.FILES:
        assert report.hooks["post-commit"] is State.CHAINED
    uninstall(box.repo)
    assert snapshot(folder) == before
