"""From real git to the tables: each file is a row as git tells it, whatever it is called or became."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Generator, Iterable
from pathlib import Path

import pytest

from orchestrator.git.fields import flat
from orchestrator.git.log import Logged, read_log
from orchestrator.store.history import History
from tests.git.conftest import box as box
from tests.git.sandbox import Sandbox

NAMES = (
    b"plain", b"d/e", b":c", b":100644 100644 1 2 M", b"e\nf", b"\n:g", b"h\ti", b"\x1ej", b"\x1e:k",
    b"l\x1em", b"latin-\xe9", "é".encode(), "漢\u202e".encode(), b'"q"', b"back\\slash", b"\x1b[2J", b"R100",
    b" R100", b"n M",
)  # fmt: skip
LONG = "x" * (3 << 20)  # a line of a message longer than a chunk of git's output


def make(box: Sandbox) -> None:
    """Roots, renames, copies, other modes, other types, submodules, merges, nothing at all."""
    for n, name in enumerate(NAMES):
        box.write(name, f"content {n}\n")
    (box.root / "sub").mkdir()
    inner = box("commit-tree", "-m", "another project's", box("mktree"))
    box("update-index", "--add", "--cacheinfo", f"160000,{inner},sub")
    box.commit(f"first\n\n{LONG}\n:000000 100644 a b A\n\nKey: {LONG[:70_000]}\n")
    for name in NAMES[:10]:
        os.renames(
            os.path.join(os.fsencode(box.root), name), os.path.join(os.fsencode(box.root), b"to-" + name)
        )
    box.commit("renamed")
    box.write("copy", "content 11\n")
    (box.root / "to-plain").chmod(0o755)
    (box.root / "R100").unlink()
    (box.root / "R100").symlink_to("plain")
    box.commit("copied, executable, a link")
    box.commit("nothing")
    box("checkout", "-qb", "side", "HEAD~1")
    box.commit("side", side="1\n")
    box("checkout", "-q", "main")
    box("merge", "-q", "--no-ff", "-m", "merged", "side")
    box("rm", "-rq", "--cached", ".")
    box("commit", "-qm", "all gone")


def git_says(box: Sandbox) -> set[tuple[str, ...]]:
    """(commit, path, status, blob, old blob, old path) by one `git diff-tree` a commit."""
    found = set()
    for commit in box("rev-list", "--no-merges", "HEAD").split():
        options = ("--root", "-r", "--raw", "-z", "--no-abbrev", "-M100%", "--no-commit-id")
        done = subprocess.run(
            ["git", "diff-tree", *options, commit], cwd=box.root, capture_output=True, check=True
        )
        told = iter(done.stdout.decode("utf-8", "backslashreplace").split("\0"))
        for meta in filter(None, told):
            old_mode, mode, old_blob, blob, letter = meta[1:].split(" ")
            path, old = flat(next(told)), ""
            if letter[0] == "R":
                path, old = flat(next(told)), path
            blob = blob if mode[:3] in ("100", "120") else ""
            found.add(
                (commit, path, letter[0], blob, old_blob if old_mode[:3] in ("100", "120") else "", old)
            )
    return found


@pytest.mark.parametrize("ids", ["sha1", "sha256"])
def test_every_file_is_the_row_that_git_tells(box: Sandbox, tmp_path: Path, ids: str) -> None:
    made = Sandbox(tmp_path / ids, init=False)
    box("init", "-q", "-b", "main", f"--object-format={ids}", str(made.root))
    make(made)
    history = History(tmp_path / "history.duckdb")

    def read(tips: Iterable[str], stored: Iterable[str]) -> Generator[Logged, None, None]:
        return read_log(made.repo, tips, stored)

    assert history.catch_up({"main": made.head}, read) == 7
    columns = "commit_id, path, status, blob, old_blob, old_path"
    rows = history.answers.query(f"SELECT {columns} FROM file_changes").rows
    assert len(rows) == len(set(rows))
    assert set(rows) == git_says(made)
    assert any(row[2] == "R" for row in rows)
    assert any(row[2] == "T" for row in rows)
    told = (
        "SELECT length(message), max(length(value)) FROM commits JOIN trailers ON id = commit_id GROUP BY ALL"
    )
    assert history.answers.query(told).rows[0][1] == 70_000
    assert history.answers.query("SELECT DISTINCT parents FROM commits ORDER BY 1").rows == [(0,), (1,), (2,)]
