"""One clone, one set of stores: whichever work tree a command runs in."""

from __future__ import annotations

import os
import shutil
import sqlite3
from pathlib import Path

import pytest

from orchestrator import git
from orchestrator.app.workspace import Workspace
from orchestrator.errors import LockedError, NotTrustedError, UserError
from orchestrator.git.repository import home
from tests.flow.group import CONFIG, GroupRepository, new_group

LEARNT = "fix: espera\n\nSolution: Fila com índice parcial resolveu a espera longa"


@pytest.fixture
def sharing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> GroupRepository:
    """A group that shares by itself, with one learning."""
    group = new_group(tmp_path, monkeypatch, capsys, CONFIG.format(share="auto"))
    group.commit(LEARNT)
    return group


def linked(group: GroupRepository, path: Path) -> GroupRepository:
    """A linked work tree on a branch of its own, at `path`."""
    group.git("worktree", "add", "-q", "-b", path.name, str(path))
    return GroupRepository(path, group._patch, group._capsys)


def shared(group: GroupRepository) -> list[Path]:
    return sorted((group.root.parent / "shared").rglob("*.md"))


def test_what_was_withdrawn_in_one_work_tree_stays_so_in_another(
    sharing: GroupRepository, tmp_path: Path
) -> None:
    (learnt,) = sharing.insights()
    sharing.orch("withdraw", learnt["id"], "--company", "empresa-a")
    tree = linked(sharing, tmp_path / "elsewhere" / "tree")
    tree.orch("push", "--company", "empresa-a")
    assert shared(sharing) == []
    assert not (tmp_path / "elsewhere" / "shared").exists()
    assert [i["state"] for i in tree.insights("empresa-a", "--all")] == ["withdrawn"]
    assert sorted(p.name for p in (tree.root / ".orch").iterdir()) == [".gitignore", "config.toml"]


def test_relative_places_and_local_terms_are_the_clones(sharing: GroupRepository, tmp_path: Path) -> None:
    terms = sharing.root / ".orch/companies/empresa-a/confidential.txt"
    terms.write_text("Projeto Águia\n", encoding="utf-8")
    tree = linked(sharing, tmp_path / "far" / "away" / "tree")
    main, other = Workspace.open(sharing.root).group, Workspace.open(tree.root).group
    assert other.company("empresa-a").confidential == ("Projeto Águia",)
    assert other.remotes == main.remotes
    assert other.folder == main.folder == sharing.root / ".orch"
    assert other.root == tree.root


def test_locks_are_the_clones(sharing: GroupRepository, tmp_path: Path) -> None:
    tree = linked(sharing, tmp_path / "tree")
    with (
        Workspace.open(sharing.root).lock("drain"),
        pytest.raises(LockedError),
        Workspace.open(tree.root).lock("drain", 0.0),
    ):
        pytest.fail("two work trees of one clone drained at once")


def test_trust_covers_the_same_content_in_every_work_tree_and_nothing_else(
    sharing: GroupRepository, tmp_path: Path
) -> None:
    tree = linked(sharing, tmp_path / "tree")
    Workspace.open(tree.root)
    path = tree.root / ".orch/config.toml"
    path.write_text(path.read_text() + "# more\n")
    with pytest.raises(NotTrustedError):
        Workspace.open(tree.root)
    tree.orch("trust", "--yes")
    (sharing.root / ".orch/config.toml").write_text(path.read_text())
    Workspace.open(sharing.root)
    tree.orch("trust", "--revoke")
    for root in (sharing.root, tree.root):
        with pytest.raises(NotTrustedError):
            Workspace.open(root)


def test_configuration_is_the_current_trees(sharing: GroupRepository, tmp_path: Path) -> None:
    tree = linked(sharing, tmp_path / "tree")
    path = tree.root / ".orch/config.toml"
    path.write_text(path.read_text().replace('name = "Grupo"', 'name = "Outro"'))
    tree.orch("trust", "--yes")
    assert Workspace.open(tree.root).group.name == "Outro"
    assert Workspace.open(sharing.root).group.name == "Grupo"


@pytest.mark.parametrize("name", [".bare", ".git", "repo.git"])
def test_a_bare_repository_with_linked_work_trees(
    sharing: GroupRepository, tmp_path: Path, name: str
) -> None:
    sharing.git("add", "-A")
    bare = tmp_path / "project" / name
    bare.parent.mkdir()
    sharing.git("clone", "-q", "--bare", str(sharing.root), str(bare))
    trees = []
    for branch in ("one", "two"):
        sharing.git("-C", str(bare), "worktree", "add", "-q", "-b", branch, str(bare.parent / branch))
        trees.append(GroupRepository(bare.parent / branch, sharing._patch, sharing._capsys))
    assert home(git.open_repository(trees[0].root)) == bare.resolve()
    trees[0].orch("trust", "--yes")
    for tree in trees:
        assert len(tree.insights()) == 1
        assert Workspace.open(tree.root).group.folder == bare.resolve() / ".orch"
        assert not (tree.root / ".orch/companies").exists()


