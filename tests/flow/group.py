"""A real git repository that two companies share, and orch's command line run in it."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from orchestrator import i18n

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
    """A repository with a trusted configuration and one commit."""
    root = folder / "grupo"
    root.mkdir(parents=True)
    group = GroupRepository(root, patch, capsys)
    group.git("init", "-q", "-b", "main")
    group.write({".orch/config.toml": config or CONFIG.format(share="ask")})
    group.orch("trust", "--yes")
    group.orch("init", "--yes", "--no-hooks")
    group.git("add", "-A")
    group.git("commit", "-q", "-m", "chore: start")
    return group
