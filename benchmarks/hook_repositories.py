"""The repositories that `hook_overhead.py` measures in, each with the hooks of one variant."""

from __future__ import annotations

import os
import subprocess
import time
from pathlib import Path

from orchestrator.capture.hook_kept import kept
from orchestrator.capture.hook_text import NAMES, file_text
from orchestrator.capture.hooks import install
from orchestrator.git import open_repository

EMPTY = "#!/bin/sh\n"
FLOOR = "empty sh"
LONG_AGO = 1_000_000_000  # files as young as the index are read again by every git command: by luck
Cost = tuple[float, float]  # CPU and wall milliseconds


def make(folder: Path, variant: str, files: int) -> None:
    """A repository of so many files, with the hooks of one variant."""
    folder.mkdir(parents=True)
    git(folder, "init", "-q", "-b", "main")
    for sample in (folder / ".git/hooks").glob("*"):
        sample.unlink()
    for n in range(max(files, 1)):
        path = folder / f"d{n % 50}" / f"f{n}.txt"
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"{n}\n")
        os.utime(path, (LONG_AGO, LONG_AGO))
    git(folder, "add", ".")
    git(folder, "commit", "-qm", "first")
    equip(folder, variant)


def equip(folder: Path, variant: str) -> None:
    """Install the hooks of one variant, other tools by their own installers."""
    hooks = folder / ".git/hooks"
    if variant == FLOOR:
        for name in NAMES:
            write(hooks / name, EMPTY)
    elif variant == "ours, config":
        install(open_repository(folder))
    elif variant.startswith("ours"):
        for name in NAMES:
            write(hooks / name, file_text(variant == "ours, spawning").decode())
        if variant == "ours, chained":
            kept(hooks, "post-commit").parent.mkdir()
            write(kept(hooks, "post-commit"), EMPTY)
    elif variant == "lefthook":
        (folder / "lefthook.yml").write_text('post-commit:\n  jobs:\n  - run: "true"\n')
        tool(folder, "lefthook", "install")
    elif variant == "husky":
        tool(folder, "husky")
        (folder / ".husky/post-commit").write_text("true\n")
    elif variant == "pre-commit":
        (folder / ".pre-commit-config.yaml").write_text(
            "repos: [{repo: local, hooks: [{id: x, name: x, entry: 'true', language: system, "
            "stages: [post-commit], always_run: true, pass_filenames: false}]}]\n"
        )
        tool(folder, "pre-commit", "install", "-t", "post-commit")


def write(path: Path, text: str) -> None:
    path.write_text(text)
    path.chmod(0o755)


def tool(folder: Path, *command: str) -> None:
    subprocess.run(command, cwd=folder, check=True, capture_output=True)


def git(folder: Path, *args: str) -> Cost:
    """The cost of one git command."""
    began = time.perf_counter()
    child = subprocess.Popen(["git", *args], cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _pid, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise SystemExit(f"git {args} failed in {folder}")
    return 1000 * (usage.ru_utime + usage.ru_stime), 1000 * (time.perf_counter() - began)


def made(folder: Path, variant: str, files: int, commits: int) -> None:
    """A repository made here, with so many commits to replay."""
    make(folder, variant, files)
    git(folder, "checkout", "-qb", "template", "main")
    for n in range(commits):
        (folder / f"t{n}").write_text("x")
        git(folder, "add", f"t{n}")
        git(folder, "commit", "-q", "--no-verify", "-m", f"number {n}")
    git(folder, "checkout", "-q", "main")


def real(folder: Path, variant: str, clone: Path, row: list[str]) -> None:
    """A clone with the hooks of one variant: `main` where a row of commits begins, `template` at its end."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    tool(folder.parent, "git", "clone", "-q", "--shared", "--no-checkout", str(clone), str(folder))
    for sample in (folder / ".git/hooks").glob("*"):
        sample.unlink()
    git(folder, "checkout", "-q", "--detach", row[0])
    for name, commit in (("main", row[0]), ("template", row[-1])):
        git(folder, "branch", "-qf", name, commit)
    for path in folder.rglob("*"):
        if path.is_file() and not path.is_symlink() and ".git" not in path.parts:
            os.utime(path, (LONG_AGO, LONG_AGO))
    git(folder, "status")
    equip(folder, variant)


def newest_row(clone: Path, commits: int) -> list[str]:
    """A commit and so many after it that have one parent each, the newest such."""
    asked = ["git", "log", "--format=%H %P", "HEAD"]
    told = subprocess.run(asked, cwd=clone, capture_output=True, text=True, check=True).stdout
    parents = {line.split()[0]: line.split()[1:] for line in told.splitlines()}
    for newest in parents:
        row = [newest]
        while len(row) <= commits and len(parents[row[-1]]) == 1:
            row.append(parents[row[-1]][0])
        if len(row) > commits:
            return row[::-1]
    raise SystemExit(f"{clone} has no {commits} commits in a row without a merge")
