"""A real git repository that two companies share, and orch's command line run in it."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from orchestrator import i18n
from orchestrator.app.freshness import HISTORY
from orchestrator.app.made_here import MadeHere
from orchestrator.config.ownership import claim
from orchestrator.store.company import CompanyStore
from tests.rig.hermetic import isolate

CONFIG = """version = 1
language = "pt-BR"
[group]
name = "Grupo"
[global.folder]
path = "../shared"
[[company]]
id = "empresa-a"
name = "Empresa A"
paths = ["empresas/a/**"]
documents = ["empresas/a/docs/**/*.md"]
share = "{share}"
[[company]]
id = "empresa-b"
name = "Empresa B"
paths = ["empresas/b/**"]
share = "{share}"
"""


MADE_IN: list[Path] = []
"""The one folder of this test process for groups to copy."""


@dataclass(frozen=True)
class Ran:
    """One command's exit code, stdout and stderr."""

    code: int
    out: str
    err: str

    @property
    def data(self) -> Any:
        """The document of `--json`."""
        return json.loads(self.out)["data"]

    @property
    def error(self) -> Any:
        """The error of `--json`."""
        return json.loads(self.out)["error"]


class GroupRepository:
    """`git(...)`, `commit(...)` and `orch(...)` in one work tree."""

    def __init__(self, root: Path, patch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self.root, self._patch, self._capsys = root, patch, capsys

    def git(self, *arguments: str, date: str = "") -> str:
        """Run git; `date` fixes author and committer time."""
        with self._patch.context() as patch:
            if date:
                patch.setenv("GIT_AUTHOR_DATE", date)
                patch.setenv("GIT_COMMITTER_DATE", date)
            done = subprocess.run(
                ["git", "-C", str(self.root), *arguments], check=True, capture_output=True, text=True
            )
        return done.stdout.strip()

    def write(self, files: Mapping[str, str]) -> None:
        """Write files below the work tree's top."""
        for name, text in files.items():
            path = self.root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")

    def commit(self, message: str, files: Mapping[str, str] | None = None, date: str = "") -> str:
        """Commit files (default: a file of empresa-a); returns the commit id."""
        self.write(files or {"empresas/a/app.py": f"# {message}\n"})
        self.git("add", "-A")
        self.git("commit", "-q", "-m", message, date=date)
        return self.git("rev-parse", "HEAD")

    def orch(self, *arguments: str, expect: int | None = 0) -> Ran:
        """Run one orch command in this process, in the work tree."""
        from orchestrator.cli.root import run

        i18n.use("pt-BR")
        with self._patch.context() as patch:
            patch.chdir(self.root)
            self._capsys.readouterr()
            code = run(list(arguments))
            captured = self._capsys.readouterr()
        ran = Ran(code, captured.out, captured.err)
        assert "Traceback" not in ran.out + ran.err
        if expect is not None:
            assert code == expect, f"orch {' '.join(arguments)}: {code}\n{ran.out}\n{ran.err}{_bug(ran)}"
        return ran

    def insights(self, company: str = "empresa-a", *more: str) -> list[Any]:
        """What `orch log --json` lists."""
        found: list[Any] = self.orch("log", "--company", company, "--json", *more).data
        return found


def _bug(ran: Ran) -> str:
    """The report that orch left of its own mistake."""
    found = re.search(r"\S+orch-bug-\S+\.txt", ran.out + ran.err)
    return Path(found[0]).read_text() if found else ""


def new_group(
    folder: Path, patch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], config: str = ""
) -> GroupRepository:
    """A repository with a trusted configuration and one commit.

    With a configuration that many tests have it is a copy, whose stores and cache become its own.
    """
    root, text = folder / "grupo", config or CONFIG.format(share="ask")
    group = GroupRepository(root, patch, capsys)
    if text in _COMMON:
        shutil.copytree(_made(text), root, symlinks=True)
        _take_over(root)
        group.orch("trust", "--yes")
        return group
    root.mkdir(parents=True)
    group.git("init", "-q", "-b", "main")
    group.write({".orch/config.toml": text})
    group.orch("trust", "--yes")
    group.orch("init", "--yes", "--no-hooks")
    group.git("add", "-A")
    group.git("commit", "-q", "-m", "chore: start")
    return group


_COMMON = (CONFIG.format(share="ask"), CONFIG.format(share="auto"))
_SET_UP = """
import sys
from orchestrator.cli.root import run
sys.exit(run(["trust", "--yes"]) or run(["init", "--yes", "--no-hooks"]))
"""


def _take_over(root: Path) -> None:
    """Give the stores of a copy identities of their own, and remember them and the history as made here."""
    for company in ("empresa-a", "empresa-b"):
        identity = claim(company, root)
        CompanyStore(
            root / ".orch/companies" / company, company, lambda _was, _new, its=identity: its
        ).close()
    MadeHere(root).claim(root / ".orch" / HISTORY)


@cache
def _made(config: str) -> Path:
    """Such a group to copy, made by processes with a home of their own: nothing of one test gets into it."""
    folder = Path(tempfile.mkdtemp(prefix="made-", dir=MADE_IN[0]))
    root = folder / "grupo"
    (root / ".orch").mkdir(parents=True)
    (root / ".orch/config.toml").write_text(config, encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        isolate(patch, folder)
        for line in (
            ("git", "init", "-q", "-b", "main"),
            (sys.executable, "-c", _SET_UP),
            ("git", "add", "-A"),
            ("git", "commit", "-q", "-m", "chore: start"),
        ):
            subprocess.run(line, cwd=root, check=True, capture_output=True)
    return root
