"""A text in a name: a ref, a file, a path of a commit, an author. Git and the file system have the word."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from hypothesis import example, given, settings

from orchestrator import git
from orchestrator.errors import OrchError
from orchestrator.git.files import commit_files
from orchestrator.git.refs import check_ref_name
from orchestrator.model import Kind
from orchestrator.reconcile.remotes.folder import file_name
from orchestrator.reconcile.remotes.folder_issues import FolderIssues
from orchestrator.reconcile.remotes.folder_pages import FolderPages
from orchestrator.remote import Done, Entry
from orchestrator.request_key import BRANCHES, branch_of
from tests.sinks.conftest import FUZZ, naughty, placed
from tests.sinks.naughty import NAUGHTY


def run(repository: Path, *arguments: str) -> bytes:
    return subprocess.run(["git", "-C", str(repository), *arguments], check=True, capture_output=True).stdout


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    root = tmp_path / "repo"
    root.mkdir()
    run(root, "init", "-q", "-b", "main")
    (root / "a.txt").write_text("a\n")
    run(root, "add", "a.txt")
    run(root, "commit", "-q", "-m", "start")
    run(root, "branch", "aside")
    return root


def test_the_branch_of_a_component(repository: Path) -> None:
    """Every key gives a branch that git takes, below our own folder of branches: all asked at once."""
    names = {branch_of(text) for text in NAUGHTY}
    assert all(name.startswith(BRANCHES) and len(name.split("/")) == 3 for name in names)
    head = run(repository, "rev-parse", "HEAD").decode().strip()
    short = sorted(name for name in names if len(name) < 200)
    lines = "".join(f"create refs/heads/{name} {head}\n" for name in short)
    subprocess.run(["git", "-C", str(repository), "update-ref", "--stdin"], input=lines.encode(), check=True)
    listed = run(repository, "for-each-ref", "--format=%(refname:short)", f"refs/heads/{BRANCHES}").decode()
    assert sorted(listed.split()) == short


@settings(FUZZ, max_examples=60)
@given(naughty)
@example("\ud800 metade")
def test_a_branch_that_somebody_names(text: str) -> None:
    """Taken exactly as it is, or refused: no part of it reaches git as an option or another ref."""
    try:
        assert check_ref_name(text) == text
    except OrchError as error:
        assert "\x1b" not in str(error)
        return
    done = subprocess.run(["git", "check-ref-format", "--branch", text], capture_output=True, check=False)
    assert done.returncode == 0 and done.stdout.decode().rstrip("\n") == text


@settings(FUZZ, max_examples=25)
@given(naughty, placed, naughty)
def test_a_commit_of_any_path_message_and_author(
    repository: Path, path: str, message: str, author: str
) -> None:
    """All of it to the byte, or none: nothing beside the work tree, no hook, no other branch."""
    run(repository, "update-ref", "refs/heads/aside", "main")
    opened = git.open_repository(repository)
    before = run(repository, "for-each-ref")
    try:
        commit = commit_files(opened, "aside", message, {path: "conteúdo\n"}, (author, "a@exemplo.com.br"))
    except OrchError:
        assert run(repository, "for-each-ref") == before
        return
    raw = run(repository, "cat-file", "commit", commit)
    header, _blank, said = raw.partition(b"\n\n")
    assert [line.split(b" ")[0] for line in header.split(b"\n")] == [
        b"tree",
        b"parent",
        b"author",
        b"committer",
    ]
    names = run(repository, "ls-tree", "-r", "-z", "--name-only", commit).split(b"\0")
    assert sorted(n for n in names if n) == sorted({b"a.txt", path.encode()})
    assert said.strip()
    assert run(repository, "rev-parse", "main", "aside").split()[1] == commit.encode()
    assert run(repository, "status", "--porcelain") == b""
    assert not list((repository / ".git" / "hooks").glob("post-commit"))


@FUZZ
@given(placed)
def test_a_file_name(text: str) -> None:
    name = file_name(text)
    assert "/" not in name and "\\" not in name and "\0" not in name and not name.startswith((".", "-", "~"))
    assert len(name.encode()) <= 120
    assert name.isprintable()


@settings(FUZZ, max_examples=60)
@given(naughty, naughty)
def test_files_of_the_folder_stay_in_the_folder(
    tmp_path_factory: pytest.TempPathFactory, title: str, body: str
) -> None:
    root = tmp_path_factory.mktemp("top")
    folder = root / "remote"
    entry = Entry("i1-0123456789abcdef", Kind.SOLUTION.value, "empresa-a", title, body, "h", (title,))
    for remote in (FolderIssues(folder, name="i"), FolderPages(folder, name="p")):
        results = list(remote.create([entry]))
        assert [type(r) for r in results] == [Done]
        (again,) = remote.find([entry.key]).values()
        assert again.hash == "h"
    assert [p.name for p in root.iterdir()] == ["remote"]
    files = [p for p in folder.rglob("*") if p.is_file() and p.suffix == ".md"]
    assert len(files) == 2
    assert all(not p.is_symlink() and p.resolve().is_relative_to(folder) for p in files)
