"""Lines of commits are those that git itself counts, also where git gives up."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from orchestrator.git import lines
from orchestrator.git.fields import flat
from orchestrator.git.lines import changed_blobs, count_lines, file_number
from orchestrator.git.log_text import read_log
from tests.git.sandbox import Sandbox

BODY = "".join(f"line {n}\n" for n in range(60))


def rows(files: str) -> dict[str, tuple[str, int, int]]:
    """Path: (old path, added, deleted), -1 in a binary file."""
    found = {}
    for file in files.split("\0") if files else ():
        added, deleted, path, *old = file.split("\t")
        found[path] = ("".join(old), *(-1 if n == "-" else int(n) for n in (added, deleted)))
    assert len(found) == file_number(files)
    return found


def by_path(box: Sandbox, commit: str) -> dict[str, tuple[str, int, int]]:
    (counted,) = count_lines(box.repo, [commit])
    assert counted.files is not None
    return rows(counted.files)


def as_git_says(box: Sandbox, commit: str) -> dict[str, tuple[int, int]]:
    out = box("show", "--format=", "--numstat", "-z", "--no-renames", commit)
    found = {}
    for entry in filter(None, out.split("\0")):
        added, deleted, path = entry.split("\t")
        found[path] = (-1, -1) if added == "-" else (int(added), int(deleted))
    return found


def test_added_modified_deleted_binary_and_mode(box: Sandbox) -> None:
    first = box.commit("root", a="1\n2\n3\n", b="x\n", **{"p.png": b"\x89PNG\0\1"})
    box.write("a", "1\n2\nthree\nfour\n")
    box.write("p.png", b"\x89PNG\0\2")
    (box.root / "b").chmod(0o755)
    second = box.commit("second")
    (box.root / "b").unlink()
    third = box.commit("third")
    for commit in (first, second, third):
        assert {p: c[1:] for p, c in by_path(box, commit).items()} == as_git_says(box, commit)
    assert by_path(box, second) == {
        "a": ("", 2, 1),
        "b": ("", 0, 0),
        "p.png": ("", -1, -1),
    }


def test_a_commit_of_nothing_but_binary_files(box: Sandbox) -> None:
    commit = box.commit("pictures", **{"a.png": b"\0\1", "b.png": b"\0\2"})
    assert by_path(box, commit) == {"a.png": ("", -1, -1), "b.png": ("", -1, -1)}


def test_a_rename_with_an_edit_is_one_file(box: Sandbox) -> None:
    """The log of the first reading sees one deleted and one added."""
    box.commit("first", old=BODY, same=BODY + "same\n")
    (box.root / "old").rename(box.root / "new")
    box.write("new", BODY + "more\n")
    (box.root / "same").rename(box.root / "moved")
    commit = box.commit("renamed")
    assert by_path(box, commit) == {"new": ("old", 1, 0), "moved": ("same", 0, 0)}
    ((_commit, told),) = (
        c for log in read_log(box.repo, [commit], []) for c in log.files() if c[0] == commit
    )
    assert sorted(told) == [("A", "new", ""), ("D", "old", ""), ("R", "moved", "same")]


def test_hostile_paths_and_submodules(box: Sandbox, tmp_path: Path) -> None:
    inner = Sandbox(tmp_path / "inner")
    inner.commit()
    names = [b"line\nbreak", b"tab\tbed", b"latin-\xe9", "bidi-\u202e".encode(), b":100644 x", b"1\t2\tx"]
    for name in names:
        box.write(name, "one\n")
    box("-c", "protocol.file.allow=always", "submodule", "add", "-q", str(inner.root), "sub")
    commit = box.commit("odd")
    found = by_path(box, commit)
    shown = {"line\\x0abreak", "tab\\x09bed", "latin-\\xe9", "bidi-\\u202e", ":100644 x", "1\\x092\\x09x"}
    assert shown <= set(found)
    assert all(c == ("", 1, 0) for p, c in found.items() if p not in ("sub", ".gitmodules"))
    assert found["sub"] == ("", 1, 0)  # git counts the id of a submodule's commit as a line
    os.rename(os.path.join(os.fsencode(box.root), b"tab\tbed"), os.path.join(os.fsencode(box.root), b"x\ty"))
    assert by_path(box, box.commit("moved")) == {"x\\x09y": ("tab\\x09bed", 0, 0)}


def test_the_user_s_configuration_changes_nothing(box: Sandbox) -> None:
    box.commit("first", old=BODY)
    (box.root / "old").rename(box.root / "new")
    commit = box.commit("renamed", new=BODY + "more\n")
    expected = by_path(box, commit)
    for key, value in {
        "diff.renames": "false",
        "diff.noprefix": "true",
        "diff.algorithm": "histogram",
        "log.showSignature": "true",
        "diff.orderFile": "/dev/null",
        "diff.external": "false",
        "diff.ignoreSubmodules": "all",
        "core.quotePath": "true",
        "log.showRoot": "false",
        "trailer.separators": "#",
        "diff.renameLimit": "1",
    }.items():
        box("config", key, value)
    assert by_path(box, commit) == expected


def line_of(box: Sandbox, length: int) -> list[str]:
    return [box.commit(f"number {n}", **{f"f{n}": f"content {n}\n"}) for n in range(length)]


def lose(box: Sandbox, name: str) -> None:
    """Delete a loose object."""
    (box.root / ".git/objects" / name[:2] / name[2:]).unlink()


def test_missing_blobs_are_unknown_and_the_rest_is_counted(box: Sandbox) -> None:
    commits = line_of(box, 9)
    for n in (2, 3, 7):
        lose(box, box("rev-parse", f"{commits[n]}:f{n}"))
    counted = {c.id: c.files for c in count_lines(box.repo, commits)}
    assert {commits.index(c) for c, files in counted.items() if files is None} == {2, 3, 7}
    assert all(f"1\t0\tf{commits.index(c)}" == files for c, files in counted.items() if files is not None)
    assert len(counted) == len(commits)


def test_a_missing_tree_is_found_by_halving(box: Sandbox) -> None:
    commits = line_of(box, 6)
    lose(box, box("rev-parse", f"{commits[3]}^{{tree}}"))
    counted = {c.id: c.files for c in count_lines(box.repo, commits)}
    unknown = {commits.index(c) for c, files in counted.items() if files is None}
    assert unknown == {3, 4}  # and the one that is compared with it
    assert set(counted) == set(commits)


def test_a_blobless_clone_downloads_nothing_and_asks_git_a_few_times(
    box: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    commits = line_of(box, 12)
    box("config", "uploadpack.allowFilter", "true")
    clone = tmp_path / "clone"
    box("clone", "-q", "--no-checkout", "--filter=blob:none", f"file://{box.root}", str(clone))
    partial = Sandbox(clone, init=False)
    asked = []
    read = lines._read
    monkeypatch.setattr(lines, "_read", lambda repo, *told: asked.append(told[0]) or read(repo, *told))
    counted = list(count_lines(partial.repo, commits))
    assert {c.id for c in counted} == set(commits)
    assert all(c.files is None for c in counted)
    assert asked == [lines._COUNT, lines._UNCOUNTED]
    missing = partial("rev-list", "--objects", "--missing=print", "HEAD")
    assert missing.count("?") == 12


def test_commits_that_are_gone_are_unknown(box: Sandbox) -> None:
    commit = box.commit("here", a="1\n")
    counted = {c.id: c.files for c in count_lines(box.repo, ["1" * 40, commit])}
    assert counted["1" * 40] is None
    assert counted[commit] == "1\t0\ta"
    assert dict(changed_blobs(box.repo, ["1" * 40, commit])) == {
        commit: [("a", "A", box("rev-parse", f"{commit}:a"), "", "")]
    }
    assert list(count_lines(box.repo, [])) == []


NAMES = ("a", "d/b", ":c", ":100644 100644 1 2 M", "e\nf", "g\th", "1\t1\ti", "\x1ej", "é", "R100")


@given(
    st.lists(
        st.dictionaries(st.sampled_from(NAMES), st.sampled_from((None, "", "x\n", BODY, "\0"))), max_size=4
    )
)
@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@example(
    [{":100644 100644 1 2 M": BODY, "a": "x\n"}, {":100644 100644 1 2 M": None, "R100": BODY, "a": "\0"}]
)
def test_any_names_have_the_lines_that_git_says(
    tmp_path_factory: pytest.TempPathFactory, steps: list[dict[str, str | None]]
) -> None:
    """Names that look like what git tells, beside renames, which take more of its fields."""
    box = Sandbox(tmp_path_factory.mktemp("box"))
    commits = [box.commit("first", first=BODY + "first\n")]
    for step in steps:
        for name, text in step.items():
            if text is not None:
                box.write(name, text)
            elif (box.root / name).exists():
                (box.root / name).unlink()
        commits.append(box.commit("step"))
    for commit in commits:
        told = iter(box("show", "--format=", "--numstat", "-z", "-M", commit).split("\0"))
        expected = {}
        for entry in filter(None, told):
            added, deleted, path = entry.split("\t", 2)
            old, path = (next(told), next(told)) if not path else ("", path)
            expected[flat(path)] = (flat(old), *(-1 if n == "-" else int(n) for n in (added, deleted)))
        assert by_path(box, commit) == expected
