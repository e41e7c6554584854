"""From real git to the tables: each file is a row as git tells it, whatever it is called or became."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Generator, Iterable
from pathlib import Path

import pytest

from orchestrator.git.fields import flat
from orchestrator.git.log import new_commits
from orchestrator.git.log_text import LogText, read_log
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
    """(commit, path, status, old path) by one `git diff-tree` a commit."""
    found = set()
    for commit in box("rev-list", "--no-merges", "HEAD").split():
        options = ("--root", "-r", "--raw", "-z", "--no-abbrev", "-M100%", "--no-commit-id")
        done = subprocess.run(
            ["git", "diff-tree", *options, commit], cwd=box.root, capture_output=True, check=True
        )
        told = iter(done.stdout.decode("utf-8", "backslashreplace").split("\0"))
        for meta in filter(None, told):
            letter = meta.split(" ")[-1][0]
            path, old = flat(next(told)), ""
            if letter == "R":
                path, old = flat(next(told)), path
            found.add((commit, path, letter, old))
    return found


@pytest.mark.parametrize("ids", ["sha1", "sha256"])
def test_every_file_is_the_row_that_git_tells(box: Sandbox, tmp_path: Path, ids: str) -> None:
    made = Sandbox(tmp_path / ids, init=False)
    box("init", "-q", "-b", "main", f"--object-format={ids}", str(made.root))
    make(made)
    history = History(tmp_path / "history.duckdb")

    def read(tips: Iterable[str], stored: Iterable[str]) -> Generator[LogText, None, None]:
        return read_log(made.repo, tips, stored)

    assert history.catch_up({"main": made.head}, read) == 7
    columns = "commit_id, path, status, old_path"
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


HOSTILE = (
    b"\n\nblank lines before\n\nand after\n\n\n", b"crlf\r\n\r\nbody\r\n", b"latin-\xe9\n", b"no line end",
    b"", b"tab\tand \"quotes\"\n\n\t\"indented\"\n", "bidi \u202e, 漢 é\n".encode(), b"\x1b[31mred\n", b"\n",
    b"\x1erecord\n\n\x1e\n",
)  # fmt: skip
PEOPLE = ((b"Ana", b"ana@x"), (b"T\tab", b"t@x"), (b"Jos\xe9", b"j@x"), ("Zoë \u202e".encode(), b"z\x07@x"))


def test_texts_are_those_that_are_learnt_from(box: Sandbox, tmp_path: Path) -> None:
    """Two readers of the same commits: one for a database, one for the commits themselves."""
    tree, parent = box("mktree"), []
    for number, message in enumerate(HOSTILE):
        name, email = PEOPLE[number % len(PEOPLE)]
        who = name + b" <" + email + b"> 17953780%02d -0300" % number
        head = b"".join(b"parent %s\n" % p.encode() for p in parent)
        raw = b"tree %s\n%sauthor %s\ncommitter %s\n\n%s" % (tree.encode(), head, who, who, message)
        options = ["git", "hash-object", "-t", "commit", "-w", "--stdin", "--literally"]
        done = subprocess.run(options, cwd=box.root, input=raw, capture_output=True, check=True)
        parent = [done.stdout.decode().strip()]
    history = History(tmp_path / "history.duckdb")
    history.catch_up({"main": parent[0]}, lambda tips, stored: read_log(box.repo, tips, stored))
    asked = "SELECT id, author, email, strftime(authored_at, '%Y-%m-%dT%H:%M:%SZ'), message FROM commits"
    commits = new_commits(box.repo, parent, [])
    expected = [(c.id, c.author, c.email, c.authored_at, c.message) for c in commits]
    assert sorted(history.answers.query(asked).rows) == sorted(expected)
    assert len(expected) == len(HOSTILE)
