"""Repositories of unusual kinds: bare, empty, cut off, incomplete, with other ids or other references."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.odd.conftest import CACHE, INDEX, QUEUE, Place, version_of

Make = Callable[..., Place]
CACHED = "Redis in front of the catalogue halved the latency of the pages"
GZIP = "perf: y\n\nSolution: gzip on the gateway cut the traffic of the catalogue by half"


def test_a_bare_repository_is_refused_and_one_with_a_work_tree_is_not(place: Make) -> None:
    bare = place("store.git").init("--bare")
    for command in (("init", "--yes"), ("drain",), ("status",), ("log",)):
        ran = bare.orch(*command, expect=10)
        assert "is a bare repository." in ran.err and "run it in a clone" in ran.err
    source = place("source").init()
    source.commit(CACHE)
    source.git("push", "-q", str(bare.root), "main")
    bare.git("worktree", "add", "-q", str(bare.root.parent / "tree"), "main")
    tree = bare.at(bare.root.parent / "tree").set_up()
    tree.works(0)
    assert tree.learnt() == [CACHED]


def test_an_empty_repository_waits_for_its_first_commit(place: Make) -> None:
    empty = place().init().set_up()
    empty.works(0)
    assert empty.learnt() == []
    empty.commit(CACHE)
    empty.works(1)
    assert empty.learnt() == [CACHED]


def test_a_shallow_clone_takes_what_it_has_and_the_rest_once_it_is_deepened(place: Make) -> None:
    source = place("source").init()
    ids = [source.commit(words) for words in (CACHE, QUEUE, INDEX)]
    source.git("clone", "-q", "--depth", "1", f"file://{source.root}", str(source.root.parent / "cut"))
    cut = source.at(source.root.parent / "cut").set_up()
    cut.works(0)
    assert cut.evidence() == []  # what the oldest commit of a cut clone changed is not known
    newest = cut.commit(GZIP)
    cut.works(1)
    assert cut.evidence() == [newest]
    cut.git("fetch", "-q", "--deepen", "1")
    cut.works()
    assert cut.evidence() == sorted([ids[2], newest])
    cut.git("fetch", "-q", "--unshallow")
    cut.works()
    assert cut.evidence() == sorted([*ids, newest])


def partial_clone(place: Make, what: str) -> tuple[Place, list[str]]:
    """A clone without certain objects, made over file://, whose remote is gone afterwards."""
    source = place("source").init()
    source.git("config", "uploadpack.allowFilter", "true")
    ids = [source.commit(words) for words in (CACHE, QUEUE, INDEX)]
    clone = source.at(source.root.parent / "partial")
    source.git("clone", "-q", f"--filter={what}", f"file://{source.root}", str(clone.root))
    source.root.rename(source.root.with_name("elsewhere"))
    return clone, ids


def test_a_partial_clone_without_blobs_is_read_without_asking_anybody(place: Make) -> None:
    clone, ids = partial_clone(place, "blob:none")
    missing = clone.git("rev-list", "--objects", "--missing=print", "HEAD")
    assert "?" in missing, "the clone holds every blob"
    clone.set_up().works(0)
    assert clone.evidence() == sorted(ids)
    clone.commit(GZIP)
    clone.works(1)


def test_a_partial_clone_without_trees_says_what_to_fetch(place: Make) -> None:
    clone, ids = partial_clone(place, "tree:0")
    ran = clone.orch("init", "--yes", "--no-hooks", "--company", "empresa-a", expect=1)
    assert "cannot read" in ran.err or "partial clone lacks" in ran.err, ran.err
    clone.root.with_name("elsewhere").rename(clone.root.with_name("source"))
    clone.git("fetch", "-q", "--refetch", "--filter=blob:none")
    clone.works(3)
    assert clone.evidence() == sorted(ids)


@pytest.mark.parametrize("libgit2", [True, False], ids=["libgit2 asks", "no libgit2"])
def test_a_repository_with_sha256_ids(place: Make, monkeypatch: pytest.MonkeyPatch, libgit2: bool) -> None:
    if not libgit2:
        monkeypatch.setitem(__import__("sys").modules, "pygit2", None)
    long = place().init("--object-format=sha256").set_up()
    commit = long.commit(CACHE)
    assert len(commit) == 64
    long.works(1)
    assert long.evidence() == [commit]


