"""Reading blobs and trees."""

from __future__ import annotations

from pathlib import Path

import pytest

from orchestrator.errors import UserError
from orchestrator.git import TreeEntry, list_tree, new_commits, read_blobs, tips, tree_id
from tests.git.sandbox import Sandbox


def test_blobs_by_id(box: Sandbox) -> None:
    contents = [b"", b"one\n", b"\0binary\xff\n\n", b"no newline", b"x" * 5000]
    for n, content in enumerate(contents):
        box.write(f"f{n}", content)
    box.commit()
    ids = {box("rev-parse", f"HEAD:f{n}"): content for n, content in enumerate(contents)}
    tree = box("rev-parse", "HEAD^{tree}")
    assert read_blobs(box.repo, [*ids, *ids, "1" * 40, "", tree, "--batch-all-objects"]) == ids
    assert read_blobs(box.repo, ids, max_bytes=100) == {i: c for i, c in ids.items() if len(c) <= 100}
    assert read_blobs(box.repo, []) == {}
    assert read_blobs(box.repo, ["1" * 40]) == {}


def test_a_missing_blob_of_a_partial_clone_is_not_downloaded(box: Sandbox, tmp_path: Path) -> None:
    box.commit("base", a="secret\n", b="fetched\n")
    blob, other = box("rev-parse", "HEAD:a"), box("rev-parse", "HEAD:b")
    box("config", "uploadpack.allowFilter", "true")
    box("clone", "-q", "--no-checkout", "--filter=blob:none", f"file://{box.root}", str(tmp_path / "partial"))
    partial = Sandbox(tmp_path / "partial", init=False)
    partial("cat-file", "blob", other)
    assert read_blobs(partial.repo, [blob, "1" * 40, other]) == {other: b"fetched\n"}
    assert f"?{blob}" in partial("rev-list", "--objects", "--all", "--missing=print")
    gone = "2" * 40
    (commit,) = new_commits(partial.repo, [gone, *tips(partial.repo).values()], [gone])
    assert [f.blob for f in commit.files] == [blob, other]


def test_trees(box: Sandbox) -> None:
    box.write("lib/a.py", "1")
    box.write("lib/deep/b.py", "2")
    box.write("lib/odd\nname", "3")
    box.write("top", "4")
    head = box.commit()
    top = {e.path: e for e in list_tree(box.repo, head)}
    assert top["lib"] == TreeEntry("lib", "040000", "tree", tree_id(box.repo, head, "lib"))
    assert (top["top"].mode, top["top"].type) == ("100644", "blob")
    assert {e.path for e in list_tree(box.repo, head, "lib/")} == {"lib/a.py", "lib/deep", "lib/odd\\x0aname"}
    assert {e.path for e in list_tree(box.repo, head, "lib", recursive=True)} == {
        "lib/a.py",
        "lib/deep/b.py",
        "lib/odd\\x0aname",
    }
    assert tree_id(box.repo, head) == box("rev-parse", "HEAD^{tree}")


@pytest.mark.parametrize("path", ["absent", "top", "a\nb", "../x", "--help", "*"])
def test_a_folder_that_is_none(box: Sandbox, path: str) -> None:
    box.write("top")
    head = box.commit()
    with pytest.raises(UserError):
        tree_id(box.repo, head, path)
    with pytest.raises(UserError):
        list_tree(box.repo, head, path)


def test_a_commit_that_is_none(box: Sandbox) -> None:
    box.commit()
    for name in ("--output=x", "1" * 40, "nowhere"):
        with pytest.raises(UserError):
            tree_id(box.repo, name, "")
