"""Finding the repository, its folders and its configuration."""

from __future__ import annotations

import os
import re
import time
from dataclasses import dataclass
from pathlib import Path

from orchestrator.errors import NotInitialisedError, UsageError
from orchestrator.git.process import execute, failure
from orchestrator.git.text import decoded, visible
from orchestrator.i18n import _

_KEY = re.compile(r"[A-Za-z][A-Za-z0-9-]*(\.[^\n\0]+)?\.[A-Za-z][A-Za-z0-9-]*")
_ASKED = ("--git-dir", "--git-common-dir", "--is-bare-repository", "--show-toplevel")
_LONE = re.compile("[\ud800-\udfff]")  # a byte of a name that is no UTF-8
_UNDER_WAY = ("rebase-merge", "rebase-apply", "MERGE_HEAD", "CHERRY_PICK_HEAD", "REVERT_HEAD")
_STALE_SECONDS = 60.0  # an index.lock that old was left by a git that was killed


@dataclass(frozen=True, slots=True)
class Repository:
    """A work tree: its top, its own git directory, and the one that all work trees share."""

    root: Path
    git_dir: Path
    common_dir: Path

    @property
    def git_dirs(self) -> tuple[Path, ...]:
        """The git directory of the main work tree and of every linked one, present or not."""
        linked = self.common_dir / "worktrees"
        return (self.common_dir, *(sorted(linked.iterdir()) if linked.is_dir() else ()))

    @property
    def busy(self) -> bool:
        """True while git, or a person in the middle of a rebase or merge, is at work here."""
        return _is_fresh(self.git_dir / "index.lock") or any((self.git_dir / n).exists() for n in _UNDER_WAY)


def open_repository(start: Path) -> Repository:
    """The repository whose work tree holds `start` (linked work trees and submodules too).

    Raises NotInitialisedError for: no folder, no repository, a bare one, git missing, a path that SQLite or
    DuckDB cannot open.
    """
    done = execute(start, ["rev-parse", "--path-format=absolute", *_ASKED])
    lines = os.fsdecode(done.stdout.removesuffix(b"\n")).split("\n") if done.stdout else []
    if done.returncode or len(lines) != len(_ASKED):
        raise _refusal(start, lines, done.stderr)
    for path in (lines[3], lines[1]):
        if "\\" in path or _LONE.search(path):
            raise NotInitialisedError(
                _("The path of this repository holds a backslash, or bytes that are no text: {path}.").format(
                    path=visible(path)
                ),
                _("Rename the folder: the databases that orch keeps there cannot be opened by such a path."),
            )
    return Repository(root=Path(lines[3]), git_dir=Path(lines[0]), common_dir=Path(lines[1]))


def is_ignored(repo: Repository, path: Path) -> bool:
    """Whether git leaves that file alone: an exclude rule covers it, and it is not tracked all the same."""
    place = path.parent.resolve() / path.name
    return execute(repo.root, ["check-ignore", "-q", "--", str(place)]).returncode == 0


def home(repo: Repository) -> Path:
    """The folder that every work tree of one clone agrees on: what is kept once a clone lies below it.

    The top of the main work tree; where there is none that git could name (a bare repository with
    linked work trees, a separate git directory), the shared git directory.
    """
    if repo.common_dir == repo.root / ".git":
        return repo.root
    asked = ["--git-dir=.", "config", "--null", "--get", "core.worktree"]
    named = execute(repo.common_dir, asked).stdout.split(b"\0")[0]
    if named:
        return (repo.common_dir / os.fsdecode(named)).resolve()
    bare = execute(repo.common_dir, ["--git-dir=.", "rev-parse", "--is-bare-repository"]).stdout
    if repo.common_dir.name == ".git" and bare.strip() == b"false":
        return repo.common_dir.parent
    return repo.common_dir


def config_get(repo: Repository, key: str) -> str | None:
    """The value of a git configuration key, the last one where there are several; None if unset."""
    if not _KEY.fullmatch(key):
        raise UsageError(_("{key} is not a name of a git configuration key.").format(key=key))
    done = execute(repo.root, ["config", "--null", "--get", key], hardened=False)
    if done.returncode > 1:
        raise failure(["config"], done.stderr)
    return decoded(done.stdout.split(b"\0")[0]) if done.returncode == 0 else None


def hooks_folder(repo: Repository) -> Path:
    """Where git looks for hooks here: `core.hooksPath` if set, else the shared git directory's."""
    done = execute(repo.root, ["rev-parse", "--path-format=absolute", "--git-path", "hooks"], hardened=False)
    if done.returncode:
        raise failure(["rev-parse"], done.stderr)
    return Path(os.fsdecode(done.stdout.removesuffix(b"\n")))


def _is_fresh(lock: Path) -> bool:
    try:
        return time.time() - lock.stat().st_mtime < _STALE_SECONDS
    except FileNotFoundError:
        return False


def _refusal(start: Path, lines: list[str], stderr: bytes) -> NotInitialisedError:
    from orchestrator.git.diagnosis import diagnosed, spoken

    reason = decoded(stderr).strip()
    if "true" in lines:
        return NotInitialisedError(
            _("{path} is a bare repository.").format(path=start),
            _("orch reads its configuration and documents from a work tree: run it in a clone of this one."),
        )
    if len(lines) > len(_ASKED):
        return NotInitialisedError(
            _("The path of this repository holds a line break: {path}.").format(path=visible(str(start))),
            _("Rename the folder: too many programs read such a path as two."),
        )
    if lines:
        return NotInitialisedError(
            _("{path} lies inside git's own folder.").format(path=start),
            _("Run orch in the work tree, among your files."),
        )
    if "not a git repository" in reason:
        return NotInitialisedError(_("{path} is not in a git repository.").format(path=start), _elsewhere())
    if known := diagnosed(reason):
        return NotInitialisedError(known.message, known.hint)
    told = _("git cannot open {path}: {reason}")
    return NotInitialisedError(told.format(path=start, reason=spoken(stderr)))


def _elsewhere() -> str:
    """Where to go when there is no repository here; what the person set may be why."""
    for name in ("GIT_DIR", "GIT_WORK_TREE"):
        if name in os.environ:
            return _("orch works where it is started and does not follow {name}: change folder.").format(
                name=name
            )
    if os.environ.get("GIT_CEILING_DIRECTORIES"):
        return _("GIT_CEILING_DIRECTORIES is set: git looks for a repository only below it.")
    return _("Run `git init` first, or change to a repository's folder.")