def test_submodules_separate_git_directories_and_links_keep_one_home(
    sharing: GroupRepository, tmp_path: Path
) -> None:
    outer = tmp_path / "outer"
    sharing.git("init", "-q", str(outer))
    allow = ("-c", "protocol.file.allow=always")
    sharing.git("-C", str(outer), *allow, "submodule", "add", "-q", str(sharing.root), "sub")
    assert home(git.open_repository(outer / "sub")) == outer / "sub"
    sharing.git("-C", str(outer / "sub"), "worktree", "add", "-q", "-b", "x", str(tmp_path / "x"))
    assert home(git.open_repository(tmp_path / "x")) == outer / "sub"

    apart = tmp_path / "apart.git"
    sharing.git("clone", "-q", f"--separate-git-dir={apart}", str(sharing.root), str(tmp_path / "thin"))
    sharing.git("-C", str(tmp_path / "thin"), "worktree", "add", "-q", "-b", "y", str(tmp_path / "y"))
    assert home(git.open_repository(tmp_path / "thin")) == home(git.open_repository(tmp_path / "y"))

    (tmp_path / "link").symlink_to(sharing.root)
    assert home(git.open_repository(tmp_path / "link")) == sharing.root.resolve()


def test_git_never_sees_the_stores_on_a_branch_without_our_ignore_file(sharing: GroupRepository) -> None:
    """`git add -A` on a branch from before orch must not commit them, nor may coming back be refused."""
    sharing.git("switch", "-q", "--orphan", "before")
    (sharing.root / ".orch/history.duckdb").unlink()  # of what git knows: made again where it is missing
    sharing.write({"a": "b"})
    sharing.git("add", "-A")
    sharing.git("commit", "-q", "-m", "before")
    assert not [n for n in sharing.git("ls-files").split() if n.startswith(".orch/companies")]
    tree = GroupRepository(sharing.root.parent / "tree", sharing._patch, sharing._capsys)
    sharing.git("worktree", "add", "-q", str(tree.root), "main")
    tree.orch("drain")  # writes to the main tree's .orch, where no ignore file of ours is now
    sharing.git("worktree", "remove", "--force", str(tree.root))
    assert sharing.git("status", "--porcelain", "--", ".orch") == ""
    sharing.git("switch", "-q", "main")
    assert "config.toml" in (sharing.root / ".orch/.gitignore").read_text()


# ---------------------------------------------------------------- stores that came from elsewhere


STORE = ".orch/companies/empresa-a/orch.db"


def rename(store: Path, identity: str) -> None:
    """Make it a store that another machine made, all of it in the one file."""
    db = sqlite3.connect(store, isolation_level=None)
    db.execute("update identity set id = ?", (identity,))
    db.execute("pragma wal_checkpoint(truncate)").fetchall()
    db.close()


def cloned(group: GroupRepository, path: Path) -> GroupRepository:
    group.git("clone", "-q", str(group.root), str(path))
    return GroupRepository(path, group._patch, group._capsys)


def test_a_store_that_came_by_git_is_refused(sharing: GroupRepository, tmp_path: Path) -> None:
    sharing.orch("drain")
    rename(sharing.root / STORE, "0" * 32)
    sharing.git("add", "-f", STORE)
    sharing.git("commit", "-q", "-m", "oops")
    clone = cloned(sharing, tmp_path / "clone" / "grupo")
    clone.orch("trust", "--yes")
    for command in (["push"], ["status"], ["log"], ["review"]):
        ran = clone.orch(*command, "--company", "empresa-a", "--json", expect=1)
        error = ran.data[0]["error"] if command == ["status"] else ran.error  # status shows the others
        assert "git rm --cached" in error["hint"]
    assert not (tmp_path / "clone" / "shared").exists()
    clone.git("rm", "-q", "--cached", STORE)
    shutil.move(clone.root / STORE, tmp_path / "away.db")
    assert len(clone.insights()) == 1


def test_a_store_that_a_pull_put_in_place_of_ours_is_refused(
    sharing: GroupRepository, tmp_path: Path
) -> None:
    """git replaces an ignored file without a word."""
    clone = cloned(sharing, tmp_path / "clone" / "grupo")
    clone.orch("trust", "--yes")
    clone.orch("drain")
    sharing.orch("drain")
    rename(sharing.root / STORE, "f" * 32)
    sharing.git("add", "-f", STORE)
    sharing.git("commit", "-q", "-m", "oops")
    clone.git("pull", "-q")
    (report,) = clone.orch("push", "--json", expect=1).data["empresa-a"]
    assert "git rm --cached" in report["error"]["hint"]


