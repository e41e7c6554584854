"""Every commit appears exactly once, whatever operation made it, and its text is harmless."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from orchestrator.git import new_commits, refs, tips
from orchestrator.git.log import calendar, iso
from orchestrator.git.text import decoded, one_line, visible
from orchestrator.model import Commit
from tests.git.sandbox import Sandbox


class Reader:
    """What a drain does: read what is new since the references that were read before."""

    def __init__(self, box: Sandbox) -> None:
        self.box = box
        self.read: dict[str, str] = {}
        self.seen: list[Commit] = []

    def drain(self) -> list[Commit]:
        now = tips(self.box.repo)
        new = list(new_commits(self.box.repo, now.values(), self.read.values()))
        self.read = now
        self.seen += new
        return new


def _base(box: Sandbox) -> None:
    box.commit("base", base="1")
    box("checkout", "-qb", "side")
    box.commit("side 1", side="1")
    box.commit("side 2", side="2")
    box("checkout", "-q", "main")
    box.commit("main 1", main="1")


def _worktree(box: Sandbox) -> None:
    box("worktree", "add", "-q", "--detach", str(box.root.parent / "linked"))
    Sandbox(box.root.parent / "linked", init=False).commit("in a linked work tree", l="1")


def _am(box: Sandbox) -> None:
    patch = box("format-patch", "--stdout", "main..side")
    box("am", "-q", input=patch.encode() + b"\n")


def _plumbing(box: Sandbox) -> None:
    made = box("commit-tree", "HEAD^{tree}", "-p", "HEAD", "-m", "by plumbing")
    box("-c", "core.hooksPath=/dev/null", "update-ref", "refs/heads/plumbed", made)


def _fetch(box: Sandbox) -> None:
    other = Sandbox(box.root.parent / "other")
    other.commit("of another clone", o="1")
    box("remote", "add", "origin", str(other.root))
    box("fetch", "-q", "origin")


def _detached(box: Sandbox) -> None:
    box("checkout", "-q", "--detach")
    box.commit("on no branch", d="1")


def _squash(box: Sandbox) -> None:
    box("merge", "-q", "--squash", "side")
    box("commit", "-qm", "squashed")


def _octopus(box: Sandbox) -> None:
    box("branch", "third", "main~1")
    box("checkout", "-q", "third")
    box.commit("third", t="1")
    box("checkout", "-q", "main")
    box("merge", "-q", "-m", "octopus", "side", "third")


OPERATIONS: dict[str, Callable[[Sandbox], object]] = {
    "commit": lambda b: b.commit("plain", x="1"),
    "amend": lambda b: b("commit", "-q", "--amend", "-m", "amended"),
    "merge": lambda b: b("merge", "-q", "--no-ff", "-m", "merged", "side"),
    "fast-forward": lambda b: (b("checkout", "-qb", "ff", "main~1"), b("merge", "-q", "--ff-only", "side")),
    "squash": _squash,
    "rebase": lambda b: b("rebase", "-q", "main", "side"),
    "rebase --apply": lambda b: b("rebase", "-q", "--apply", "main", "side"),
    "cherry-pick": lambda b: b("cherry-pick", "main..side"),
    "revert": lambda b: b("revert", "--no-edit", "HEAD"),
    "am": _am,
    "reset": lambda b: (b("reset", "-q", "--hard", "HEAD~1"), b.commit("after a reset", y="1")),
    "detached": _detached,
    "worktree": _worktree,
    "update-ref, hooks off": _plumbing,
    "fetch": _fetch,
    "octopus": _octopus,
    "orphan": lambda b: (b("checkout", "-q", "--orphan", "alone"), b.commit("a second root", z="1")),
}


@pytest.mark.parametrize("operation", OPERATIONS)
def test_every_commit_appears_exactly_once(box: Sandbox, operation: str) -> None:
    _base(box)
    reader = Reader(box)
    reader.drain()
    before = {c.id for c in reader.seen}
    assert before == box.all_commits()
    OPERATIONS[operation](box)
    new = [c.id for c in reader.drain()]
    after = box.all_commits() | set(tips(box.repo).values())
    assert sorted(new) == sorted(after - before)
    assert reader.drain() == []


def test_parents_come_before_children(box: Sandbox) -> None:
    _base(box)
    _octopus(box)
    seen: set[str] = set()
    for commit in Reader(box).drain():
        assert set(commit.parents) <= seen
        seen.add(commit.id)


def test_files_of_root_change_rename_delete_and_merge(box: Sandbox) -> None:
    box.commit("root", a="one\n", b="two\n")
    box.write("d/a", "one\n")
    box.write("b", "changed\n")
    (box.root / "a").unlink()
    box.commit("second")
    (box.root / "b").unlink()
    box.commit("third")
    box("checkout", "-qb", "side", "HEAD~1")
    box.commit("side", s="1")
    box("checkout", "-q", "main")
    box("merge", "-q", "--no-ff", "-m", "merge", "side")
    by_subject = {c.subject: c for c in Reader(box).drain()}
    blob = box("rev-parse", "main:d/a")
    assert [(f.path, f.status, f.old_blob) for f in by_subject["root"].files] == [
        ("a", "A", ""),
        ("b", "A", ""),
    ]
    changed = {f.path: f for f in by_subject["second"].files}
    assert (changed["d/a"].status, changed["d/a"].old_path, changed["d/a"].blob) == ("R", "a", blob)
    assert changed["b"].status == "M"
    assert changed["b"].blob != changed["b"].old_blob
    assert [(f.path, f.status, f.blob) for f in by_subject["third"].files] == [("b", "D", "")]
    assert by_subject["merge"].files == ()
    assert by_subject["merge"].is_merge


def test_a_submodule_s_commit_is_no_blob(box: Sandbox, tmp_path: Path) -> None:
    inner = Sandbox(tmp_path / "inner")
    inner.commit()
    box("-c", "protocol.file.allow=always", "submodule", "add", "-q", str(inner.root), "sub")
    box.commit("with a submodule")
    files = {f.path: f.blob for f in Reader(box).drain()[0].files}
    assert files["sub"] == ""
    assert files[".gitmodules"] != ""


def test_hostile_names_and_messages_become_printable(box: Sandbox) -> None:
    names = [
        b"line\nbreak",
        b"tab\tbed",
        b"esc\x1b[31m",
        b"latin-\xe9",
        "bidi-\u202e".encode(),
        b":100644 x",
        b"--help",
    ]
    for name in names:
        box.write(name)
    box("config", "user.name", "A\x1b]0;x\x07na")
    box.commit(b"caf\xe9 \x1b[2J\r\nsecond\ttab \xe2\x80\xae\x07\n\n:000000 100644 a b A\n")
    commit = Reader(box).drain()[0]
    texts = [commit.author, commit.message, *(f.path for f in commit.files)]
    assert all(visible(t) == t for t in texts)
    assert commit.message.splitlines()[0] == "café \\x1b[2J"  # git itself guesses Latin-1
    assert commit.message.splitlines()[1] == "second\ttab \\u202e\\x07"
    paths = {f.path for f in commit.files}
    assert {"line\\x0abreak", "tab\\x09bed", "esc\\x1b[31m", "latin-\\xe9", ":100644 x", "--help"} <= paths
    assert len(paths) == len(names)


def test_a_message_in_another_encoding_is_read_as_text(box: Sandbox) -> None:
    box("config", "i18n.commitEncoding", "ISO-8859-1")
    box.commit("solução".encode("latin-1"))
    assert Reader(box).drain()[0].message == "solução"


def test_a_nul_in_a_commit_object_cannot_shift_fields(box: Sandbox) -> None:
    box.commit("good", a="1")
    tree = box("rev-parse", "HEAD^{tree}")
    raw = f"tree {tree}\nauthor A <a@x> 99999999999999999999 +0000\ncommitter A <a@x> 1 +0000\n\n".encode()
    made = box(
        "hash-object", "-t", "commit", "-w", "--stdin", "--literally", input=raw + b"fir\xe9st\0\0:1\0rest"
    )
    box("update-ref", "refs/heads/odd", made)
    commits = {c.id: c for c in Reader(box).drain()}
    assert set(commits) == box.all_commits()
    assert commits[made].message == "fir\\xe9st"
    assert commits[made].authored_at.endswith("Z")


def test_empty_and_unborn_repositories_have_no_news(box: Sandbox) -> None:
    assert tips(box.repo) == {}
    assert Reader(box).drain() == []
    assert list(new_commits(box.repo, [], ["1" * 40])) == []


def test_ids_that_vanished_are_ignored(box: Sandbox) -> None:
    mine = box.commit()
    gone = "1" * 40
    assert [c.id for c in new_commits(box.repo, [gone, mine], ["2" * 40])] == [mine]
    assert list(new_commits(box.repo, [gone], [])) == []


def test_references_of_orch_and_tags_are_not_read(box: Sandbox) -> None:
    mine = box.commit()
    made = box("commit-tree", "HEAD^{tree}", "-m", "ours")
    box("update-ref", "refs/orch/state", made)
    box("tag", "v1", made)
    assert set(tips(box.repo)) == {"main-worktree/HEAD", "refs/heads/main"}
    assert set(tips(box.repo).values()) == {mine}


def test_all_work_trees_see_the_same_references(box: Sandbox, tmp_path: Path) -> None:
    box.commit()
    _worktree(box)
    linked = Sandbox(tmp_path / "linked", init=False)
    assert tips(box.repo) == tips(linked.repo)
    assert tips(box.repo)["worktrees/linked/HEAD"] == linked.head


@pytest.mark.parametrize("state", ["branch", "detached", "on a tag", "unborn", "broken", "symbolic branch"])
def test_each_head_is_where_git_says(box: Sandbox, tmp_path: Path, state: str) -> None:
    """Read from the branch where it is on one; git is asked for the others."""
    mine = box.commit()
    box("tag", "-a", "v1", "-m", "v1")
    _worktree(box)
    linked = Sandbox(tmp_path / "linked", init=False)
    states = {
        "branch": ["checkout", "-q", "-b", "feature/ação"],
        "detached": ["checkout", "-q", "--detach"],
        "on a tag": ["checkout", "-q", "v1"],
        "unborn": ["checkout", "-q", "--orphan", "new"],
        "broken": ["symbolic-ref", "HEAD", "refs/heads/missing"],
        "symbolic branch": ["symbolic-ref", "refs/heads/alias", "refs/heads/main"],
    }
    linked(*states[state])
    if state == "symbolic branch":
        linked("symbolic-ref", "HEAD", "refs/heads/alias")
    found = tips(box.repo)
    for name in ("main-worktree/HEAD", "worktrees/linked/HEAD"):
        said = box("rev-parse", "-q", "--verify", f"{name}^{{commit}}", check=False)
        assert found.get(name, "") == said
    assert found["main-worktree/HEAD"] == mine
    assert list(found)[:1] == ["main-worktree/HEAD"]


def test_where_each_head_is_on_a_branch_git_is_asked_once(
    box: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    box.commit()
    repo, asked, run, execute = box.repo, [], refs.run, refs.execute
    monkeypatch.setattr(refs, "run", lambda *words, **more: asked.append(words[1]) or run(*words, **more))
    monkeypatch.setattr(refs, "execute", lambda top, words: asked.append(words[0]) or execute(top, words))
    assert tips(repo)["main-worktree/HEAD"] == box.head
    assert asked == ["for-each-ref"]


def test_a_shallow_boundary_does_not_add_the_whole_tree(box: Sandbox, tmp_path: Path) -> None:
    for n in range(3):
        box.commit(f"number {n}", **{f"f{n}": str(n)})
    box("clone", "-q", "--depth", "2", f"file://{box.root}", str(tmp_path / "shallow"))
    commits = Reader(Sandbox(tmp_path / "shallow", init=False)).drain()
    assert [(c.subject, [f.path for f in c.files]) for c in commits] == [
        ("number 1", []),
        ("number 2", ["f2"]),
    ]


def test_a_reader_that_stops_early_leaves_no_process(box: Sandbox) -> None:
    for n in range(30):
        box.commit(f"{n}")
    # in a process of its own: this one may have children that are none of the reader's business
    command = [sys.executable, "-c", STOPS_EARLY, str(box.repo.root)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.stdout == "0\nno child\n", done.stderr


STOPS_EARLY = """
import os, sys
from pathlib import Path
from orchestrator.git import new_commits, open_repository, tips

