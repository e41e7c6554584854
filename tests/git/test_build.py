"""A component becomes a commit without a checkout, the same by both ways of writing objects."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from orchestrator.errors import UsageError, UserError
from orchestrator.git import build, check_ref_name, graft, list_tree, set_branch, tips, tree_id
from tests.git.sandbox import Sandbox

AT = datetime(2026, 11, 22, 20, 7, 40, tzinfo=UTC)
ANA = ("Ana", "ana@example.com")


@pytest.fixture(params=["libgit2", "plumbing"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    if request.param == "plumbing":
        monkeypatch.setattr(build, "_objects", build.PlumbingObjects)
    return str(request.param)


@pytest.fixture
def base(box: Sandbox) -> Sandbox:
    box.write("empresa-a/auth/main.py", "print()\n")
    box.write("empresa-a/auth/sub/run.sh", "#!/bin/sh\n")
    (box.root / "empresa-a/auth/sub/run.sh").chmod(0o755)
    box.write("shared/old/x", "x")
    box.write("README", "r")
    box.commit("base")
    return box


def make(box: Sandbox, path: str, tree: str | None = None) -> str:
    tree = tree or tree_id(box.repo, box.head, "empresa-a/auth")
    return graft(box.repo, box.head, path, tree, "feat: auth\n\nbody", ANA, at=AT)


@pytest.mark.parametrize("path", ["auth", "shared/auth", "new/deep/er/auth", "shared/old", "empresa-a"])
def test_the_tree_lands_at_its_path_and_nothing_else_changes(base: Sandbox, way: str, path: str) -> None:
    index = (base.root / ".git/index").read_bytes()
    tree = tree_id(base.repo, base.head, "empresa-a/auth")
    made = make(base, path)
    assert tree_id(base.repo, made, path) == tree
    kept = {e for e in list_tree(base.repo, base.head, recursive=True) if not e.path.startswith(f"{path}/")}
    assert kept <= set(list_tree(base.repo, made, recursive=True))
    time = "2026-11-22 20:07:40 +0000"
    shown = base("show", "-s", "--format=%P %an %ae %cn %ai %ci|%B", made)
    assert shown == f"{base.head} Ana ana@example.com Ana {time} {time}|feat: auth\n\nbody"
    assert "error" not in base("fsck", "--strict")
    assert (base.root / ".git/index").read_bytes() == index
    assert base("status", "--short") == ""


def test_both_ways_give_the_same_id(base: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    by_libgit2 = make(base, "new/auth")
    monkeypatch.setattr(build, "_objects", build.PlumbingObjects)
    assert make(base, "new/auth") == by_libgit2


def test_where_it_is_already_there_is_nothing_to_commit(base: Sandbox, way: str) -> None:
    assert make(base, "empresa-a/auth") == base.head


HURTFUL = ["", "/", "..", "a/../b", "a//b", ".git", "a/.GIT/x", ".git ", "git~1", ".g\u200cit"]
HURTFUL += ["a\nb", "a\\b", ".git::$DATA", "README/x"]


@pytest.mark.parametrize("path", HURTFUL)
def test_paths_that_would_hurt_are_refused(base: Sandbox, way: str, path: str) -> None:
    with pytest.raises(UserError):
        make(base, path)


def test_hostile_identities_cannot_forge_a_header(base: Sandbox, way: str) -> None:
    tree = tree_id(base.repo, base.head, "empresa-a/auth")
    who = ("A <x>\nparent 123", "a@b>\ncommitter C")
    made = graft(base.repo, base.head, "new", tree, "m", who, at=AT)
    headers = base("cat-file", "commit", made).split("\n\n")[0].splitlines()
    assert [h.split()[0] for h in headers] == ["tree", "parent", "author", "committer"]


def test_a_repository_that_libgit2_refuses(tmp_path: Path, box: Sandbox) -> None:
    box("init", "-q", "--object-format=sha256", str(tmp_path / "sha256"))
    modern = Sandbox(tmp_path / "sha256", init=False)
    modern.write("a/x", "x")
    modern.commit()
    made = graft(modern.repo, modern.head, "b/c", tree_id(modern.repo, modern.head, "a"), "m", ANA)
    assert len(made) == 64
    assert tree_id(modern.repo, made, "b/c") == tree_id(modern.repo, modern.head, "a")


def test_a_branch_moves_only_from_where_it_was_expected(base: Sandbox) -> None:
    first, second = make(base, "one"), make(base, "two")
    set_branch(base.repo, "orch/share/auth", first, None)
    assert tips(base.repo)["refs/heads/orch/share/auth"] == first
    set_branch(base.repo, "orch/share/auth", first, None)  # again: nothing to do
    with pytest.raises(UserError):
        set_branch(base.repo, "orch/share/auth", second, None)
    with pytest.raises(UserError):
        set_branch(base.repo, "orch/share/auth", second, base.head)
    set_branch(base.repo, "orch/share/auth", second, first)
    assert tips(base.repo)["refs/heads/orch/share/auth"] == second
    with pytest.raises(UserError):  # checked out
        set_branch(base.repo, "main", second, base.head)
    assert base("status", "--short") == ""


@pytest.mark.parametrize("name", ["orch/share/auth", "ação/é", "a"])
def test_good_names(box: Sandbox, name: str) -> None:
    assert check_ref_name(name) == name


BAD_NAMES = [
    "",
    "-x",
    "a..b",
    "a b",
    "a~1",
    "a:b",
    "/a",
    "a/",
    "a.lock",
    "@{-1}",
    "a\x1bb",
    "a\u202eb",
    "x\ny",
    "a\\b",
]


@pytest.mark.parametrize("name", BAD_NAMES)
@pytest.mark.parametrize("use", [check_ref_name])
def test_bad_names(box: Sandbox, name: str, use: Callable[[str], str]) -> None:
    with pytest.raises(UsageError):
        use(name)
