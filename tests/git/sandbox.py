"""A scratch repository, driven by the real git program, apart from the developer's own settings."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from orchestrator.git import Repository, open_repository

CONFIG = """
[user]
    name = Ana
    email = ana@example.com
[init]
    defaultBranch = main
[gc]
    auto = 0
[maintenance]
    auto = false
"""


def isolate(monkeypatch: pytest.MonkeyPatch, home: Path) -> None:
    """Point git at an empty home with a known identity."""
    home.mkdir(exist_ok=True)
    (home / ".gitconfig").write_text(CONFIG)
    for name in [n for n in os.environ if n.startswith("GIT_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(home / ".config"))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")


class Sandbox:
    """One work tree. Calls return stripped standard output."""

    def __init__(self, root: Path, *, init: bool = True) -> None:
        self.root = root
        if init:
            root.mkdir(parents=True, exist_ok=True)
            self.git("init", "-q")

    def __call__(self, *args: str | bytes, **options: object) -> str:
        return self.git(*args, **options)  # type: ignore[arg-type]

    def git(
        self,
        *args: str | bytes,
        check: bool = True,
        input: bytes | None = None,  # noqa: A002 - subprocess's own word
        env: dict[str, str] | None = None,
    ) -> str:
        done = subprocess.run(
            ["git", *args],
            cwd=self.root,
            check=False,
            capture_output=True,
            input=input if input is not None else b"",
            env=os.environ | (env or {}),
        )
        if check and done.returncode:
            raise AssertionError(f"git {args} failed: {done.stdout!r} {done.stderr!r}")
        return done.stdout.decode(errors="replace").strip()

    @property
    def repo(self) -> Repository:
        return open_repository(self.root)

    @property
    def head(self) -> str:
        return self.git("rev-parse", "HEAD")

    def write(self, path: str | bytes, content: str | bytes = "text\n") -> None:
        target = os.path.join(os.fsencode(self.root), os.fsencode(path))
        os.makedirs(os.path.dirname(target), exist_ok=True)
        with open(target, "wb") as file:
            file.write(content.encode() if isinstance(content, str) else content)

    def commit(self, message: str | bytes = "change", **files: str | bytes) -> str:
        """Write files (given as keyword or `{name: content}` through `write`) and commit everything."""
        for path, content in files.items():
            self.write(path, content)
        self.git("add", "-A")
        data = message.encode() if isinstance(message, str) else message
        self.git("commit", "-q", "--allow-empty", "--cleanup=verbatim", "-F", "-", input=data)
        return self.head

    def all_commits(self) -> set[str]:
        """What git itself lists, detached HEADs of all work trees included."""
        return set(self.git("rev-list", "--branches", "--remotes", "HEAD", check=False).split())


def executable(path: Path, text: str) -> Path:
    """Write a script and make it executable."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(0o755)
    return path