@pytest.mark.parametrize("ids", ["sha1", "sha256"])
def test_references_in_a_reftable(
    place: Make, new_git: str, ids: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = place().init("--ref-format=reftable", f"--object-format={ids}").set_up()
    first = table.commit(CACHE)
    table.works(1)
    table.git("commit", "-q", "--amend", "-m", CACHE)
    amended = table.git("rev-parse", "HEAD")
    table.git("worktree", "add", "-q", "-b", "side", str(table.root.parent / "side"))
    second = table.at(table.root.parent / "side").commit(QUEUE)
    table.works(2 if amended != first else 1)
    assert table.evidence() == sorted([amended, second])

    monkeypatch.setenv("PATH", new_git)
    if version_of("git") >= (2, 45):
        pytest.skip("the git in PATH reads the reftable too: there is none here that could not")
    sentence = r"keeps its references as a reftable, which the installed git cannot read\."
    table.refuses(sentence, r"git 2\.45 or newer", code=10)


def test_a_commit_of_files_in_a_reftable_and_sha256(place: Make, new_git: str) -> None:
    """`orch share` and the API build commits: libgit2 refuses such a repository, git's plumbing does not."""
    from orchestrator import git

    table = place().init("--ref-format=reftable", "--object-format=sha256")
    base = table.commit(CACHE)
    repository = git.open_repository(Path(table.root))
    tree = git.tree_id(repository, base, "empresas/a")
    made = git.graft(repository, base, "shared/app", tree, "share", ("Ana", "ana@example.com"))
    git.set_branch(repository, "orch/share/app", made, None)
    assert table.git("rev-parse", "orch/share/app:shared/app") == tree
    assert table.git("fsck", "--strict") == ""


def test_what_a_partial_clone_lacks_is_learnt_once_it_is_there(place: Make) -> None:
    """Manifests teach the same late as they would have at once, and are told as missing until then."""
    source = place("source").init()
    source.git("config", "uploadpack.allowFilter", "true")
    manifest = "empresas/a/svc/requirements.txt"
    for packages in ("flask==3.0\n", "flask==3.0\nredis==5.0\n"):
        source.write(manifest, packages)
        source.commit("chore: adota dependências", "empresas/a/svc/app.py")
    source.write(manifest, "pandas\n")
    source.commit("chore: outra coisa", "empresas/a/svc/app.py")
    whole = source.at(source.root.parent / "whole")
    source.git("clone", "-q", f"file://{source.root}", str(whole.root))
    whole.set_up().works(0)
    assert any("Redis" in title for title in whole.learnt())

    clone = source.at(source.root.parent / "partial")
    source.git("clone", "-q", "--no-checkout", "--filter=blob:none", f"file://{source.root}", str(clone.root))
    clone.set_up().works(0)
    assert "3 manifests and documents are not in this partial clone" in clone.orch("status").out
    assert not any("Redis" in title for title in clone.learnt())
    assert clone.orch("history", "backfill", "--json").data["manifests_left"] == 3
    one = clone.git("rev-parse", "HEAD~2:" + manifest)
    clone.git("cat-file", "-p", one)  # git fetches it
    assert "2 manifests and documents" in clone.orch("status").out

    clone.git("fetch", "-q", "--refetch", "--no-filter")
    status = clone.orch("status").out
    assert "partial clone" not in status
    assert clone.learnt() == whole.learnt()
    assert clone.evidence() == whole.evidence()
    assert clone.orch("history", "backfill", "--json").data["manifests_left"] == 0
    question = ("history", "query", "--json", "SELECT DISTINCT name FROM dependencies ORDER BY 1")
    assert clone.orch(*question).data == whole.orch(*question).data


def test_a_trailer_at_the_edge_of_a_shallow_clone_is_told_as_that(place: Make) -> None:
    source = place("source").init()
    for words in (CACHE, QUEUE):
        source.commit(words)
    cut = source.at(source.root.parent / "cut")
    source.git("clone", "-q", "--depth", "1", f"file://{source.root}", str(cut.root))
    cut.set_up()
    assert "touches no company's paths" not in cut.orch("status").out + cut.orch("log").err
    config = cut.root / ".orch/config.toml"
    config.write_text(config.read_text().replace('"empresas/b/**"', '"empresas/c/**"'))
    cut.orch("trust", "--yes")
    told = cut.orch("drain").out
    assert "1 commit that teaches something lies at the edge" in told and "git fetch --unshallow" in told
