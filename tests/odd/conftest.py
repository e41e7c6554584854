"""Odd repositories, driven by the real git program and by orch's own command line.

`Place` is one work tree. Commands speak English here, so that a test can quote one sentence. A newer
git is used where ORCH_TEST_GIT names one, or where the git in PATH is new enough.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from orchestrator import i18n
from orchestrator.errors import UserError
from tests.flow.group import Ran

CACHE = "perf: cache\n\nSolution: Redis in front of the catalogue halved the latency of the pages"
QUEUE = "fix: locks\n\nSolution: partitioning the queue table by month keeps deletes from locking"
INDEX = "perf: index\n\nSolution: a partial index on open orders made the dashboard fast again"
NEW_GIT = os.environ.get("ORCH_TEST_GIT")  # read here: every test begins without ORCH_* variables


class Place:
    """One work tree: `git(...)`, `commit(...)`, `orch(...)`."""

    def __init__(self, root: Path, patch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self.root, self._patch, self._capsys = root, patch, capsys

    _seconds = count(1_800_000_000)  # no two commits of one second: their author and time tell them apart

    def at(self, root: Path) -> Place:
        """The same tools in another folder."""
        return Place(root, self._patch, self._capsys)

    def git(self, *args: str | bytes, stdin: bytes = b"", env: dict[str, str] | None = None) -> str:
        """Run git here; what it wrote."""
        done = subprocess.run(
            ["git", *args],
            cwd=self.root,
            input=stdin,
            capture_output=True,
            check=False,
            env={**os.environ, **(env or {})},
        )
        assert done.returncode == 0, (args, done.stdout, done.stderr)
        return done.stdout.decode(errors="replace").strip()

    def init(self, *options: str) -> Place:
        """`git init`, with one folder a company."""
        self.root.mkdir(parents=True, exist_ok=True)
        self.git("init", "-q", *options, ".")
        return self

    def write(self, path: str | bytes, content: str | bytes = "text\n") -> None:
        """A file below the top."""
        target = os.path.join(os.fsencode(self.root), os.fsencode(path))
        os.makedirs(os.path.dirname(target), exist_ok=True)
        with open(target, "wb") as file:
            file.write(content.encode() if isinstance(content, str) else content)

    def commit(self, message: str | bytes = CACHE, path: str | bytes = "empresas/a/app.py") -> str:
        """Change a file of empresa-a, and commit."""
        self.write(path, os.urandom(8).hex() + "\n")
        self.git("add", "-A")
        words = message.encode() if isinstance(message, str) else message
        at = f"{next(Place._seconds)} +0000"
        self.git(
            "commit", "-q", "--allow-empty", "--cleanup=verbatim", "-F", "-",
            stdin=words, env={"GIT_AUTHOR_DATE": at, "GIT_COMMITTER_DATE": at},
        )  # fmt: skip
        return self.git("rev-parse", "HEAD")

    def orch(self, *arguments: str, expect: int | None = 0) -> Ran:
        """One orch command in this process, started in this folder. Nothing may be a traceback or a bug."""
        from orchestrator.cli.root import run

        with self._patch.context() as patch:
            patch.setenv("ORCH_LANG", "en")
            i18n.use("en")
            patch.chdir(self.root)
            self._capsys.readouterr()
            code = run(list(arguments))
            captured = self._capsys.readouterr()
        i18n.use("pt-BR")
        ran = Ran(code, captured.out, captured.err)
        assert "Traceback" not in ran.out + ran.err
        bug = re.search(r"\S+orch-bug-\S+\.txt", ran.out + ran.err)
        assert bug is None, Path(bug[0]).read_text()
        assert expect is None or code == expect, f"orch {arguments}: {code}\n{ran.out}\n{ran.err}"
        return ran

    def set_up(self, *options: str) -> Place:
        """`orch init` for two companies, without hooks: only the drain captures."""
        companies = ("--company", "empresa-a", "--paths", "empresas/a/**")
        others = ("--company", "empresa-b", "--paths", "empresas/b/**")
        self.orch("init", "--yes", "--no-hooks", *companies, *others, *options)
        return self

    def learnt(self, company: str = "empresa-a") -> list[str]:
        """The titles that `orch log` lists, sorted."""
        found: list[Any] = self.orch("log", "--company", company, "--json", "--limit", "100").data
        return sorted(x["record"]["title"] for x in found)

    def evidence(self, company: str = "empresa-a", expect: int = 0) -> list[str]:
        """Every commit that an insight was seen in, sorted, each as often as it is counted."""
        ran = self.orch("log", "--company", company, "--json", "--limit", "100", expect=expect)
        found: list[Any] = ran.data
        return sorted(e["commit"] for x in found for e in x["evidence"])

    def works(self, commits: int | None = None) -> None:
        """The four commands of every day, each at peace; `commits` is how many the drain finds."""
        drained = self.orch("drain", "--json").data
        assert commits is None or drained["commits"] == commits, drained
        assert self.orch("drain", "--json").data["commits"] == 0
        self.orch("status")
        self.orch("log")
        self.orch("companies")

    def refuses(self, sentence: str, hint: str, code: int = 1) -> None:
        """Every command that reads git says that sentence and that hint, and nothing else."""
        for command in ("drain", "status", "log", "companies"):
            ran = self.orch(command, expect=code)
            told = [line for line in ran.err.splitlines() if line]
            assert len(told) == 2 and ran.out == "", (command, ran)
            assert re.search(sentence, told[0]), (command, told)
            assert re.search(hint, told[1]), (command, told)
        error = json.loads(self.orch("status", "--json", expect=code).out)["error"]
        assert re.search(sentence, error["message"]) and re.search(hint, error["hint"])


@pytest.fixture
def place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., Place]:
    """place("name") is a work tree that does not exist yet."""
    return lambda name="repo": Place(tmp_path / name, monkeypatch, capsys)


@pytest.fixture
def repo(place: Callable[..., Place]) -> Place:
    """A repository with one commit that taught empresa-a something, and orch set up in it."""
    found = place().init()
    found.commit(CACHE)
    return found.set_up()


@pytest.fixture
def new_git(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> str:
    """A git of 2.45 or newer in front of PATH (it knows the reftable); the PATH without it."""
    program = NEW_GIT or shutil.which("git") or "git"
    if version_of(program) < (2, 45):
        pytest.skip("needs git 2.45 or newer for the reftable; ORCH_TEST_GIT may name one")
    folder = tmp_path / "newer"
    folder.mkdir()
    (folder / "git").symlink_to(program)
    before = os.environ["PATH"]
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{before}")
    return before


@pytest.fixture(autouse=True)
def without_a_model(monkeypatch: pytest.MonkeyPatch) -> None:
    """As on a platform that has no language model: what git knows is captured all the same."""

    def none(**_options: object) -> None:
        raise UserError("no model")

    monkeypatch.setattr("orchestrator.memory.engine.open_embedder", none)


def version_of(program: str) -> tuple[int, int]:
    """(major, minor) of a git program."""
    said = subprocess.run([program, "version"], capture_output=True, text=True, check=True).stdout
    numbers = re.search(r"(\d+)\.(\d+)", said)
    return (int(numbers[1]), int(numbers[2])) if numbers else (0, 0)
