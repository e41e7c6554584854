"""A commit of given texts on a branch: no checkout, twice is once, and no path leaves the repository."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from orchestrator.errors import UsageError, UserError
from orchestrator.git.files import commit_files, resolve
from tests.git.sandbox import Sandbox

ANA = ("Ana", "ana@example.com")
BRANCH = "orch/share/auth"


@pytest.fixture
def base(box: Sandbox) -> Sandbox:
    box.write("README.md", "# Grupo\n")
    box.write("bin/run.sh", "#!/bin/sh\n")
    (box.root / "bin/run.sh").chmod(0o755)
    box.commit("base")
    box("branch", BRANCH)
    return box


def put(box: Sandbox, files: dict[str, str], message: str = "feat: auth", branch: str = BRANCH) -> str:
    return commit_files(box.repo, branch, message, files, ANA)


def texts(box: Sandbox, commit: str) -> dict[str, bytes]:
    names = subprocess.run(
        ["git", "ls-tree", "-r", "-z", "--name-only", commit], cwd=box.root, check=True, capture_output=True
    ).stdout.split(b"\0")[:-1]
    shown = {
        n: subprocess.run(["git", "show", b"%s:%s" % (commit.encode(), n)], cwd=box.root, capture_output=True)
        for n in names
    }
    return {name.decode(): done.stdout for name, done in shown.items()}


def test_files_lie_on_the_branch_and_nothing_else_is_touched(base: Sandbox) -> None:
    head, index, before = base.head, (base.root / ".git/index").read_bytes(), base("status", "--porcelain")
    made = put(base, {"auth/auth.py": "def entrar(): ...\n", "auth/LEIA-ME.md": "# Entrada única\n"})
    assert texts(base, made) == {
        "README.md": b"# Grupo\n",
        "auth/LEIA-ME.md": "# Entrada única\n".encode(),
        "auth/auth.py": b"def entrar(): ...\n",
        "bin/run.sh": b"#!/bin/sh\n",
    }
    assert base("rev-parse", BRANCH) == made
    assert base("log", "-1", "--format=%an <%ae>|%B", made) == "Ana <ana@example.com>|feat: auth"
    assert (base.head, (base.root / ".git/index").read_bytes()) == (head, index)
    assert base("status", "--porcelain") == before
    assert "error" not in base("fsck", "--strict")


def test_the_same_files_again_make_no_commit_however_large_they_are(base: Sandbox) -> None:
    files = {"auth/auth.py": "x = 1\n", "auth/dados.txt": "0123456789abcdef" * 100_000}
    first = put(base, files)
    count = base("rev-list", "--count", BRANCH)
    assert put(base, files, "another message") == first
    assert put(base, {}) == first
    assert base("rev-list", "--count", BRANCH) == count
    assert put(base, {"auth/auth.py": "x = 2\n"}) != first


def test_an_executable_file_stays_executable(base: Sandbox) -> None:
    made = put(base, {"bin/run.sh": "#!/bin/sh\nexit 0\n"})
    assert base("ls-tree", made, "bin/run.sh").startswith("100755 ")


@pytest.mark.parametrize(
    "path",
    [
        "", "/", "/etc/passwd", "..", "../x", "a/../../x", "a/..", ".", "./a", "a//b", "a/", "a/./b",
        ".git/config", "sub/.git/hooks/x", ".GIT/config", ".git ./x", "git~1/config", ".git::$INDEX/x",
        ".g\u200cit/config", "a\\b", "..\\x", "a\nb", "a\tb", "a\0b", "a\x1b[2Jb", "a\u202eb", "a\udcffb",
        "README.md/x", "bin",
    ],
)  # fmt: skip
def test_a_path_that_is_none_is_refused_and_nothing_moves(base: Sandbox, path: str) -> None:
    before = base("rev-parse", BRANCH)
    with pytest.raises(UserError) as refused:
        put(base, {"good.txt": "good\n", path: "bad\n"})
    assert refused.value.message
    assert "\x1b" not in refused.value.message and "\n" not in refused.value.message
    assert base("rev-parse", BRANCH) == before
    assert not list(base.root.parent.glob("x"))


def test_two_files_that_cannot_lie_together_are_refused(base: Sandbox) -> None:
    with pytest.raises(UserError):
        put(base, {"a": "file\n", "a/b": "below it\n"})


def test_other_refusals_say_what_is_wrong(base: Sandbox) -> None:
    for message in ("", " \n", "a\0b"):
        with pytest.raises(UsageError, match=r"mensagem|message"):
            put(base, {"a": "x"}, message)
    with pytest.raises(UserError, match="Unicode"):
        put(base, {"a": "\ud800"})
    with pytest.raises(UserError, match="Unicode"):
        put(base, {"a": "x"}, "\ud800")
    with pytest.raises(UsageError):
        put(base, {"a": b"x"})  # type: ignore[dict-item]
    with pytest.raises(UserError, match="nowhere"):
        put(base, {"a": "x"}, branch="nowhere")
    with pytest.raises(UserError, match="main"):
        put(base, {"a": "x"}, branch="main")  # checked out: moving it would make the work tree look edited
    for branch in ("-d", "a..b", "a b", "a\nb", ""):
        with pytest.raises(UserError):
            put(base, {"a": "x"}, branch=branch)


@pytest.mark.parametrize("revision", ["", "nothing", "--all", "HEAD:README.md", "a\0b", "a\nb", "HEAD^^^^^^"])
def test_a_revision_that_is_no_commit_is_refused(base: Sandbox, revision: str) -> None:
    with pytest.raises(UserError):
        resolve(base.repo, revision)
    assert resolve(base.repo, "HEAD") == base.head


def test_an_author_of_crud_is_written_as_git_takes_it(base: Sandbox) -> None:
    made = commit_files(base.repo, BRANCH, "m", {"a": "x"}, ("<\n>", "  a<b>\x1b@c "))
    assert base("log", "-1", "--format=%an|%ae", made) == "orch|ab\\x1b@c"


names = st.text(st.characters(codec="utf-8"), min_size=1, max_size=8)
hostile = st.sampled_from(
    [
        ".git",
        ".GIT",
        "..",
        ".",
        "",
        " ",
        "-x",
        "a b",
        "*",
        "é",
        "e\u0301",
        '"',
        "\\",
        "\n",
        "git~1",
        "\u202e",
        "\ud800",
    ]
)
paths = st.lists(names | hostile, min_size=1, max_size=3).map("/".join)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(files=st.dictionaries(paths, st.text(st.characters(), max_size=40), max_size=3))
def test_whatever_is_given_is_committed_to_the_byte_or_refused_whole(
    base: Sandbox, files: dict[str, str]
) -> None:
    before = base("rev-parse", BRANCH)
    try:
        made = put(base, files)
    except UserError:
        assert base("rev-parse", BRANCH) == before
        return
    held = texts(base, made)
    assert {path: held[path] for path in files} == {path: text.encode() for path, text in files.items()}
    assert {"README.md", "bin/run.sh"} <= set(held)
    assert put(base, files) == made
    assert sorted(Path(base.root).iterdir()) == sorted(base.root / n for n in (".git", "README.md", "bin"))