def test_a_store_that_a_person_brought_is_taken_over_by_trust_alone(
    sharing: GroupRepository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (learnt,) = sharing.insights()
    sharing.orch("withdraw", learnt["id"], "--company", "empresa-a")
    monkeypatch.setenv("ORCH_STATE_DIR", str(tmp_path / "another-machine"))
    brought = GroupRepository(tmp_path / "moved" / "grupo", sharing._patch, sharing._capsys)
    shutil.copytree(sharing.root, brought.root)
    from orchestrator.config import trust

    trust.trust(brought.root)
    refused = brought.orch("log", "--company", "empresa-a", "--json", expect=1).error
    assert STORE in refused["message"] and "orch trust" in refused["hint"]
    shown = brought.orch("trust", expect=2)
    assert "empresa-a" in shown.err and "companies/empresa-a" in shown.err
    brought.orch("log", "--company", "empresa-a", expect=1)
    brought.orch("trust", "--yes")
    assert [i["state"] for i in brought.insights("empresa-a", "--all")] == ["withdrawn"]


def test_one_companys_store_does_not_pass_for_anothers(sharing: GroupRepository) -> None:
    sharing.orch("drain")
    folder = sharing.root / ".orch/companies"
    shutil.rmtree(folder / "empresa-b")
    shutil.copytree(folder / "empresa-a", folder / "empresa-b")
    assert sharing.orch("log", "--company", "empresa-b", "--json", expect=1).error


def test_killed_between_record_and_store_nothing_is_foreign(
    sharing: GroupRepository, monkeypatch: pytest.MonkeyPatch
) -> None:
    from orchestrator.store import database

    shutil.rmtree(sharing.root / ".orch/companies")
    with monkeypatch.context() as patch:
        patch.setattr(database, "migrate", lambda _c: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            Workspace.open(sharing.root).store("empresa-a")
    assert len(sharing.insights()) == 1


def test_the_cost_of_knowing_ones_own_store_is_no_git_process(
    sharing: GroupRepository, monkeypatch: pytest.MonkeyPatch
) -> None:
    sharing.orch("drain")
    workspace = Workspace.open(sharing.root)
    monkeypatch.setenv("PATH", os.devnull)
    workspace.store("empresa-a").close()


def test_the_groups_own_trail_is_guarded_and_taken_over_too(sharing: GroupRepository) -> None:
    from orchestrator.app.trail import GROUP

    Workspace.open(sharing.root).store(GROUP).close()
    rename(sharing.root / f".orch/companies/{GROUP}/orch.db", "e" * 32)
    with pytest.raises(UserError, match=r"orch\.db"):
        Workspace.open(sharing.root).store(GROUP)
    sharing.orch("trust", "--yes")
    Workspace.open(sharing.root).store(GROUP).close()


def test_no_command_starts_what_the_clones_own_configuration_names(
    sharing: GroupRepository, tmp_path: Path
) -> None:
    program, ran = tmp_path / "monitor", tmp_path / "ran"
    program.write_text(f"#!/bin/sh\necho ran >>'{ran}'\n")
    program.chmod(0o755)
    sharing.git("config", "core.fsmonitor", str(program))
    for command in ("doctor", "status", "push"):
        sharing.orch(command, expect=None)
    assert not ran.exists()


@pytest.mark.parametrize("detached", [False, True])
def test_a_rebase_that_stands_still_in_another_work_tree_changes_nothing(
    sharing: GroupRepository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, detached: bool
) -> None:
    """Its HEAD is on a commit that comes and goes; what it stood on before counts, seen from anywhere."""
    tree = linked(sharing, tmp_path / "tree")
    if detached:
        tree.git("switch", "-q", "--detach")
    tree.commit("fix: x\n\nSolution: cache de sessão na borda da rede", {"empresas/a/x.py": "1"})
    tree.commit("chore: stop here", {"empresas/a/stop.py": "1"})
    before = sharing.insights()
    assert len(before) == 2
    monkeypatch.setenv("GIT_SEQUENCE_EDITOR", "sed -i s/^pick/edit/")
    tree.git("rebase", "-q", "-i", "HEAD~2")
    tree.git("commit", "-q", "--amend", "-m", "fix: y\n\nSolution: cache de sessão perto da borda da rede")
    assert sharing.insights() == tree.insights() == before
    tree.git("rebase", "--abort")
    assert sharing.insights() == before
