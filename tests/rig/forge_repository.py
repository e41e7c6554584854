"""A real bare git repository, as a forge holds it: tests push to its path, pull requests read its refs."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

_IDENTITY = {
    "GIT_AUTHOR_NAME": "Maria",
    "GIT_AUTHOR_EMAIL": "maria@example.com",
    "GIT_COMMITTER_NAME": "Forge",
    "GIT_COMMITTER_EMAIL": "forge@example.com",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
}


class MergeConflictError(Exception):
    """The forge cannot merge this pull request by itself."""


class BareRepository:
    """`owner/name` served from `path`; `default_branch` is what HEAD names."""

    def __init__(self, path: Path, full_name: str, default_branch: str = "main") -> None:
        self.path, self.full_name, self.default_branch = path, full_name, default_branch
        shutil.rmtree(path, ignore_errors=True)
        path.parent.mkdir(parents=True, exist_ok=True)
        subprocess.run(
            ["git", "init", "--quiet", "--bare", f"--initial-branch={default_branch}", str(path)],
            check=True, env=_environment(), capture_output=True,
        )  # fmt: skip

    @property
    def owner(self) -> str:
        """The part before the slash."""
        return self.full_name.partition("/")[0]

    def git(self, *arguments: str) -> str:
        """The answer of a git command in the repository. Raises CalledProcessError."""
        done = subprocess.run(
            ["git", "--git-dir", str(self.path), *arguments],
            check=True, env=_environment(), capture_output=True, text=True,
        )  # fmt: skip
        return done.stdout.strip()

    def tip(self, branch: str) -> str | None:
        """The commit of a branch, None when there is no such branch."""
        try:
            return self.git(
                "rev-parse", "--verify", "--quiet", "--end-of-options", f"refs/heads/{branch}^{{commit}}"
            )
        except subprocess.CalledProcessError:
            return None

    def branches(self) -> dict[str, str]:
        """Branch -> commit."""
        lines = self.git(
            "for-each-ref", "--format=%(refname:lstrip=2) %(objectname)", "refs/heads"
        ).splitlines()
        return dict(line.rsplit(" ", 1) for line in lines)

    def ahead(self, base: str, head: str) -> int:
        """How many commits `head` has that `base` has not."""
        return int(self.git("rev-list", "--count", f"refs/heads/{base}..refs/heads/{head}"))

    def merge(self, base: str, head: str, message: str) -> str:
        """A merge commit on `base`; its id. Raises MergeConflictError."""
        ours, theirs = (
            self.git("rev-parse", f"refs/heads/{base}"),
            self.git("rev-parse", f"refs/heads/{head}"),
        )
        tree = self._merged_tree(ours, theirs)
        commit = self.git("commit-tree", tree, "-p", ours, "-p", theirs, "-m", message)
        self.git("update-ref", f"refs/heads/{base}", commit, ours)
        return commit

    def delete_branch(self, branch: str) -> None:
        """What people do after a merge."""
        self.git("update-ref", "-d", f"refs/heads/{branch}")

    def _merged_tree(self, ours: str, theirs: str) -> str:
        if self.git("merge-base", ours, theirs) == ours:
            return self.git("rev-parse", f"{theirs}^{{tree}}")
        try:
            return self.git("merge-tree", "--write-tree", ours, theirs).splitlines()[0]
        except subprocess.CalledProcessError as error:
            raise MergeConflictError(error.stdout) from error


def _environment() -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    return kept | _IDENTITY
