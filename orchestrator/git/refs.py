"""References: where the history ends now, what is still reachable, and moving a branch."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from orchestrator.errors import UsageError, UserError
from orchestrator.git.objects import is_partial
from orchestrator.git.process import as_lines, execute, run
from orchestrator.git.repository import Repository
from orchestrator.git.text import one_line, visible
from orchestrator.i18n import _

_LONE = re.compile("[\ud800-\udc7f\udd00-\udfff]")  # surrogates that stand for no byte
_READ = ("refs/heads", "refs/remotes")
_REBASES = ("rebase-merge", "rebase-apply")
_FORMAT = "--format=%(objecttype) %(objectname) %(*objecttype) %(*objectname)%00%(refname)%00"


def tips(repo: Repository) -> dict[str, str]:
    """Commit ids by reference: the HEAD of every work tree, all branches, all remote branches.

    HEADs are named as git does from anywhere: `main-worktree/HEAD`, `worktrees/<name>/HEAD`, so
    every work tree of a clone sees the same keys. Unborn and broken references are left out;
    `refs/orch/*` and tags are not read: see `git.tags` for what those hold.
    """
    found: dict[str, str] = {}
    fields = run(repo, "for-each-ref", _FORMAT, *_READ).split(b"\0")
    for described, name in zip(fields[::2], fields[1::2], strict=False):
        words = described.decode().split()
        by_type = dict(zip(words[::2], words[1::2], strict=True))
        if "commit" in by_type:
            found[one_line(name)] = by_type["commit"]
    return _heads(repo, found) | found


def damaged(repo: Repository) -> list[str]:
    """The references, named as by `tips`, whose commit's tree git has not or cannot read.

    None of a partial clone, whose trees may be elsewhere. Raises OrchError where git cannot list them at all.
    """
    found = {} if is_partial(repo) else tips(repo)
    asked = as_lines(f"{commit}^{{tree}}" for commit in found.values())
    told = run(repo, "cat-file", "--batch-check=%(objecttype)", input=asked).decode().splitlines()
    return [name for name, line in zip(found, told, strict=True) if line != "tree"]


def before_rebases(repo: Repository) -> dict[str, str]:
    """HEAD, named as by `tips`, of each work tree that is in a rebase → the commit on which that began.

    '' when git does not say.
    """
    return {
        "main-worktree/HEAD" if folder == repo.common_dir else f"worktrees/{folder.name}/HEAD": began
        for folder in repo.git_dirs
        if (began := _before_rebase(folder)) is not None
    }


def check_ref_name(name: str) -> str:
    """The same name if git takes it for a branch. Raises UsageError otherwise."""
    plain = not name.startswith("-") and visible(name) == name and not _LONE.search(name)
    if not plain or execute(Path(), ["check-ref-format", f"refs/heads/{name}"]).returncode:
        raise UsageError(_("{name} is not a valid branch name.").format(name=visible(name)))
    return name


def set_branch(repo: Repository, name: str, commit: str, expected: str | None) -> None:
    """Point branch `name` at `commit`, if it is still at `expected` (None: does not exist yet).

    Raises UserError when the branch moved meanwhile, or is checked out in a work tree (moving
    it would make that tree look edited).
    """
    ref = f"refs/heads/{check_ref_name(name)}"
    current, worktree = _branch_state(repo, ref)
    if current == commit:
        return
    if worktree:
        raise UserError(
            _("Branch {name} is checked out in {path}.").format(name=name, path=worktree),
            _("Switch that work tree to another branch first."),
        )
    if current != (expected or ""):
        raise UserError(
            _("Branch {name} was moved by someone else.").format(name=name),
            _("Look at it with `git log {name}`, then run the command again.").format(name=name),
        )
    run(repo, "update-ref", "--no-deref", "-m", "orch", ref, commit, expected or "0" * len(commit))


def _heads(repo: Repository, branches: Mapping[str, str]) -> dict[str, str]:
    """Where each HEAD stands. On a branch, it is where the branch does; git is asked for the others."""
    names = ["main-worktree/HEAD", *(f"worktrees/{d.name}/HEAD" for d in repo.git_dirs[1:])]
    on = {name: branches.get(_branch(folder)) for name, folder in zip(names, repo.git_dirs, strict=True)}
    known = {name: commit for name, commit in on.items() if commit}
    asked = [name for name in names if name not in known]
    if not asked:
        return known
    lines = as_lines(f"{name}^{{commit}}" for name in asked)
    told = run(repo, "cat-file", "--batch-check=%(objectname)", input=lines).decode().splitlines()
    found = {name: line for name, line in zip(asked, told, strict=True) if not line.endswith(" missing")}
    return {name: commit for name in names if (commit := known.get(name) or found.get(name))}


def _branch(folder: Path) -> str:
    """The branch that a HEAD names; '' for none, and where references are not kept in files."""
    try:
        return (folder / "HEAD").read_text("utf-8").strip().partition("ref: ")[2]
    except (OSError, ValueError):
        return ""


def _before_rebase(folder: Path) -> str | None:
    for name in _REBASES:
        if (folder / name).exists():
            noted = folder / name / "orig-head"
            return noted.read_text(encoding="ascii").strip() if noted.exists() else ""
    return None


def _branch_state(repo: Repository, ref: str) -> tuple[str, str]:
    """Commit id and work tree path of a branch, each '' if there is none."""
    out = run(repo, "for-each-ref", "--format=%(refname)%00%(objectname)%00%(worktreepath)", ref)
    for line in out.splitlines():
        name, commit, worktree = line.split(b"\0")
        if name.decode(errors="replace") == ref:
            return commit.decode(), one_line(worktree)
    return "", ""