repo = open_repository(Path(sys.argv[1]))
reading = new_commits(repo, tips(repo).values(), [])
print(next(iter(reading)).subject)
reading.close()
try:
    os.waitpid(-1, os.WNOHANG)
except ChildProcessError:
    print("no child")
"""


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        ("0", "1970-01-01T00:00:00Z"),
        ("", "1970-01-01T00:00:00Z"),
        ("-99999999999999999", "1970-01-01T00:00:00Z"),
        ("99999999999999999999", "9999-12-31T23:59:59Z"),
        ("253402300800", "9999-12-31T23:59:59Z"),
        ("1795378060", "2026-11-22T20:07:40Z"),
    ],
)
def test_dates_always_have_a_calendar(seconds: str, text: str) -> None:
    assert iso(calendar(seconds)) == text


@given(st.binary())
@settings(max_examples=300)
def test_any_bytes_become_printable_utf8(data: bytes) -> None:
    text = decoded(data)
    assert visible(text) == text
    text.encode("utf-8")
    assert not set(one_line(data)) & set("\n\t\r\x1b\0")


# git's own commands take noncharacters for bytes that are not UTF-8 and store the message anew as Latin-1
NONCHARACTERS = "".join(map(chr, range(0xFDD0, 0xFDF0))) + "".join(
    chr(plane * 0x10000 + last) for plane in range(17) for last in (0xFFFE, 0xFFFF)
)
LETTERS = st.characters(exclude_characters="\0" + NONCHARACTERS, exclude_categories=["Cs"])


@given(st.text(LETTERS, max_size=60))
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_message_comes_back(box: Sandbox, message: str) -> None:
    made = box("commit-tree", _empty_tree(box), "-F", "-", input=message.encode())
    (commit,) = new_commits(box.repo, [made], [])
    assert commit.id == made
    assert commit.message == visible(message).strip("\n")


def _empty_tree(box: Sandbox) -> str:
    return box("hash-object", "-t", "tree", "-w", "--stdin", input=b"")
